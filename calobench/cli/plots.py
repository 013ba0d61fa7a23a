"""``calobench plots``: figures and tables for papers and talks."""

from __future__ import annotations

from pathlib import Path

import click

from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo

__all__ = ["command"]

_HELP = """Make figures and tables for papers and talks from RESULTS, one results.json or several.

Every figure shows all models over Geant4 with the ratio below; each model has the same colour in every
figure and on every page. Beside a figure lies a CSV with its numbers. Tables are LaTeX (booktabs) and
Markdown, with errors rounded as the Particle Data Group does.

\b
Example:
  calobench plots a/results.json b/results.json --out plots
  calobench plots a/results.json --format png --only '*_profile' --out slides
"""


def _formats(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    known = ("pdf", "png", "svg", "csv", "tex", "md")
    given = tuple(dict.fromkeys(one.strip() for one in value.split(",") if one.strip()))
    unknown = [one for one in given if one not in known]
    if unknown or not given:
        named = f"'{unknown[0]}' is not one" if unknown else "none is given"
        raise click.BadParameter(f"{named}; give some of {','.join(known)}")
    return given


@click.command(help=_HELP)
@click.argument("results", nargs=-1, required=True, type=FilePath())
@click.option(
    "--out",
    type=FilePath(),
    required=True,
    help="Folder of the plots; what else is in it is kept, and refused.",
)
@click.option(
    "--format",
    "formats",
    default="pdf,csv,tex,md",
    show_default=True,
    callback=_formats,
    help="Of pdf, png, svg (figures), tex, md (tables), csv (numbers of both).",
)
@click.option("--label", default="", help="Above every figure.  [default: the detector's name]")
@click.option(
    "--only",
    multiple=True,
    metavar="PATTERN",
    help="Figures and tables of these names, such as '*_profile', width_r; 'width_r_in_*' (against the "
    "conditions) and 'response_at_*' (peaks) are not made unasked. Repeatable.",
)
@click.option("--font", help="Family of the font.  [default: TeX Gyre Heros, as mplhep]")
@click.option(
    "--any-reference",
    is_flag=True,
    help="Also runs against other reference samples: each is shown over its own.",
)
@click.option("--force", is_flag=True, help="Replace the plots that are already in the folder.")
def command(
    results: tuple[Path, ...],
    out: Path,
    formats: tuple[str, ...],
    label: str,
    only: tuple[str, ...],
    font: str | None,
    any_reference: bool,
    force: bool,
) -> None:
    """Make figures and tables for papers and talks."""
    from calobench._util.whole_folder import WholeFolder
    from calobench.cli._comparison import plots_of

    folder = WholeFolder(out, manifest="manifest.json", force=force)
    plots = plots_of(results, any_reference=any_reference)
    for note in plots.notes:
        echo(f"note: {note}", err=True)
    # matplotlib takes a second to load: only when there is something to draw.
    from calobench.report.publication.build import PlotRequest

    files = plots.make(PlotRequest(formats, label, only, font))
    folder.write(files)
    echo(f"plots: {len(files) - 1} files in {out}")
