"""``calobench time``: what a shower costs, beside Geant4."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._options import model_arguments_option, seed_option
from calobench.cli._paths import FilePath
from calobench.cli._terminal import echo, make_console, show_table
from calobench.errors import ModelError

if TYPE_CHECKING:
    from calobench.benchmarks.timing.record import TimingResults

__all__ = ["command"]

_HELP = """Time models, and Geant4 beside them.

Every model on every device, and Geant4, runs in a fresh process; all are pinned to the same cores and
take turns until each time is known to --precision. What is timed is what a user pays: conditions in,
hits in global positions out. The run is called INVALID, with the reasons, when the machine took part of
the time away.

\b
Examples:
  calobench time --detector ALLEGRO --models solver,distilled --geant4
  calobench time --detector CLD --models full --devices cpu,cuda --out times
  calobench time --detector ALLEGRO --models distilled --into run/results.json
"""


@click.command(help=_HELP)
@click.option(
    "--detector", required=True, help="A name from 'calobench detectors', or a YAML file."
)
@click.option(
    "--models",
    required=True,
    metavar="A,B,...",
    help="Names from 'calobench models', package.module:factory, or trained files.",
)
@model_arguments_option
@click.option("--geant4/--no-geant4", default=False, help="Time Geant4 in the same run.")
@click.option("--devices", default="cpu", show_default=True, help="cpu, cuda, cuda:1, ...")
@click.option("--batch-sizes", default="1,100,1000", show_default=True, help="Showers per call.")
@click.option("--threads", type=int, default=1, show_default=True, help="Of every process.")
@click.option(
    "--energies",
    metavar="GEV",
    help="A list, or LOW:HIGH for five values and 50 GeV.  [default: 10,50,100]",
)
@click.option(
    "--precision",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.02,
    show_default=True,
    help="Relative error that every time must reach.",
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    help="Of measuring, for every time.",
)
@seed_option
@click.option(
    "--out",
    type=FilePath(),
    help="Folder of timing.json, or a file.  [default: calobench-out/timing-DETECTOR]",
)
@click.option(
    "--into",
    type=FilePath(),
    metavar="RESULTS",
    help="Add the times to the results.json of a run, and to its report.",
)
@click.option(
    "--quality",
    metavar="A,B,...",
    help="results.json of runs of the timed models, to show quality against time.",
)
@click.option(
    "--geant4-data",
    type=FilePath(),
    help="Folder of Geant4's data sets (default: G4LEDATA and its like, ~/.geant4_pybind).",
)
@click.option("--force", is_flag=True, help="Replace times that are there.")
def command(
    *,
    detector: str,
    models: str,
    model_args: tuple[str, ...],
    geant4: bool,
    devices: str,
    batch_sizes: str,
    threads: int,
    energies: str | None,
    precision: float,
    max_seconds: float,
    seed: int,
    out: Path | None,
    into: Path | None,
    quality: str | None,
    geant4_data: Path | None,
    force: bool,
) -> None:
    """Time models, and Geant4 beside them."""
    from calobench.benchmarks.timing import request as words
    from calobench.benchmarks.timing.measure import measure
    from calobench.benchmarks.timing.quality import quality_of, read_quality
    from calobench.cli._options import command_line
    from calobench.cli._outputs import COMPLETED, named_file, require_apart
    from calobench.cli._progress import RichProgress
    from calobench.detectors import load_detector
    from calobench.harness.addition import Addition

    spec = load_detector(detector)
    request = words.TimingRequest(
        detector=spec,
        models=words.parse_models(models, model_args),
        devices=words.parse_devices(devices),
        batch_sizes=words.parse_batch_sizes(batch_sizes),
        energies_mev=words.parse_energies(energies, spec),
        threads=threads,
        geant4=geant4,
        geant4_data=geant4_data,
        precision=precision,
        max_seconds=max_seconds,
        seed=seed,
        command=command_line(),
    )
    if out is None and into is None:
        out = Path("calobench-out") / f"timing-{spec.name}"
    paths = [Path(path) for path in quality.split(",")] if quality else []
    destination = Addition("timing", out, into, spec.name, force=force, call=request.command)
    if destination.completed:
        echo("\n".join([COMPLETED, *(f"wrote {path}" for path in destination.written())]))
        return
    read = {"--detector": named_file(detector), **{f"--quality {path}": path for path in paths}}
    require_apart(read, {"--out": destination.path})
    known = list(read_quality(paths, spec.name))
    if destination.results is not None:
        own = quality_of(destination.results)
        if own is not None and own.model not in {one.model for one in known}:
            known.append(own)
    timing = measure(request, RichProgress(), tuple(known))
    if not any(row.time for row in timing.rows):
        raise ModelError(f"nothing was measured: {'; '.join(_reasons(timing))}")
    written = destination.write(timing)
    _show(timing, written)
    if timing.failures:
        raise ModelError(f"not everything could be measured: {'; '.join(timing.failures)}")


def _reasons(timing: TimingResults) -> list[str]:
    refusals = (row.refusal for row in timing.rows if row.refusal is not None)
    return list(timing.failures or dict.fromkeys(refusals))


def _show(timing: TimingResults, written: list[Path]) -> None:

    from calobench.cli._timing_tables import timing_tables

    console = make_console()
    for table in timing_tables(timing):
        show_table(console, table)
    machine = timing.machine
    cpus = ", ".join(str(cpu) for cpu in machine.measured_on)
    console.print(f"{machine.processor}, on CPU {cpus} of {machine.cores}")
    if timing.geant4:
        fraction = timing.geant4.callback_share
        console.print(
            f"Geant4 {timing.geant4.description}: Python callbacks are {fraction.value:.1%}±"
            f"{fraction.error:.1%} of its time with them",
        )
    backends = {f"{row.model} on {row.device}": row.backend for row in timing.rows if row.backend}
    for name, backend in backends.items():
        console.print(f"{name}: {backend}")
    for row in timing.rows:
        if row.refusal is not None:
            what = f"{row.model} on {row.device}, batch {row.batch_size}"
            console.print(f"not measured: {what}: {row.refusal}", soft_wrap=True)
    for note in timing.notes:
        console.print(f"note: {note}", style="yellow", soft_wrap=True)
    if timing.invalid:
        console.print("INVALID: do not quote these times", style="bold red")
        for reason in timing.invalid:
            console.print(f"  {reason}", style="red")
    else:
        console.print("VALID: no sign that the machine took time away")
    for path in written:
        console.print(f"wrote {path}", soft_wrap=True)
