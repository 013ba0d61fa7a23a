"""Definition of a benchmark: everything that harness, results, report and gate need to know of one.

Each benchmark is a folder with a module ``benchmark`` that holds one ``BENCHMARK``. Those of other
packages are entry points of the group ``calobench.benchmarks``. Nothing outside the folder names it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from calobench._util.progress import Progress
from calobench.detectors.spec import DetectorSpec
from calobench.observables.base import TopicName
from calobench.results.record import Record
from calobench.showers import Conditions, Showers

if TYPE_CHECKING:
    from calobench.evaluation.multivariate.judging import Name
    from calobench.gate.part import GatePart
    from calobench.report.comparison.charts import Chart
    from calobench.report.comparison.runs import Runs
    from calobench.report.section import Section
    from calobench.results.main_score import MainScore
    from calobench.results.multivariate import ClassifierTest
    from calobench.results.schema import Results

__all__ = ["Benchmark", "Measure", "OwnShowers", "SampleSetup", "SharedShowers", "Watcher"]

Measure = Callable[[Progress], Record]
"""Measures, and returns the benchmark's record."""


@dataclass(frozen=True)
class OwnShowers:
    """A benchmark that generates the showers it needs.

    Attributes:
        prepare: ``(model, detector, seed, replicas)``: checks early all that can be checked, and returns
            what measures later.
    """

    prepare: Callable[[str, DetectorSpec, int, int], Measure]


class Watcher(Protocol):
    """Sees the showers of both samples as they pass by, and measures when all have passed."""

    def look_reference(self, chunk: Showers) -> None:
        """The next chunk of the reference."""

    def look_model(self, chunk: Showers) -> None:
        """The next chunk of the model's sample."""

    def measure(self, progress: Progress) -> Record:
        """The benchmark's record."""


@dataclass(frozen=True)
class SampleSetup:
    """The facts about both samples before any shower is read.

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
class SharedShowers:
    """A benchmark of the showers of the run itself, whether a model makes them or a file holds them.

    Attributes:
        check: raises early if it can never be done here.
        watch: makes what looks at the showers.
    """

    check: Callable[[], None]
    watch: Callable[[SampleSetup], Watcher]


@dataclass(frozen=True)
class Benchmark:
    """One benchmark.

    Attributes:
        name: ``snake_case``: key under ``benchmarks`` in ``results.json``, name for ``--with``, and anchor
            on the page.
        title: for people, e.g. ``Two photons close together``.
        record: class of its record in ``results.json``.
        in_run: how ``calobench run --with NAME`` does it; None where only a command of its own does.
        section: imports and returns its section of the page; None for none.
        gate: imports and returns its part of the gate; None where there is nothing to compare.
        sentence: ``(record)``: what it says among the statements below the headline, and whether that is
            ``good``, ``bad`` or a ``note``; None for nothing.
        charts: imports and returns what makes its charts of several runs; None for none.
        number: ``(results, record)``: its number for the first screen: (name, value, note);
            None for none.
        scores: ``(results, record)``: its main scores, which a history follows; None for none.
        names: imports and returns what the many-dimensional scores of its record declare.
        classifier: ``(record)``: its classifier of model against Geant4, whose score, with a null of its own,
            is evidence for the verdict; None for none.
        topic: light of the verdict that this score belongs to.
        kept: what of a record a baseline keeps: no pictures.
    """

    name: str
    title: str
    record: type[Record]
    in_run: OwnShowers | SharedShowers | None = None
    section: Callable[[], Section] | None = None
    gate: Callable[[], GatePart] | None = None
    sentence: Callable[[Any], tuple[str, str]] | None = None
    charts: Callable[[], Callable[[Runs], Iterable[Chart]]] | None = None
    number: Callable[[Results, Any], tuple[str, str, str] | None] | None = None
    scores: Callable[[Results, Any], Iterable[MainScore]] | None = None
    names: Callable[[], tuple[Name, ...]] = tuple
    classifier: Callable[[Any], ClassifierTest] | None = None
    topic: TopicName = "correlations"
    kept: Callable[[Record], Record] = lambda record: record
