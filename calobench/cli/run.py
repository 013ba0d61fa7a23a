"""``calobench run``: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._completion import complete_model
from calobench.cli._options import (
    detector_option,
    device_option,
    fail_on_option,
    model_arguments_option,
    named_model,
    reading_options,
    reference_option,
    replicas_option,
    run_folder,
    seed_option,
    use_option,
)
from calobench.cli._outputs import COMPLETED, named_file, require_apart
from calobench.cli._protocol import RunCommand
from calobench.cli._scaling import (
    Scaling,
    command_of_all,
    scaling_options,
    shared_words,
    told_part,
)
from calobench.cli._terminal import echo, make_console, show_table

if TYPE_CHECKING:
    from calobench.harness.run import RunOutcome
    from calobench.io.reading import Reading

__all__ = ["command"]

_JOBS = 10
"""Of --submit, where --jobs does not say."""

_HELP = """Generate showers, compare them with Geant4 and write a report.

\b
Exit code:
  0  done
  1  with --fail-on: the verdict is that level, or a worse one
  2  usage, or something is not what it should be
  3  with --fail-on: no verdict (too few showers, or the model has seen the reference)

\b
Example:
  calobench run --model distilled --detector ALLEGRO
  calobench run --model mine.h5 --detector CLD --use energy-calibration --fail-on flaws
  calobench run --model 'jobs/*.h5' --detector CLD --scheduler tcp://host:8786

\b
With --workers, --scheduler or --shard showers are made, read and observed in shards; a call that was
interrupted goes on where it was, and results do not depend on who does them.
"""


@click.command(cls=RunCommand, help=_HELP)
@click.option(
    "--model",
    required=True,
    shell_complete=complete_model,
    help="A name from 'calobench models', package.module:factory, a trained file (.pt, .onnx, .safetensors), "
    "or files of showers: a.h5,b.h5 or 'jobs/*.h5'.",
)
@model_arguments_option
@device_option
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
@reading_options
@use_option
@fail_on_option
@scaling_options
@click.option("--force", is_flag=True, help="Replace the run that is already in the folder.")
def command(
    model: str,
    model_args: tuple[str, ...],
    device: str,
    detector: str,
    n: int | None,
    reference: Path | None,
    out: Path | None,
    seed: int,
    replicas: int,
    reweight: bool,
    extras: tuple[str, ...],
    use: str | None,
    fail_on: str | None,
    scaling: Scaling,
    force: bool,
    reading: Reading,
) -> int:
    """Generate showers, compare them with Geant4 and write a report."""
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.harness.run import RunRequest, run, run_part
    from calobench.harness.sources import is_shower_file, short_name
    from calobench.io.formats import require_taken
    from calobench.io.paths import paths_in
    from calobench.models.files.catalogue import model_file_path
    from calobench.verdict import load_use

    spec = load_detector(detector)
    model = named_model(model, model_args, device)
    trained = model_file_path(model)
    showers = paths_in(model) if is_shower_file(model) else ()
    references = () if reference is None else paths_in(reference)
    require_taken(reading, (*showers, *references))
    models = showers if trained is None else (trained,)
    folder = out or Path("calobench-out") / f"{short_name(model)}-{spec.name}"
    require_apart(
        {
            **{f"--model {path}": path for path in models},
            **{f"--reference {path}": path for path in references},
            "--detector": named_file(detector),
            "--use": None if use is None else named_file(use),
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
        command=command_of_all(),
        extras=extras,
        reading=reading,
        use=None if use is None else load_use(use),
    )
    if scaling.submit is not None:
        click.echo(scaling.submit_file("calobench-run", shared_words(), _JOBS), nl=False)
        return 0
    if scaling.part is not None:
        with scaling.executor() as executor:
            run_part(request, executor, scaling.part)
        echo(told_part(scaling.part, folder / "results.json"))
        return 0
    if scaling.is_asked_for:
        with scaling.executor() as executor:
            outcome = run(request, RichProgress(), executor)
    else:
        outcome = run(request, RichProgress())
    _show(outcome)
    if outcome.failures:
        # What was measured is kept; that something is missing is the exit code.
        raise outcome.failures[0]
    return _exit_code(outcome, fail_on)


def _exit_code(outcome: RunOutcome, fail_on: str | None) -> int:
    from calobench.verdict import verdict_of
    from calobench.verdict.failing import FAIL_ON, exit_code

    if fail_on is None:
        return 0
    return exit_code(verdict_of(outcome.results).level, FAIL_ON[fail_on])


def _show(outcome: RunOutcome) -> None:
    from calobench.cli._scores_table import scores_table
    from calobench.verdict import verdict_of

    console = make_console()
    if outcome.completed:
        console.print(COMPLETED, soft_wrap=True)
    show_table(console, scores_table(outcome.results))
    console.print(verdict_of(outcome.results).sentence, style="bold", soft_wrap=True)
    for warning in outcome.results.warnings:
        console.print(f"warning: {warning}", style="yellow", soft_wrap=True)
    console.print(f"results  {outcome.results_path}", soft_wrap=True)
    console.print(f"report   {outcome.report_path.absolute()}", soft_wrap=True)
