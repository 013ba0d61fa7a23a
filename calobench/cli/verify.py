"""``calobench verify``: check a submission again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

if TYPE_CHECKING:
    from calobench.submission.checks import Check

__all__ = ["command"]

_HELP = """Check FILES again: submissions of 'calobench submit', or results.json.

Checked are the seals (whether anything was edited), whether the verdict follows from the numbers, detector
and reference, and, where the showers are there, every score: they are scored anew with the same seed. The
showers are those of --showers, or the file that a submission names if it lies beside it.

\b
Exit code, the worst of all files (1, then 3):
  0  everything that was checked holds
  1  something does not: edited, another reference, other scores
  2  usage, or a file that is none of these
  3  something that is needed could not be checked

\b
Example:
  calobench verify submissions/group-x.json --showers group-x.h5
"""

_MARKS = {"holds": "ok", "fails": "FAILS", "not checked": "--"}


@click.command(help=_HELP)
@click.argument("files", nargs=-1, required=True, type=FilePath())
@click.option("--showers", type=FilePath(), help="Of the one file that is checked.")
@click.option(
    "--reference",
    type=FilePath(),
    help="Geant4 showers (default: the sample that ships with calobench).",
)
@click.option("--require-showers", is_flag=True, help="Exit code 3 where no showers are there.")
@click.option("--json", "json_file", type=FilePath(), help="Write all checks there, or to -.")
def command(
    *,
    files: tuple[Path, ...],
    showers: Path | None,
    reference: Path | None,
    require_showers: bool,
    json_file: Path | None,
) -> int:
    """Check FILES again."""
    from calobench.cli._outputs import is_stdout, require_apart, write_documents
    from calobench.cli._progress import RichProgress
    from calobench.submission.checks import check_document, exit_code, read_submitted
    from calobench.submission.rescoring import check_showers

    if showers is not None and len(files) > 1:
        raise click.UsageError("--showers are of one file; check the files one by one")
    read = {str(file): file for file in files}
    require_apart({**read, "--showers": showers, "--reference": reference}, {"--json": json_file})
    stderr = is_stdout(json_file)
    codes, told = set(), []
    for file in files:
        submitted = read_submitted(file)
        checks, detector, truth = check_document(submitted, reference)
        checks += check_showers(
            submitted,
            showers,
            detector,
            truth,
            required=require_showers,
            progress=RichProgress(),
        )
        code = exit_code(checks)
        codes.add(code)
        told.append(
            {"file": str(file), "exit_code": code, "checks": [one._asdict() for one in checks]}
        )
        for line in _lines(file, submitted.results.model.name, checks):
            echo(line, err=stderr)
    if json_file is not None:
        write_documents({json_file: json.dumps(told, indent=1) + "\n"}, replace=True)
    return next((code for code in (1, 3) if code in codes), 0)


def _lines(file: Path, model: str, checks: list[Check]) -> list[str]:
    width = max(len(one.name) for one in checks)
    return [
        f"{file}: {model}",
        *(f"  {_MARKS[one.outcome]:<5}  {one.name:<{width}}  {one.words}" for one in checks),
    ]
