"""``python -m calobench_gflash fit``: parameters of a detector, from showers of Geant4."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import click
import h5py

from calobench import load_detector, read_showers
from calobench.detectors import DetectorSpec
from calobench.errors import CalobenchError, ModelError
from calobench_gflash.fit import fit
from calobench_gflash.parameters import Provenance


@click.group()
def main() -> None:
    """A parametrised shower for calobench."""


@main.command("fit")
@click.option("--detector", required=True, help="Name, alias, or path of a YAML.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Parameters, JSON.")
@click.option("--seed", default=1, show_default=True, help="Of the showers that it generates.")
@click.argument("showers", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def fit_command(detector: str, out: Path, seed: int, showers: tuple[Path, ...]) -> None:
    """Fit parameters to SHOWERS, files of Geant4 showers of one detector.

    Takes half a minute for 2,000 showers.
    """
    try:
        spec = load_detector(detector)
        sample = read_showers(*showers, detector=spec)
        for path in showers:
            _require_geometry(path, spec)
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in showers}

        def provenance(left_out: int) -> Provenance:
            command = f"python -m calobench_gflash fit --detector {detector} --seed {seed} --out {out.name}"
            return Provenance(
                command=f"{command} {' '.join(files)}",
                files=files,
                showers=len(sample),
                seed=seed,
                left_out=left_out,
            )

        parameters = fit(sample, spec, provenance, seed, lambda text: click.echo(text, err=True))
        # Whole or not at all.
        part = out.with_name(f".{out.name}.part")
        part.write_text(parameters.to_json())
        part.replace(out)
    except (CalobenchError, OSError) as error:
        click.echo(f"calobench_gflash: {error}", err=True)
        sys.exit(2)
    click.echo(
        f"{out}: {parameters.count} parameters of {parameters.detector} from {len(sample)} showers"
    )


def _require_geometry(path: Path, detector: DetectorSpec) -> None:
    with h5py.File(path) as file:
        known = file.attrs.get("geometry_hash")
    if known is not None and known != detector.geometry_hash:
        raise ModelError(
            f"{path} has showers of another detector, geometry or mesh than {detector.name}; "
            "give the YAML that it was simulated with"
        )


if __name__ == "__main__":
    main()
