"""Showers of the models of the first release, for the particles of the bundled references.

    git worktree add FOLDER 805f3d6
    python studies/first_generation.py FOLDER distilled FCCeeALLEGRO first-distilled.h5
    calobench run --model first-distilled.h5 --detector ALLEGRO --with cells --seed 1

FOLDER holds calobench with the weights of the first release: its code makes the showers, today's judges them.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

SEED = 1
# Showers that share a seed.
_CHUNK = 50


def main() -> None:
    """Make the showers and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="checkout of the first release")
    parser.add_argument("model", choices=("full", "solver", "distilled"))
    parser.add_argument("detector", help="such as FCCeeALLEGRO")
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()

    # Not at the top: the process below imports this file with another calobench.
    from calobench.detectors import load_detector
    from calobench.io import open_showers, write_lemurs
    from calobench.io.reading import Reading
    from calobench.resources import data_specs_dir
    from calobench.showers import Conditions, Showers

    detector = load_detector(arguments.detector)
    with open_showers(
        data_specs_dir() / "reference" / f"{detector.name}.h5", Reading(detector)
    ) as file:
        conditions = file.conditions
    table = np.stack([conditions.energy, conditions.theta, conditions.phi])
    with tempfile.TemporaryDirectory() as place:
        asked, made = Path(place) / "conditions.npy", Path(place) / "cells.npy"
        np.save(asked, table)
        # A process of its own: two versions of one package cannot be imported into one.
        subprocess.run(
            [sys.executable, "-c", _CHILD, arguments.model, detector.name, asked, made],
            cwd=arguments.folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
            check=True,
        )
        cells = np.load(made)
    write_lemurs(
        arguments.out,
        [Showers(cells, Conditions(*table))],
        detector=detector.name,
        mesh=detector.mesh_geometry,
        attributes={"geometry_hash": detector.geometry_hash},
    )


_CHILD = "import sys; from first_generation import first_showers; first_showers(*sys.argv[1:])"


def first_showers(model: str, detector: str, conditions: str, out: str) -> None:
    """Cells in MeV, (N, R, PHI, Z), by the calobench that is imported, into a file of numpy."""
    torch.set_num_threads(1)
    plugin: Any = importlib.import_module("reference_models.plugin")
    showers: Any = importlib.import_module("calobench.showers")
    detectors: Any = importlib.import_module("calobench.detectors")
    given = showers.Conditions(*np.load(conditions))
    made, where = getattr(plugin, model)(), detectors.load_detector(detector)
    starts = range(0, len(given), _CHUNK)
    parts = [
        made.generate(given[start : start + _CHUNK], where, seed)
        for start, seed in zip(starts, np.random.SeedSequence(SEED).spawn(len(starts)), strict=True)
    ]
    np.save(out, np.concatenate(parts))


if __name__ == "__main__":
    main()
