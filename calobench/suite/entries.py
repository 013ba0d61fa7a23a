"""The runs of a suite, and which of them are finished."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from calobench._util.commit import clear_left
from calobench.benchmarks.base import OwnShowers
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.detectors import load_detector
from calobench.errors import CalobenchError
from calobench.harness.run import RunRequest
from calobench.harness.sources import is_shower_file, placed
from calobench.io.reading import UNDECLARED, Reading
from calobench.results.schema import Results
from calobench.results.store import read_results
from calobench.suite.spec import TIMING, Suite
from calobench.verdict import load_use

__all__ = ["Entry", "entries_of", "finished"]


@dataclass(frozen=True)
class Entry:
    """One run: a model on a detector. Only plain values, so that any executor can send it.

    Attributes:
        name: of the model in the suite.
        model: as ``--model`` takes it.
        detector: as ``--detector`` takes it.
        detector_name: name of the detector.
        folder: of the run.
        reference: Geant4 showers; None for the bundled sample.
        n: showers.
        seed: of the run.
        replicas: of the bootstrap.
        benchmarks: done in the same run.
        use: what the model is for; None for the default.
        reading: what is known beforehand of files of showers.
    """

    name: str
    model: str
    detector: str
    detector_name: str
    folder: Path
    reference: Path | None
    n: int | None
    seed: int
    replicas: int
    benchmarks: tuple[str, ...]
    use: str | None
    reading: Reading = UNDECLARED

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Name of the run in its suite."""
        return f"{self.name}-{self.detector_name}"

    @property
    def command(self) -> str:
        """The call that does the same; the results keep it, and by it the run is known again."""
        words = ["calobench", "run", "--model", self.model, "--detector", self.detector]
        if self.n is not None:
            words += ["-n", str(self.n)]
        words += ["--seed", str(self.seed), "--replicas", str(self.replicas)]
        if self.reference is not None:
            words += ["--reference", str(self.reference)]
        for benchmark in self.benchmarks:
            words += ["--with", benchmark]
        if self.use is not None:
            words += ["--use", self.use]
        words += self.reading.words
        return shlex.join(words)

    def request(self, *, force: bool = False) -> RunRequest:
        """For :func:`calobench.harness.run.run`."""
        return RunRequest(
            model=self.model,
            detector=load_detector(self.detector),
            out=self.folder,
            reference=self.reference,
            n=self.n,
            seed=self.seed,
            replicas=self.replicas,
            extras=self.benchmarks,
            reading=self.reading,
            use=None if self.use is None else load_use(self.use),
            command=self.command,
            force=force,
        )


def entries_of(suite: Suite, out: Path) -> tuple[Entry, ...]:
    """Every model on every detector, detector by detector.

    Args:
        suite: checked.
        out: the folder of the suite; each run has a folder in it.
    """

    def entries() -> Iterator[Entry]:
        for detector in suite.detectors:
            name = load_detector(detector).name
            reference = suite.references.get(detector)
            for one in suite.models:
                yield Entry(
                    name=one.name,
                    model=one.model
                    if is_shower_file(one.model)
                    else placed(one.model, suite.device),
                    detector=detector,
                    detector_name=name,
                    folder=out / f"{one.name}-{name}",
                    reference=None if reference is None else Path(reference),
                    n=suite.n,
                    seed=suite.seed,
                    replicas=suite.replicas,
                    benchmarks=_possible(suite.benchmarks, one.model),
                    use=suite.use,
                    reading=one.reading,
                )

    return tuple(entries())


def finished(entry: Entry) -> Results | None:
    """The results of an entry, if its folder holds those of the very same call; else None.

    Whether the model or the reference have changed meanwhile is not seen here
    (:func:`calobench.suite.execution.run_entry` looks).
    """
    path = entry.folder / "results.json"
    with contextlib.suppress(CalobenchError, OSError):
        clear_left(entry.folder)
        results = read_results(path)
        if results.run.command == entry.command and (entry.folder / "report.html").exists():
            return results
    return None


def _possible(benchmarks: tuple[str, ...], model: str) -> tuple[str, ...]:
    """Those that the run does: of a file, none that needs more showers than it has."""
    done = tuple(name for name in benchmarks if name != TIMING)
    if not is_shower_file(model):
        return done
    known = all_benchmarks()
    return tuple(name for name in done if not isinstance(known[name].in_run, OwnShowers))
