"""Further benchmarks that a run does on demand: ``calobench run --with NAME``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from calobench._util.progress import Progress
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, UnknownNameError
from calobench.harness.sources import is_shower_file
from calobench.models.registry import load_model
from calobench.results.record import Record
from calobench.showers import Conditions, Showers

__all__ = ["EXTRAS", "Extra", "Extras", "ShowerExtra", "Watcher"]


@dataclass(frozen=True)
class Extra:
    """A benchmark by name, which is also the field of the results that it fills.

    It generates what it needs.

    Attributes:
        prepare: checks early all that can be checked, and gives what measures later.
    """

    prepare: Callable[[str, DetectorSpec, int, int], Callable[[Progress], Record]]


def _diphoton(
    model: str, detector: DetectorSpec, seed: int, replicas: int
) -> Callable[[Progress], Record]:
    from calobench.benchmarks.diphoton.request import DiphotonRequest
    from calobench.benchmarks.diphoton.study import prepare_diphoton

    request = DiphotonRequest(detector=detector, seed=seed, replicas=replicas)
    return prepare_diphoton(request, load_model(model)).run


class Watcher(Protocol):
    """Sees the showers of both samples as they pass by, and measures when all have passed."""

    def look_reference(self, chunk: Showers) -> None:
        """The next chunk of the reference."""

    def look_model(self, chunk: Showers) -> None:
        """The next chunk of the model's sample."""

    def measure(self, progress: Progress) -> Record:
        """What the benchmark found."""


@dataclass(frozen=True)
class Samples:
    """What is known of both samples before any shower is read.

    Attributes:
        reference: conditions of the reference.
        model: conditions of the model's sample.
        detector: the detector.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: of the run.
    """

    reference: Conditions
    model: Conditions
    detector: DetectorSpec
    paired: bool
    seed: int


@dataclass(frozen=True)
class ShowerExtra:
    """A benchmark of the showers of the run itself, whether a model makes them or a file holds them.

    Attributes:
        check: raises early if it can never be done here.
        watch: makes what looks at the showers.
    """

    check: Callable[[], None]
    watch: Callable[[Samples], Watcher]


def _check_cells() -> None:
    from calobench.benchmarks.cells.classify import require_torch

    require_torch()


def _cells(samples: Samples) -> Watcher:
    from calobench.benchmarks.cells.classify import CellTest

    return CellTest(
        samples.reference,
        samples.model,
        samples.detector,
        paired=samples.paired,
        seed=np.random.SeedSequence((samples.seed, 6)),
    )


EXTRAS: dict[str, Extra | ShowerExtra] = {
    "diphoton": Extra(_diphoton),
    "cells": ShowerExtra(_check_cells, _cells),
}


class Extras:
    """The further benchmarks of one run.

    Args:
        names: of :data:`EXTRAS`; one given twice is done once.
        model: registered name or ``package.module:factory``.
        detector: the detector.
        seed: of the run.
        replicas: of the bootstrap, and of the null.

    Raises:
        UnknownNameError: there is no such benchmark.
        ConditionsError: the benchmark needs a model that generates and this is a file of showers, or
            the model does not cover what the benchmark needs.
        MissingPackageError: the benchmark needs a package that is not installed.
        CalobenchError: what the benchmark itself finds wrong before it measures.
    """

    def __init__(
        self, names: Iterable[str], model: str, detector: DetectorSpec, seed: int, replicas: int
    ) -> None:
        self._detector, self._seed = detector, seed
        self._measure: dict[str, Callable[[Progress], Record]] = {}
        self._of_showers: dict[str, ShowerExtra] = {}
        self._watchers: dict[str, Watcher] = {}
        for name in dict.fromkeys(names):
            if name not in EXTRAS:
                raise UnknownNameError("benchmark", name, EXTRAS)
            extra = EXTRAS[name]
            if isinstance(extra, ShowerExtra):
                extra.check()
                self._of_showers[name] = extra
                continue
            if is_shower_file(model):
                raise ConditionsError(
                    f"--with {name} needs a model that generates showers, {model} is a file; leave "
                    f"--with {name} out"
                )
            self._measure[name] = extra.prepare(model, detector, seed, replicas)

    def watch(self, reference: Conditions, model: Conditions, *, paired: bool) -> None:
        """Get ready for the showers of both samples; before the first of them.

        Args:
            reference: conditions of the reference.
            model: conditions of the model's sample.
            paired: model shower i has the condition of reference shower ``i mod len(reference)``.

        Raises:
            ConditionsError: a benchmark needs more showers.
        """
        samples = Samples(reference, model, self._detector, paired, self._seed)
        self._watchers = {name: extra.watch(samples) for name, extra in self._of_showers.items()}

    def look_reference(self, chunk: Showers) -> None:
        """Show the next chunk of the reference to those that want to see it."""
        for watcher in self._watchers.values():
            watcher.look_reference(chunk)

    def look_model(self, chunk: Showers) -> None:
        """Show the next chunk of the model's sample."""
        for watcher in self._watchers.values():
            watcher.look_model(chunk)

    def measure(self, progress: Progress) -> dict[str, Record]:
        """Do them all: field of the results to its record."""
        measures = {**self._measure, **{n: w.measure for n, w in self._watchers.items()}}
        return {name: measure(progress) for name, measure in measures.items()}
