"""``calobench diphoton``: two photons close together."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._completion import complete_model
from calobench.cli._options import (
    command_line,
    detector_option,
    device_option,
    model_arguments_option,
    named_model,
    reading_options,
    seed_option,
)
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table
from calobench.errors import ConditionsError

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.benchmarks.diphoton.record import BinValue, CurveRecord, DiphotonResults
    from calobench.io.reading import Reading

__all__ = ["command"]

_HELP = """Two photons close together: what a reconstruction makes of a model's showers.

Single showers of the model and of Geant4 are overlaid at known separations, put into the cells of the
detector, clustered (CLUE) and compared: profiles can look right while this goes wrong.

\b
Examples:
  calobench diphoton --model distilled --detector CLD
  calobench diphoton --model distilled --detector CLD --into run/results.json
"""


@click.command(help=_HELP)
@click.option(
    "--model",
    required=True,
    shell_complete=complete_model,
    help="A name from 'calobench models', package.module:factory, or a trained file.",
)
@model_arguments_option
@device_option
@detector_option
@click.option(
    "--energies", default="20,20", show_default=True, metavar="GEV,GEV", help="Of the two photons."
)
@click.option(
    "--separation",
    metavar="LOW:HIGH",
    help="True separations, mm.  [default: 0:30, or six cells where that is fewer than five]",
)
@click.option("--seeds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "-n", type=click.IntRange(min=1), default=3000, show_default=True, help="Events of the model."
)
@click.option(
    "--reference",
    type=FilePath(),
    multiple=True,
    help="Single Geant4 showers of one energy and direction; once for each energy (default: bundled).",
)
@click.option(
    "--direct",
    type=FilePath(),
    multiple=True,
    help="Geant4's own two-photon events with readout cells, drawn beside; once a seed.",
)
@click.option(
    "--method",
    default=None,
    help="Placement in a cell of the mesh: centre, uniform or radial (default).",
)
@click.option("--threshold", type=float, default=None, help="Of a cell, MeV (default: the YAML's).")
@click.option("--replicas", type=click.IntRange(min=20), default=200, show_default=True)
@seed_option
@click.option("--out", type=FilePath(), help="Folder of diphoton.json and its page.")
@click.option(
    "--into",
    type=FilePath(),
    metavar="RESULTS",
    help="Add it to the results.json of a run, and to its report.",
)
@reading_options
@click.option("--force", is_flag=True, help="Replace what is there.")
def command(
    *,
    model: str,
    model_args: tuple[str, ...],
    device: str,
    detector: str,
    energies: str,
    separation: str | None,
    seeds: int,
    n: int,
    reference: tuple[Path, ...],
    direct: tuple[Path, ...],
    method: str | None,
    threshold: float | None,
    replicas: int,
    seed: int,
    out: Path | None,
    into: Path | None,
    force: bool,
    reading: Reading,
) -> None:
    """Two photons close together."""
    from calobench.benchmarks.diphoton.request import DiphotonRequest
    from calobench.benchmarks.diphoton.study import run_diphoton
    from calobench.cli._outputs import COMPLETED, named_file, require_apart
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.harness.addition import Addition
    from calobench.harness.sources import is_shower_file, short_name
    from calobench.io.formats import require_taken
    from calobench.io.paths import paths_in
    from calobench.models.cached import with_cache
    from calobench.models.calls import model_info
    from calobench.models.registry import load_model
    from calobench.placement.sampling import DEFAULT_METHOD

    spec, model = load_detector(detector), named_model(model, model_args, device)
    request = DiphotonRequest(
        detector=spec,
        energies_mev=_energies(energies),
        separation_mm=_separation(separation),
        seeds=seeds,
        n=n,
        reference=reference,
        direct=direct,
        method=method or DEFAULT_METHOD,
        threshold_mev=threshold,
        seed=seed,
        replicas=replicas,
        reading=reading,
    )
    references = tuple(path for named in reference for path in paths_in(named))
    require_taken(reading, references)
    if is_shower_file(model):
        raise ConditionsError(
            f"{model} is a file of showers, and pairs need a model that generates; give one with --model"
        )
    if out is None and into is None:
        out = Path("calobench-out") / f"diphoton-{short_name(model)}-{spec.name}"
    loaded = with_cache(load_model(model, spec), model)
    info = model_info(loaded, model)
    destination = Addition(
        "diphoton",
        out,
        into,
        spec.name,
        model=info.name,
        weights_hash=info.weights_hash,
        geometry_hash=spec.geometry_hash,
        page=True,
        force=force,
        call=command_line(),
    )
    if destination.completed:
        echo("\n".join([COMPLETED, *(f"wrote {path}" for path in destination.written())]))
        return
    read = {
        f"{option} {path}": path
        for option, paths in (("--reference", references), ("--direct", direct))
        for path in paths
    }
    require_apart({"--detector": named_file(detector), **read}, {"--out": destination.path})
    results = run_diphoton(request, loaded, RichProgress())
    page = "" if destination.page is None else _page(results, f"{model} on {spec.name}")
    written = destination.write(results, page)
    _show(results, f"{model} on {spec.name}", written)


def _page(results: DiphotonResults, title: str) -> str:
    # Drawing needs matplotlib: imported only when needed.
    from calobench.benchmarks.diphoton.page import SECTION, context
    from calobench.report.section_page import render_section_page

    lines = (f"{results.model.description}. Reference: {results.reference.description}.",)
    return render_section_page(
        SECTION, f"{title}: two photons close together", lines, context(results)
    )


def _energies(text: str) -> tuple[float, float]:
    words = text.split(",")
    try:
        first, second = (float(word) * 1000 for word in words * (2 if len(words) == 1 else 1))
    except ValueError:
        raise ConditionsError(
            f"--energies {text}: give the energies of two photons in GeV, such as 20,20"
        ) from None
    if not (0 < first < float("inf") and 0 < second < float("inf")):
        raise ConditionsError(f"--energies {text}: energies must be above zero, GeV")
    return first, second


def _separation(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        raise ConditionsError(
            f"--separation {text} is no range; give LOW:HIGH in mm, such as 0:30"
        ) from None
    return low, high


def _show(results: DiphotonResults, title: str, written: list[Path]) -> None:

    from calobench.benchmarks.diphoton.words import half_resolved

    console = make_console()
    show_table(console, _curves(results, title))
    show_table(console, _scores(results))
    halves = {
        "Geant4": half_resolved(results, "reference"),
        "model": half_resolved(results, "model"),
    }
    for name, text in halves.items():
        console.print(f"half of the pairs found as two at: {name} {text}")
    for warning in results.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    for path in written:
        console.print(f"wrote {path}", soft_wrap=True)


def _curves(results: DiphotonResults, title: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        title=title,
        caption="two: fraction found as exactly two; E: energy of the leading two over incident energy",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("mm apart", no_wrap=True)
    curves = {curve.name: curve for curve in results.curves}
    for name in ("two", "E"):
        for who in ("Geant4", "model"):
            table.add_column(f"{name}: {who}", justify="right", no_wrap=True)
    edges = results.settings.edges_mm
    for index, (low, high) in enumerate(itertools.pairwise(edges)):
        cells = [
            text for name in ("exactly_two", "response") for text in _both(curves[name], index)
        ]
        table.add_row(f"{low:.4g} to {high:.4g}", *cells)
    return table


def _both(curve: CurveRecord, index: int) -> tuple[str, str]:
    def text(point: BinValue) -> str:
        if point.value is None:
            return "-"
        if point.low is None or point.high is None:
            return f"{point.value:.3f}"
        return f"{point.value:.3f} ± {(point.high - point.low) / 2:.3f}"

    return text(curve.reference[index]), text(curve.model[index])


def _scores(results: DiphotonResults) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.verdict.marks import marked

    table = Table(
        title=f"{results.model.pairs} pairs of model showers against {results.reference.pairs} of Geant4",
        caption="null: 95 % quantile of Geant4 against Geant4; *: differs, p at most 0.05",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("curve")
    for heading in ("T²/ndf", "±", "null", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for curve in results.curves:
        score = curve.score
        if score is not None:
            mark = "*" if marked(score.p_value) else " "
            numbers = (f"{score.value:.3g}", f"{score.error:.1g}", f"{score.null_95:.2g}")
            table.add_row(curve.label, *numbers, f"{score.p_value:.2g}{mark}")
    return table
