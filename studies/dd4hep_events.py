"""Events of DD4hep read into the mesh of a detector: their response, and what lies outside of the mesh.

    python studies/dd4hep_events.py ODD_gamma_10ev_theta90deg_phi0deg_posX0mmY1250mmZ0mm_10GeV_edm4hep.root

The file is one of github.com/fast-sim/step2point, folder ``tests/data``. The numbers go into
``docs/results/dd4hep_events.json``, beside those of the bundled Geant4 sample.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path
from typing import Any

from calobench.detectors import load_detector
from calobench.io import Reading, open_showers
from calobench.io.summary import summarise

RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "dd4hep_events.json"


def measure(path: Path, detector: str) -> dict[str, Any]:
    """Response and energy outside of the mesh of all events."""
    spec = load_detector(detector)
    with open_showers(path, Reading(spec)) as file:
        summary = summarise(file)
        energy = float(file.conditions.energy.mean())
        noticed = file.files[0].noticed
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "detector": spec.name,
        "events": summary.n,
        "energy_gev": energy / 1000,
        "response": {
            "value": summary.sampling_fraction,
            "error": summary.sampling_fraction_error,
        },
        "outside": noticed.outside_mev / noticed.point_energy_mev,
        "geant4_response": spec.sampling_fraction,
    }


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--detector", default="ODD")
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    text = json.dumps(measure(options.file, options.detector), indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
