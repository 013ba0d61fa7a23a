"""``calobench run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import (
    command_line,
    detector_option,
    reference_option,
    replicas_option,
    run_folder,
    seed_option,
)
from calobench.cli._outputs import COMPLETED, named_file, require_apart
from calobench.cli._protocol import RunCommand
from calobench.cli._terminal import make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.harness.run import RunOutcome
    from calobench.results.schema import Results
    from calobench.verdict.observables import Judged

__all__ = ["command"]

_HELP = """Generate showers, compare them with Geant4 and write a report.

\b
Example:
  calobench run --model distilled --detector ALLEGRO
"""

_MAIN_OBSERVABLES = (
    "response",
    "visible_energy",
    "longitudinal_profile",
    "radial_profile",
    "centre_of_gravity_z",
    "width_z",
    "centre_of_gravity_r",
    "width_r",
    "cell_spectrum",
    "hottest_cell",
)
_COLUMNS = ("W1/s", "±", "null", "p", "q", "80%", "chi2", "p")


@click.command(cls=RunCommand, help=_HELP)
@click.option(
    "--model",
    required=True,
    help="A name from 'calobench models', package.module:factory, or HDF5 files of showers (a.h5,b.h5).",
)
@detector_option
@click.option("-n", type=int, default=None, help="Showers to generate (default 1000; a file: all).")
@reference_option
@run_folder
@seed_option
@replicas_option("Of the bootstrap.")
@click.option(
    "--with",
    "extras",
    multiple=True,
    metavar="NAME",
    help="Another benchmark in the same run and report: diphoton, cells. Repeatable.",
)
@click.option(
    "--reweight",
    is_flag=True,
    help="Of a file with another incident spectrum, keep showers such that it is the reference's.",
)
@click.option("--force", is_flag=True, help="Replace the run that is already in the folder.")
def command(
    model: str,
    detector: str,
    n: int | None,
    reference: Path | None,
    out: Path | None,
    seed: int,
    replicas: int,
    reweight: bool,
    extras: tuple[str, ...],
    force: bool,
) -> None:
    """Generate showers, compare them with Geant4 and write a report."""
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.harness import RunRequest, run
    from calobench.harness.sources import is_shower_file
    from calobench.io.joined import paths_in, stem_of

    spec = load_detector(detector)
    label = stem_of(paths_in(model)) if is_shower_file(model) else model.replace(":", ".")
    folder = out or Path("calobench-out") / f"{label}-{spec.name}"
    models = dict.fromkeys(paths_in(model)) if is_shower_file(model) else ()
    require_apart(
        {
            **{f"--model {path}": path for path in models},
            "--detector": named_file(detector),
            "--reference": reference,
        },
        {"results": folder / "results.json", "report": folder / "report.html"},
    )
    request = RunRequest(
        model=model,
        detector=spec,
        out=folder,
        reference=reference,
        n=n,
        seed=seed,
        force=force,
        replicas=replicas,
        reweight=reweight,
        command=command_line(),
        extras=extras,
    )
    outcome = run(request, RichProgress())
    _show(outcome)
    if outcome.failures:
        # What was measured is kept; that something is missing is the exit code.
        raise outcome.failures[0]


def _show(outcome: RunOutcome) -> None:
    from calobench.verdict.decision import decide
    from calobench.verdict.words import headline

    console = make_console()
    if outcome.completed:
        console.print(COMPLETED, soft_wrap=True)
    show_table(console, _table(outcome.results))
    console.print(headline(decide(outcome.results)), style="bold", soft_wrap=True)
    for warning in outcome.results.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    console.print(f"results  {outcome.results_path}", soft_wrap=True)
    console.print(f"report   {outcome.report_path.absolute()}", soft_wrap=True)


def _table(results: Results) -> Table:
    from rich import box
    from rich.table import Table

    from calobench.verdict.observables import judge

    table = Table(
        title=f"{results.model.name} on {results.detector.name}: {results.run.n} showers against "
        f"{results.reference.n} of Geant4",
        caption="W1 in standard deviations of Geant4; null: 95 % quantile of samples that agree; q: false "
        "discovery rate; 80%: shift found with this probability; *: differs, ?: may",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("observable")
    for heading in _COLUMNS:
        table.add_column(heading, justify="right", no_wrap=True)
    for one in judge(results):
        if one.observable.name in _MAIN_OBSERVABLES:
            table.add_row(one.observable.label, *_cells(one))
    return table


def _cells(judged: Judged) -> tuple[str, ...]:
    from calobench.verdict.observables import Status, score_named

    mark = {Status.COMPATIBLE: " ", Status.BORDERLINE: "?", Status.DIFFERS: "*"}[judged.status]
    score, chi2 = judged.score, score_named(judged.observable, "chi2")
    seen = score.minimum_detectable
    return (
        f"{score.value:.2g}",
        "-" if score.known_error is None else f"{score.known_error:.1g}",
        f"{score.null_95:.2g}",
        _p_value(score.p_value),
        "" if score.q_value is None else f"{_p_value(score.q_value)}{mark}",
        "" if seen is None else f"{seen:.2g}",
        "" if chi2 is None else f"{chi2.value:.2f}",
        "" if chi2 is None else _p_value(chi2.p_value),
    )


def _p_value(p: float) -> str:
    return f"{p:.2f}" if p >= 0.005 else f"{p:.3f}" if p >= 0.0005 else "<.001"
