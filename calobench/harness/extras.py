"""Further benchmarks that a run does on demand: ``calobench run --with NAME``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, UnknownNameError
from calobench.harness.progress import Progress
from calobench.harness.sources import is_shower_file
from calobench.models.registry import load_model
from calobench.results.record import Record

__all__ = ["EXTRAS", "Extras"]


@dataclass(frozen=True)
class Extra:
    """A benchmark by name, which is also the field of the results that it fills.

    Attributes:
        prepare: checks early all that can be checked, and gives what measures later.
    """

    prepare: Callable[[str, DetectorSpec, int, int], Callable[[Progress], Record]]


def _diphoton(
    model: str, detector: DetectorSpec, seed: int, replicas: int
) -> Callable[[Progress], Record]:
    from calobench.diphoton.request import DiphotonRequest
    from calobench.diphoton.study import prepare_diphoton

    request = DiphotonRequest(detector=detector, seed=seed, replicas=replicas)
    return prepare_diphoton(request, load_model(model)).run


EXTRAS = {"diphoton": Extra(_diphoton)}


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
        ConditionsError: the model is a file of showers, which generates nothing new, or does not
            cover what the benchmark needs.
        CalobenchError: what the benchmark itself finds wrong before it measures.
    """

    def __init__(
        self, names: Iterable[str], model: str, detector: DetectorSpec, seed: int, replicas: int
    ) -> None:
        self._measure = {}
        for name in dict.fromkeys(names):
            if name not in EXTRAS:
                raise UnknownNameError("benchmark", name, EXTRAS)
            if is_shower_file(model):
                raise ConditionsError(
                    f"--with {name} needs a model that generates showers, {model} is a file; leave "
                    f"--with {name} out"
                )
            self._measure[name] = EXTRAS[name].prepare(model, detector, seed, replicas)

    def measure(self, progress: Progress) -> dict[str, Record]:
        """Do them all: field of the results to its record."""
        return {name: measure(progress) for name, measure in self._measure.items()}
