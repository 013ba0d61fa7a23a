"""``calobench submit``: results for the leaderboard of others."""

from __future__ import annotations

from pathlib import Path

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

__all__ = ["command"]

_HELP = """Make one file of RESULTS, the results.json of a run, for the leaderboard of others.

The file goes to the maintainers' repository by pull request; they check it with 'calobench verify'. With
--showers they can score the showers anew: the file then lies beside the submission, or wherever they find it.

\b
Examples:
  calobench submit calobench-out/results.json -o submission.json --name "Group X"
  calobench generate --model mine.pt --detector ALLEGRO --out mine.h5
  calobench submit results.json -o submission.json --name "Group X" --showers mine.h5
"""


@click.command(help=_HELP)
@click.argument("results", type=FilePath())
@click.option("--out", "-o", type=FilePath(), required=True, help="The file.")
@click.option("--name", required=True, help="Who submits: a group or a person.")
@click.option("--contact", default="", help="How to reach them.")
@click.option("--link", default="", metavar="URL", help="Code or paper of the model.")
@click.option("--showers", type=FilePath(), help="File of the showers that were scored.")
@click.option("--force", is_flag=True, help="Replace the file.")
def command(
    *,
    results: Path,
    out: Path,
    name: str,
    contact: str,
    link: str,
    showers: Path | None,
    force: bool,
) -> None:
    """Make a submission of RESULTS."""
    from calobench.cli._outputs import require_apart, require_free, write_documents
    from calobench.results.store import read_results
    from calobench.submission.making import make_submission, submitter_of

    require_apart({"RESULTS": results, "--showers": showers}, {"--out": out})
    require_free("--out", out, force=force)
    submitter = submitter_of(name, contact, link)
    submission = make_submission(read_results(results), submitter, showers)
    write_documents({out: submission.model_dump_json() + "\n"}, replace=force)
    run = submission.results
    attached = "" if submission.showers is None else f", with {submission.showers.name}"
    echo(
        f"submission: {out} ({run.model.name} on {run.detector.name}, {run.run.n} showers{attached})",
        err=str(out) == "-",
    )
