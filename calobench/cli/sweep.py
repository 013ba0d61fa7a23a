"""``calobench sweep``: quality of samplers against evaluations and time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import device_option, seed_option
from calobench.cli._paths import FilePath
from calobench.cli._terminal import make_console, show_table
from calobench.errors import CalobenchError

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.suite.sweep.record import SweepPoint, SweepResults

__all__ = ["command"]

_HELP = """Measure a model with many samplers and numbers of evaluations, and its time.

Every point is a run as 'calobench run' does it. Then all are timed side by side, one shower alone on one
thread, with Geant4 beside them if asked for. What is finished is not done again: after a kill, or with
further points, the same call goes on (a new point makes a new timing, which is of all). The folder gets
sweep.json and index.html. What a sampler cannot do is a row that says so.

\b
Examples:
  calobench sweep --detector ALLEGRO --samplers heun,lms,dpmpp_2m,dpmpp_3m --nfe 5,10,18,25,32,63
  calobench sweep --detector ALLEGRO --samplers dpmpp_2m --nfe 10,25 --models distilled --geant4
  calobench sweep --detector ILD --model ILD.safetensors --samplers heun:79,lms:40 --geant4 --energies 10:90
"""


@click.command(help=_HELP)
@click.option(
    "--detector", required=True, help="A name from 'calobench detectors', or a YAML file."
)
@click.option(
    "--samplers",
    default="",
    metavar="A,B:NFE,...",
    help="Names of samplers; one with a number behind it is done with that number only.",
)
@click.option("--nfe", default="", metavar="A,B,...", help="Numbers of network evaluations.")
@click.option(
    "--model", default="edm", show_default=True, help="Takes the arguments sampler and nfe."
)
@click.option(
    "--models",
    default="",
    metavar="A,B,...",
    help="Further models, as they are, and files of showers.",
)
@click.option(
    "-n", type=click.IntRange(1), default=1000, show_default=True, help="Showers of each point."
)
@seed_option
@device_option
@click.option(
    "--replicas", type=click.IntRange(20, 100_000), default=200, show_default=True,
    help="Of the bootstrap.",
)  # fmt: skip
@click.option("--reference", type=FilePath(), help="Geant4 showers (default: bundled).")
@click.option(
    "--out", type=FilePath(),
    help="Folder of all runs.  [default: calobench-out/sweep-DETECTOR]",
)  # fmt: skip
@click.option(
    "--workers", type=click.IntRange(1, 1000), default=1, show_default=True, help="Processes."
)
@click.option("--time/--no-time", "timed", default=True, help="Time all points after the runs.")
@click.option("--geant4/--no-geant4", default=False, help="Time Geant4 beside them.")
@click.option(
    "--geant4-data", type=FilePath(),
    help="Folder of Geant4's data sets (default: G4LEDATA and its like, ~/.geant4_pybind).",
)  # fmt: skip
@click.option(
    "--max-seconds", type=click.FloatRange(0, min_open=True), default=20.0, show_default=True,
    help="Of measuring, for every time.",
)  # fmt: skip
@click.option(
    "--energies", metavar="GEV",
    help="Of the timing: one, or LOW:HIGH for the mean over a flat spectrum.  [default: 50]",
)  # fmt: skip
def command(
    *,
    detector: str,
    samplers: str,
    nfe: str,
    model: str,
    models: str,
    n: int,
    seed: int,
    device: str,
    replicas: int,
    reference: Path | None,
    out: Path | None,
    workers: int,
    timed: bool,
    geant4: bool,
    geant4_data: Path | None,
    max_seconds: float,
    energies: str | None,
) -> None:
    """Measure a model with many samplers and numbers of evaluations, and its time."""
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.executors.processes import ProcessExecutor
    from calobench.models.naming import split_models
    from calobench.suite.output import SuiteFolder
    from calobench.suite.sweep import SweepRequest, sweep
    from calobench.suite.sweep.points import parse_evaluations
    from calobench.suite.sweep.run import SUMMARY
    from calobench.suite.sweep.spectrum import parse_spectrum

    spec = load_detector(detector)
    names = tuple(word.strip() for word in samplers.split(",") if word.strip())
    open_ended = any(":" not in name for name in names)
    folder = out or Path("calobench-out") / f"sweep-{spec.name}"
    results = sweep(
        SweepRequest(
            detector=spec,
            out=folder,
            samplers=names,
            evaluations=parse_evaluations(nfe) if open_ended or nfe else (),
            model=model,
            others=tuple(split_models(models)),
            n=n,
            seed=seed,
            replicas=replicas,
            reference=reference,
            timed=timed,
            geant4=geant4,
            geant4_data=geant4_data,
            max_seconds=max_seconds,
            spectrum=parse_spectrum(energies, spec),
            device=device,
            detector_name=detector,
        ),
        ProcessExecutor(workers),
        RichProgress(),
    )
    place = SuiteFolder(folder, SUMMARY)
    console = make_console()
    show_table(console, _table(results))
    for reason in results.invalid:
        console.print(f"do not quote these times: {reason}", style="yellow", soft_wrap=True)
    console.print(f"sweep    {place.summary}", soft_wrap=True)
    console.print(f"page     {place.page.absolute()}", soft_wrap=True)
    if results.missing:
        names_and_reasons = ", ".join(f"{point.name} ({point.reason})" for point in results.missing)
        raise CalobenchError(
            f"{len(results.missing)} of {len(results.points)} points are not complete: {names_and_reasons}"
        )


def _table(results: SweepResults) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.suite.columns import score_columns

    table = Table(box=box.SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("model", overflow="fold")
    columns = score_columns(results.points)
    for heading in ("evaluations", *columns.values(), "worth", "response", "ms", "speed-up"):
        table.add_column(heading, justify="right", no_wrap=True)
    if results.geant4_ms is not None:
        before = ("", *("" for _ in columns), "", "")
        table.add_row("Geant4", *before, f"{results.geant4_ms[0]:.4g}", "1")
    for point in results.points:
        table.add_row(
            f"{point.sampler or point.name}{'' if point.state == 'done' else f', {point.state}'}",
            "" if point.nfe is None else str(point.nfe),
            *(_score(point, name) for name in columns),
            "" if point.equivalent is None else f"{point.equivalent:.0f}",
            "" if point.response is None else f"{point.response[0]:.4f}±{point.response[1]:.1g}",
            "" if point.time is None else f"{point.time.median_ms:.3g}",
            ""
            if point.time is None or point.time.speed_up is None
            else f"{point.time.speed_up:.3g}",
        )
    return table


def _score(point: SweepPoint, name: str) -> str:
    score = point.score(name)
    return "" if score is None else f"{score.value:.3g}±{score.error:.1g}"
