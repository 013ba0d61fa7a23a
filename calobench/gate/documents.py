"""The gate's two files: results of a run, and a baseline made of an earlier one."""

from __future__ import annotations

from pathlib import Path

from calobench._util.atomic import write_text
from calobench._util.commit import clear_left
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.errors import BaselineError, OutputError
from calobench.gate.parts import gate_parts
from calobench.results.baseline import BASELINE_KIND, BASELINE_VERSION, Baseline
from calobench.results.reading import read_raw
from calobench.results.schema import Results
from calobench.results.seal import seal

__all__ = [
    "OtherVersionError",
    "make_baseline",
    "read_baseline",
    "write_baseline",
]


class OtherVersionError(BaselineError):
    """Raised when a baseline is whole, but of a version that means something else."""


def make_baseline(results: Results) -> Baseline:
    """The part of results that a gate reads.

    Raises:
        BaselineError: the results have no metrics for a gate.
    """
    if results.quality is None:
        raise BaselineError(
            "the results have no metrics for a gate: fewer than 50 showers; make them again with "
            "'calobench run'"
        )
    baseline = Baseline(
        model=results.model,
        detector=results.detector,
        reference=results.reference,
        run=results.run,
        provenance=results.provenance,
        quality=results.quality,
        benchmarks={
            name: all_benchmarks()[name].kept(record)
            for name, record in results.benchmarks.items()
            if name in gate_parts()
        },
    )
    return seal(baseline)


def write_baseline(path: Path, baseline: Baseline, *, force: bool = False) -> None:
    """Write atomically.

    Raises:
        OutputError: the file exists and is not to be replaced, or the place cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file with -o")
    clear_left(path.parent)
    if path.exists() and not force:
        raise OutputError(f"{path} exists; replace it with --force or choose another with -o")
    write_text(path, baseline.model_dump_json() + "\n", replace=force)


def read_baseline(path: Path) -> Baseline:
    """Read a baseline and check that nobody changed it.

    Raises:
        OtherVersionError: made by a calobench whose baselines mean something else.
        BaselineError: not a baseline, truncated or edited.
    """
    document = read_raw(path, "make one with 'calobench baseline RESULTS -o FILE'", BaselineError)
    if document.content.get("kind") != BASELINE_KIND:
        raise document.refused("is not a baseline")
    version = document.content.get("baseline_version")
    if version != BASELINE_VERSION:
        raise OtherVersionError(
            f"other schema: the baseline has version {version}, this calobench compares "
            f"{BASELINE_VERSION}"
        )
    return document.parse(Baseline)
