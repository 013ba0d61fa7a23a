"""Further benchmarks that a run does on demand: ``calobench run --with NAME``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from calobench._util.progress import Progress
from calobench.benchmarks.base import Measure, OwnShowers, SampleSetup, SharedShowers, Watcher
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, UnknownNameError
from calobench.harness.sources import is_shower_file
from calobench.results.record import Record
from calobench.showers import Conditions, Showers

__all__ = ["Extras", "Measured", "extra_names"]


def extra_names() -> list[str]:
    """Names of the benchmarks that a run can do."""
    return [name for name, one in all_benchmarks().items() if one.in_run is not None]


class Measured(NamedTuple):
    """Results of the further benchmarks of a run.

    Attributes:
        records: by name of the benchmark.
        failures: what ended a benchmark, by its name.
    """

    records: dict[str, Record]
    failures: dict[str, Exception]


class Extras:
    """The further benchmarks of one run.

    Args:
        names: of :func:`extra_names`; one given twice is done once.
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
        self._measure: dict[str, Measure] = {}
        self._of_showers: dict[str, SharedShowers] = {}
        self._watchers: dict[str, Watcher] = {}
        self._failures: dict[str, Exception] = {}
        for name in dict.fromkeys(names):
            if name not in extra_names():
                raise UnknownNameError("benchmark", name, extra_names())
            in_run = all_benchmarks()[name].in_run
            if isinstance(in_run, SharedShowers):
                in_run.check()
                self._of_showers[name] = in_run
            if isinstance(in_run, OwnShowers):
                if is_shower_file(model):
                    raise ConditionsError(
                        f"--with {name} needs a model that generates showers, {model} is a file; leave "
                        f"--with {name} out"
                    )
                self._measure[name] = in_run.prepare(model, detector, seed, replicas)

    @property
    def sees_showers(self) -> bool:
        """Whether a benchmark wants to see the showers of the run."""
        return bool(self._of_showers)

    def watch(self, reference: Conditions, model: Conditions, *, paired: bool) -> None:
        """Get ready for the showers of both samples; before the first of them.

        Args:
            reference: conditions of the reference.
            model: conditions of the model's sample.
            paired: model shower i has the condition of reference shower ``i mod len(reference)``.

        Raises:
            ConditionsError: a benchmark needs more showers.
        """
        samples = SampleSetup(reference, model, self._detector, paired, self._seed)
        self._watchers = {name: one.watch(samples) for name, one in self._of_showers.items()}

    def look_reference(self, chunk: Showers) -> None:
        """Show the next chunk of the reference to those that want to see it."""
        self._look(chunk, lambda watcher: watcher.look_reference)

    def look_model(self, chunk: Showers) -> None:
        """Show the next chunk of the model's sample."""
        self._look(chunk, lambda watcher: watcher.look_model)

    def _look(self, chunk: Showers, side: Callable[[Watcher], Callable[[Showers], None]]) -> None:
        for name, watcher in list(self._watchers.items()):
            try:
                side(watcher)(chunk)
            except Exception as error:
                self._failures[name] = error
                del self._watchers[name]

    def measure(self, progress: Progress) -> Measured:
        """Do them all; one that fails ends neither the others nor the run."""
        records: dict[str, Record] = {}
        measures = {**self._measure, **{n: w.measure for n, w in self._watchers.items()}}
        for name, measure in measures.items():
            try:
                records[name] = measure(progress)
            except Exception as error:
                self._failures[name] = error
        return Measured(records, dict(self._failures))
