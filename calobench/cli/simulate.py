"""``calobench simulate``: showers of Geant4 itself."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calobench.cli._completion import complete_model
from calobench.cli._monitor import shower_monitor
from calobench.cli._options import model_arguments_option, named_model, seed_option
from calobench.cli._paths import FilePath
from calobench.cli._scaling import Scaling, scaling_options, shared_words, told_part
from calobench.cli._terminal import echo
from calobench.errors import ConditionsError, OutputError

if TYPE_CHECKING:
    from calobench.detectors import DetectorSpec
    from calobench.simulate import FastCheck, FastModel, Production
    from calobench.simulate.beam import Beam

__all__ = ["command"]

_HELP = """Simulate photon showers with Geant4 in the layers of a detector.

A run that was interrupted, even killed, goes on where it was when the same command is given
again. The showers depend on the seed only, not on who simulates them. With --shard a job makes its part
of the shards; afterwards the same call without it joins them.

\b
Examples:
  calobench simulate --detector ALLEGRO -n 1000 --out showers.h5 --workers 2
  calobench simulate --detector CLD -n 1000 --out fast.h5 --readout --fast-model distilled
  calobench simulate --detector ALLEGRO -n 100000 --out showers.h5 --submit slurm --jobs 100 > simulate.sh
"""


@click.command(help=_HELP)
@click.option(
    "--detector", required=True, help="A name from 'calobench detectors', or a YAML file."
)
@click.option("-n", type=int, default=1000, show_default=True, help="Showers to simulate.")
@click.option("--out", type=FilePath(), help="HDF5 file to write, LEMURS layout.")
@click.option("--energy", help="GeV, LOW:HIGH or one value (default: the detector's range).")
@click.option(
    "--theta", help="Polar angle, rad, LOW:HIGH or one value (default: the detector's range)."
)
@click.option("--phi", help="Azimuth, rad, LOW:HIGH or one value (default: a full turn).")
@click.option(
    "--two-photons",
    metavar="LOW:HIGH",
    help="Two photons in each event, this far apart along the beam, mm.",
)
@click.option(
    "--second-energy",
    help="Energy of the second of two photons, GeV, LOW:HIGH or one value (default: as the first).",
)
@click.option(
    "--readout",
    is_flag=True,
    help="Also write the deposits in the detector's readout cells.",
)
@click.option(
    "--spread",
    type=click.FloatRange(min=0),
    help="Photons enter, or have their mid-point, evenly in a square of this side, mm (default: one "
    "readout cell with --readout, else one ring of the mesh for two photons and nothing for one).",
)
@click.option(
    "--mid-point",
    type=float,
    default=0.0,
    show_default=True,
    help="Middle of that square along the beam, mm.",
)
@click.option(
    "--fast-model",
    metavar="MODEL",
    shell_complete=complete_model,
    help="Geant4 ends photons above --fast-above where they enter the layers, and this model makes their "
    "showers: a name from 'calobench models', package.module:factory, or a trained file.",
)
@model_arguments_option
@click.option(
    "--fast-above",
    type=click.FloatRange(min=0),
    metavar="GEV",
    help="Photons of at most this energy stay with Geant4.  [default: 1]",
)
@scaling_options
@seed_option
@click.option(
    "--geant4-data",
    type=FilePath(),
    help="Folder of Geant4's data sets (default: G4LEDATA and its like, ~/.geant4_pybind).",
)
@click.option(
    "--fast-check", "look", is_flag=True, help="Simulate 20 showers and print what they look like."
)
@click.option("--force", is_flag=True, help="Replace --out.")
def command(
    *,
    detector: str,
    n: int,
    out: Path | None,
    energy: str | None,
    theta: str | None,
    phi: str | None,
    two_photons: str | None,
    second_energy: str | None,
    readout: bool,
    spread: float | None,
    mid_point: float,
    fast_model: str | None,
    model_args: tuple[str, ...],
    fast_above: float | None,
    scaling: Scaling,
    seed: int,
    geant4_data: Path | None,
    look: bool,
    force: bool,
) -> None:
    """Simulate photon showers with Geant4."""
    from calobench.cli._outputs import named_file, require_apart
    from calobench.detectors import load_detector
    from calobench.placement.readout import make_readout
    from calobench.simulate import SHARD_SIZE, Production, fast_check, make_beam, produce

    require_apart({"--detector": named_file(detector)}, {"--out": out})
    spec = load_detector(detector)
    if scaling.submit is not None:
        shards = -(-n // SHARD_SIZE)
        click.echo(scaling.submit_file("calobench-simulate", shared_words(), shards), nl=False)
        return
    if readout and spread is None:
        spread = make_readout(spec).pitch_mm[1]
    beam = make_beam(
        spec,
        energy,
        theta,
        phi,
        two_photons,
        second_energy_gev=second_energy,
        spread_mm=spread,
        mid_z_mm=mid_point,
    )
    fast = _fast_model(fast_model, model_args, fast_above, spec, beam)
    production = Production(spec, beam, n, seed, readout, fast)
    if look:
        with shower_monitor("simulating") as monitor:
            check = fast_check(production, geant4_data=geant4_data, monitor=monitor)
        _print_check(check, production, scaling.workers or 1)
        return
    if out is None:
        raise OutputError("give the file to write with --out, or look first with --fast-check")
    with scaling.cluster() as cluster, shower_monitor("simulating") as monitor:
        produce(
            production,
            out,
            workers=scaling.workers or 1,
            executor=cluster,
            part=scaling.part,
            geant4_data=geant4_data,
            force=force,
            monitor=monitor,
        )
    if scaling.part is not None:
        echo(told_part(scaling.part, out))
        return
    echo(f"wrote {n} showers to {out}; look at them with calobench inspect {shlex.quote(str(out))}")


def _fast_model(
    name: str | None,
    arguments: tuple[str, ...],
    above_gev: float | None,
    detector: DetectorSpec,
    beam: Beam,
) -> FastModel | None:
    from calobench.harness.sources import is_shower_file
    from calobench.simulate import FAST_ABOVE_MEV, FastModel

    if name is None:
        if arguments or above_gev is not None:
            option = "--model-arg" if arguments else "--fast-above"
            raise ConditionsError(f"{option} is of a model; give one with --fast-model")
        return None
    if is_shower_file(name):
        raise ConditionsError(
            f"{name} is a file of showers, and Geant4 needs a model that generates; "
            "give one with --fast-model"
        )
    above = FAST_ABOVE_MEV if above_gev is None else 1000 * above_gev
    return FastModel.of(named_model(name, arguments), detector, beam, above)


def _print_check(check: FastCheck, production: Production, workers: int) -> None:
    beam, name = production.beam, production.detector.name
    echo(
        f"{name}: {check.n} photons of {beam.energy.scaled(1e-3)} GeV, "
        f"theta {beam.theta}, phi {beam.phi}"
    )
    hours = production.n * check.seconds.value / max(workers, 1) / 3600
    for label, measured, unit in (
        ("sampling fraction", check.sampling_fraction, ""),
        ("containment", check.containment, ""),
        ("R90", check.r90, "mm"),
        ("shower maximum", check.shower_maximum, "mm"),
        ("CPU time a shower", check.seconds, "s"),
    ):
        echo(f"  {label:18} {measured.value:9.4g} +- {measured.error:.2g} {unit}".rstrip())
    echo(f"  {production.n} showers take about {hours:.2g} h with {workers} worker(s)")
