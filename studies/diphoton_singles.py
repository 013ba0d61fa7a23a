r"""The single Geant4 showers that ship with calobench, from files of ``calobench simulate``.

Showers on the mesh and their conditions, with the attributes of the file that say how they were made;
the readout cells stay behind. Rows that the reconstruction was tuned on are left out with --rows.

    calobench simulate --detector CLD --energy 20 --theta 1.5707963 --phi 0 \
        -n 800 --readout --seed 8204 --out singles.h5
    python studies/diphoton_singles.py singles.h5 --rows 200:800 \
        --out data_specs/reference/singles/FCCeeCLD_20GeV.h5
"""

from __future__ import annotations

import argparse
from pathlib import Path

import h5py

from calobench.benchmarks.diphoton.singles import read_singles
from calobench.detectors import load_detector
from calobench.io.writers.packed import PackedWriter
from calobench.showers import Showers


def main() -> None:
    """Write the file and print its size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "singles", type=Path, nargs="+", help="of one detector, energy and direction"
    )
    parser.add_argument("--rows", default=":", help="FIRST:LAST of all files together")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--packed", type=int, default=8, help="bits of mantissa")
    options = parser.parse_args()

    made = []
    for path in options.singles:
        with h5py.File(path) as file:
            made.append(dict(file.attrs))
    attributes = made[0]
    detector = load_detector(attributes.pop("detector"))
    attributes["seed"] = ", ".join(str(one["seed"]) for one in made)
    attributes["rows"] = f"{options.rows} of the showers with these seeds"
    files = [read_singles(path, detector).showers for path in options.singles]
    first, last = (int(word) if word else None for word in options.rows.split(":"))
    showers = Showers.concatenate(files)[slice(first, last)]
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with PackedWriter(
        options.out,
        detector=detector.name,
        mesh=detector.mesh_geometry,
        attributes=attributes,
        mantissa_bits=options.packed,
    ) as writer:
        writer.append(showers)
    size = options.out.stat().st_size / 1e6
    print(f"{len(showers)} showers, {size:.2f} MB, in {options.out}")


if __name__ == "__main__":
    main()
