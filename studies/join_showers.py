"""Joins files of one detector's showers into one packed file, and keeps what made each of them.

    python studies/join_showers.py data_specs/training/ODD_train4.h5 ODD_train_seed*.h5

Files that share a shower, or come from another detector or geometry than those before, are refused. A file
that was joined before brings its parts with it.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from calobench.errors import CalobenchError, ShowerFileError
from calobench.io import LemursFile
from calobench.io.writers.packed import PackedWriter
from calobench.showers import Showers


def join(out: Path, sources: list[Path], mantissa_bits: int) -> int:
    """Write ``out``; returns its number of showers.

    Raises:
        OutputError: ``out`` exists or cannot be written.
        ShowerFileError: the files do not belong together, or one is damaged.
    """
    with LemursFile(sources[0]) as first:
        detector, mesh = first.detector, first.mesh
    geometry: str | None = None
    parts: list[dict[str, Any]] = []
    seen: set[tuple[float, float, float]] = set()
    for path in sources:
        with LemursFile(path) as file:
            # Files older than the hash of geometry have none.
            geometry = geometry or file.geometry_hash
            same = (file.detector, file.mesh) == (detector, mesh)
            if not same or (file.geometry_hash or geometry) != geometry:
                raise ShowerFileError(f"{path} is of another detector than {sources[0]}")
            c = file.conditions
            conditions = set(zip(c.energy.tolist(), c.theta.tolist(), c.phi.tolist(), strict=True))
            if len(conditions) < len(c) or conditions & seen:
                raise ShowerFileError(f"{path} has a shower twice, or one of an earlier file")
            seen |= conditions
            parts += _parts_of(file)
    attributes = {
        "geant4": "; ".join(dict.fromkeys(str(part["geant4"]) for part in parts)),
        "geometry_hash": geometry,
        "parts": json.dumps(parts),
    }
    attributes = {name: value for name, value in attributes.items() if value is not None}
    with PackedWriter(
        out, detector=detector, mesh=mesh, attributes=attributes, replace=False,
        mantissa_bits=mantissa_bits,
    ) as writer:  # fmt: skip
        showers, deposits = [], []
        for path in sources:
            with LemursFile(path) as file:
                showers.append(file.read())
                deposits.append(file.columns["total_deposit"])
        # At once: a last chunk that is filled up later leaves a gap in the file.
        writer.append(Showers.concatenate(showers), {"total_deposit": np.concatenate(deposits)})
        return len(writer)


def _parts_of(file: LemursFile) -> list[dict[str, Any]]:
    """Seed, number of showers and Geant4 of all that a file was made from."""
    joined = file.attributes.get("parts")
    if joined is not None:
        parts: list[dict[str, Any]] = json.loads(joined)
        return parts
    seed = file.attributes.get("seed")
    made = {"seed": int(seed) if isinstance(seed, np.integer | int) else seed}
    return [{**made, "n": len(file.conditions), "geant4": file.description}]


def main() -> None:
    """Join, and say how many showers there are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--packed", type=int, default=10, help="bits of mantissa")
    options = parser.parse_args()
    try:
        n = join(options.out, options.sources, options.packed)
    except CalobenchError as error:
        raise SystemExit(str(error)) from error
    sys.stdout.write(f"wrote {n} showers to {options.out}\n")


if __name__ == "__main__":
    main()
