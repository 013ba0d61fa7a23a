"""The gate's two files: results of a run, and a baseline made of an earlier one."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import ValidationError

from calobench.atomic import write_text
from calobench.errors import BaselineError, OutputError
from calobench.results.baseline import BASELINE_KIND, BASELINE_VERSION, Baseline
from calobench.results.schema import Results
from calobench.results.seal import is_intact, seal
from calobench.validation import describe_validation_error

__all__ = [
    "OtherVersionError",
    "make_baseline",
    "read_baseline",
    "write_baseline",
]

# What a gate does not look at.
_PICTURES = {"curves": (), "events": ()}


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
    diphoton = results.diphoton
    baseline = Baseline(
        model=results.model,
        detector=results.detector,
        reference=results.reference,
        run=results.run,
        provenance=results.provenance,
        quality=results.quality,
        timing=results.timing,
        diphoton=None if diphoton is None else diphoton.model_copy(update=_PICTURES),
    )
    return seal(baseline)


def write_baseline(path: Path, baseline: Baseline, *, force: bool = False) -> None:
    """Write atomically.

    Raises:
        OutputError: the file exists and is not to be replaced, or the place cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file with -o")
    if path.exists() and not force:
        raise OutputError(f"{path} exists; replace it with --force or choose another with -o")
    write_text(path, baseline.model_dump_json() + "\n")


def read_baseline(path: Path) -> Baseline:
    """Read a baseline and check that nobody changed it.

    Raises:
        OtherVersionError: made by a calobench whose baselines mean something else.
        BaselineError: not a baseline, truncated or edited.
    """
    hint = "make one with 'calobench baseline RESULTS -o FILE'"
    try:
        text = path.read_text(encoding="utf-8")
        content = json.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BaselineError(f"cannot read {path}; {hint}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise BaselineError(f"{path} is not JSON ({error}); {hint}") from error
    if not isinstance(content, dict) or content.get("kind") != BASELINE_KIND:
        raise BaselineError(f"{path} is not a baseline; {hint}")
    version = content.get("baseline_version")
    if version != BASELINE_VERSION:
        raise OtherVersionError(
            f"other schema: the baseline has version {version}, this calobench compares "
            f"{BASELINE_VERSION}"
        )
    try:
        baseline = Baseline.model_validate_json(text)
    except ValidationError as error:
        raise BaselineError(f"{path}: {describe_validation_error(error)}") from error
    if not is_intact(content):
        raise BaselineError(f"{path} was edited: it does not have its digest; {hint}")
    return baseline
