"""``calobench run --protocol calochallenge``: two files of a data set, scored as the challenge does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import command_line, replicas_option, run_folder, seed_option
from calobench.cli._outputs import COMPLETED
from calobench.cli._paths import FilePath
from calobench.cli._terminal import make_console, show_table

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.benchmarks.calochallenge.record import CaloChallengeResults, NullScore
    from calobench.benchmarks.calochallenge.run import ProtocolOutcome

__all__ = ["command"]

_HELP = """Score a file of showers as the CaloChallenge does, with errors and nulls.

\b
Example:
  calobench run --protocol calochallenge --dataset 2 --model generated.hdf5 --reference dataset_2_2.hdf5
"""


@click.command(help=_HELP)
@click.option("--protocol", required=True, metavar="calochallenge", expose_value=False)
@click.option(
    "--model", required=True, help="HDF5 file of generated showers; several: separated by commas."
)
@click.option(
    "--reference", required=True, help="HDF5 file of Geant4 showers; several: separated by commas."
)
@click.option("--dataset", required=True, help="1-photons, 1-pions, 2 or 3.")
@click.option(
    "--binning",
    type=FilePath(),
    default=None,
    help="XML of the voxels (default: the data set's own, which ships with calobench).",
)
@run_folder
@seed_option
@replicas_option("Of the bootstrap and of the null.")
@click.option(
    "--with",
    "parts",
    multiple=True,
    metavar="PART",
    help="Also: low, high, cnn (the classifiers; 'classifiers' are all three), prdc (precision, recall, "
    "density, coverage). Several: again, or separated by commas.",
)
@click.option(
    "--part-showers",
    type=click.IntRange(min=1),
    default=None,
    help="Showers of each sample that --with uses, drawn at random (default: all).",
)
@click.option("--force", is_flag=True, help="Replace the run that is already in the folder.")
def command(
    model: str,
    reference: str,
    dataset: str,
    binning: Path | None,
    out: Path | None,
    seed: int,
    replicas: int,
    parts: tuple[str, ...],
    part_showers: int | None,
    force: bool,
) -> None:
    """Score a file of showers as the CaloChallenge does, with errors and nulls."""
    from calobench.benchmarks.calochallenge.run import ProtocolRequest, run_protocol
    from calobench.cli._progress import RichProgress
    from calobench.io.paths import paths_in

    generated = paths_in(model)
    request = ProtocolRequest(
        generated=generated,
        reference=paths_in(reference),
        dataset=dataset,
        out=out or Path("calobench-out") / f"{generated[0].stem}-calochallenge-{dataset}",
        binning=binning,
        replicas=replicas,
        seed=seed,
        parts=tuple(word.strip() for part in parts for word in part.split(",")),
        part_showers=part_showers,
        force=force,
        command=command_line(),
    )
    _show(run_protocol(request, RichProgress()))


def _show(outcome: ProtocolOutcome) -> None:

    console = make_console()
    if outcome.completed:
        console.print(COMPLETED, soft_wrap=True)
    show_table(console, _table(outcome.results))
    others = _others(outcome.results)
    if others.row_count:
        show_table(console, others)
    for warning in outcome.results.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    console.print(f"results  {outcome.results_path}", soft_wrap=True)
    console.print(f"report   {outcome.report_path.absolute()}", soft_wrap=True)


def _table(results: CaloChallengeResults) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        title=f"{results.title}: {results.generated.n} showers against {results.reference.n} of "
        "Geant4, all x 1000",
        caption="null: 95 % quantile after exchanging showers (FPD, KPD: halves of the reference); "
        "complete: with what lies outside the bins; *: differs, p at most 0.05",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("quantity")
    for heading in ("published def.", "±", "null", "p", "complete", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in results.rows:
        value, _, _, p_value = _cells(row.complete)
        table.add_row(row.name, *_cells(row.as_published), value, p_value)
    for distance in results.distances:
        null = "-" if distance.null_value is None else f"{1e3 * distance.null_value:.3g}"
        table.add_row(
            distance.name, f"{1e3 * distance.value:.4g}", f"{1e3 * distance.error:.1g}", null
        )
    return table


def _others(results: CaloChallengeResults) -> Table:
    """Distances without bias, classifiers, and precision, recall, density and coverage."""
    from rich import box
    from rich.table import Table

    table = Table(
        caption="FPD and KPD x 1000, of all showers, bias taken away; null: classifiers trained and labels "
        "exchanged at random; *: differs, p at most 0.05",
        box=box.SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column("quantity", no_wrap=True)
    for heading in ("value", "±", "null", "p"):
        table.add_column(heading, justify="right", no_wrap=True)
    for score in (*results.unbiased, *results.prdc):
        scale = 1e3 if score in results.unbiased else 1
        low, high = (f"{scale * end:.3g}" for end in score.null_interval)
        table.add_row(
            score.label, f"{scale * score.value:.4g}", f"{scale * score.error:.1g}", f"{low} to {high}",
            _p_value(score.p_value),
        )  # fmt: skip
    for classifier in results.classifiers:
        for label, one in (("AUC", classifier.auc), ("JSD", classifier.jsd)):
            table.add_row(
                f"{label} {classifier.name}", f"{one.value:.4f}", f"{one.error:.4f}",
                f"{one.null:.3f} ± {one.null_spread:.3f}",
                _p_value(classifier.p_value) if label == "AUC" else "",
            )  # fmt: skip
    return table


def _p_value(p_value: float) -> str:
    from calobench.verdict.marks import marked

    mark = "*" if marked(p_value) else " "
    return f"{p_value:.2f}{mark}" if p_value >= 0.005 else f"<.01{mark}"


def _cells(score: NullScore | None) -> tuple[str, str, str, str]:
    if score is None:
        return ("-",) * 4
    return (
        f"{1e3 * score.value:.3g}",
        f"{1e3 * score.error:.1g}",
        f"{1e3 * score.null_95:.2g}",
        _p_value(score.p_value),
    )
