"""What a calibration does to the showers of another sampler than the one that it was measured with.

    python studies/sampler_calibrations.py FOLDER

The shipped denoiser makes the cells of showers of ALLEGRO, given the marginals of Geant4's, with several
samplers and the same noise. They are scored as the network makes them, with the calibration of cells of
``solver``, which is DPM-Solver++(2M) with 25 evaluations, and some with one of their own, measured on
training showers. The error of a sampler is its distance to Heun's method with 249 evaluations. Showers that
lie in FOLDER are not made again. Writes ``docs/results/sampler_calibrations.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from adaptation_points import scores_of, table_of
from numpy.typing import NDArray

from calobench import api
from calobench.detectors import load_detector
from calobench.resources import data_specs_dir
from calobench.showers import Showers
from reference_models.calibration.run import calibrate
from reference_models.calibration.tables import OFFSET_MEV, Calibration
from reference_models.edm_model import EdmModel
from reference_models.marginals.sums import sums_of
from reference_models.samplers.sampling import Sampling
from reference_models.training.files import read_samples, training_files
from reference_models.weights_io import WEIGHTS_DIR

__all__ = ["RESULT", "samplers_table"]

RESULT = Path(__file__).parents[1] / "docs" / "results" / "sampler_calibrations.json"
DETECTOR = load_detector("ALLEGRO")
SEED, N, N_CALIBRATION = 5, 200, 200
SHIPPED = Sampling("dpmpp_2m", 25)
EXACT, N_EXACT = Sampling("heun", 249), 16  # a whole group: its noise is that of the first of N
SAMPLINGS = {
    "DPM-Solver++(2M)": SHIPPED,
    "DPM-Solver++(3M)": Sampling("dpmpp_3m", 25),
    "DPM-Solver++(2S)": Sampling("dpmpp_2s", 25),
    "LMS": Sampling("lms", 40),
    "Heun": Sampling("heun", 79),
}
CALIBRATED = ("DPM-Solver++(3M)",)
"""Those that get a calibration of their own here."""

Cells = NDArray[np.float32]


def samplers_table(result: Mapping[str, Any]) -> str:
    """One row per sampler, for docs/models.md."""
    lines = [
        "| sampler | evaluations | error of ln(E + 5 keV) | AUC as made | AUC, calibration of (2M) "
        "| cells below 1 keV, of Geant4's | AUC, its own |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for one in result["rows"]:
        scores = one["scores"]
        own = scores.get("own")
        cells = [
            one["name"], str(one["nfe"]), f"{one['error']:.3f}",
            f"{scores['as made']['auc']:.3f}", f"{scores[SHIPPED.label]['auc']:.3f}",
            f"{scores[SHIPPED.label]['below_1_kev']:.2g}", "" if own is None else f"{own['auc']:.3f}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).replace("|  |", "| |")


class Study:
    """Showers of several ways of sampling, and their scores.

    Args:
        folder: keeps what has been made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._reference = api.reference(DETECTOR.name)[:N]
        self._table = table_of(self._reference, DETECTOR, 0.0)
        self._sums = sums_of(self._reference.energy)
        model = self._model(SHIPPED)
        self.card = model.finished.card
        self._shipped = model.finished.calibrations[SHIPPED.label]
        # What a sampler has that brings no calibration; here all have the same noise.
        self._as_made = model.finished.only_noise(SHIPPED)

    def measured(self, name: str, sampling: Sampling) -> dict[str, Any]:
        """Distance to the exact solution, and scores with every calibration."""
        raw = self._raw(sampling, N)
        exact = self._raw(EXACT, N_EXACT)
        logs = [np.log(cells.astype(np.float64) + OFFSET_MEV) for cells in (raw[:N_EXACT], exact)]
        calibrations = {"as made": self._as_made, SHIPPED.label: self._shipped}
        if name in CALIBRATED:
            calibrations["own"] = self._own(sampling)
        return {
            "name": name,
            "sampler": sampling.sampler,
            "nfe": sampling.nfe,
            "error": float(np.sqrt(np.square(logs[0] - logs[1]).mean())),
            "spread": float(logs[0].std() / logs[1].std()),
            "scores": {key: self._scores(sampling, raw, one) for key, one in calibrations.items()},
        }

    def _model(self, sampling: Sampling) -> EdmModel:
        return EdmModel(sampling.label, "", WEIGHTS_DIR / "edm_dit.safetensors", sampling)

    def _raw(self, sampling: Sampling, n: int) -> Cells:
        """Cells scaled to their sums, before they are corrected."""
        path = self._folder / f"raw_{sampling.sampler}_{sampling.nfe}.npy"
        if not path.exists():
            model = self._model(sampling).with_calibration(self._shipped)
            seed = np.random.SeedSequence(SEED)
            given = self._reference.conditions[:n], self._sums[:n]
            np.save(path, model.shapes(*given, DETECTOR, seed))
        cells: Cells = np.load(path)
        return cells

    def _own(self, sampling: Sampling) -> Calibration:
        """Cells calibrated for that sampler, with the noise that all have here."""
        path = self._folder / f"own_{sampling.sampler}_{sampling.nfe}_{N_CALIBRATION}.npz"
        if not path.exists():
            files = training_files(
                data_specs_dir() / "training", {DETECTOR.name: [f"{DETECTOR.name}_train*.h5"]}
            )
            (sample,) = read_samples(files)
            tables = calibrate(
                self._model(sampling).with_calibration, [(DETECTOR, sample)], self._shipped,
                lambda detector, line: print(detector, line, flush=True), N_CALIBRATION, rounds=0,
            )  # fmt: skip
            np.savez(path, **vars(tables))
        return Calibration(**np.load(path))

    def _scores(self, sampling: Sampling, raw: Cells, calibration: Calibration) -> dict[str, Any]:
        model = self._model(sampling).with_calibration(calibration)
        cells = model.corrected(raw, self._reference.conditions, self._sums, DETECTOR)
        made = table_of(Showers(cells, self._reference.conditions), DETECTOR, 0.0)
        low = [float(((one > 0) & (one < 1e-3)).sum()) for one in (cells, self._reference.energy)]
        return {
            **(scores_of(self._table, made, DETECTOR, 1) or {}),
            "filled": float((cells > 0).mean() / (self._reference.energy > 0).mean()),
            "below_1_kev": low[0] / low[1],
        }


def main() -> None:
    """Measure one sampler after the other and write the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    torch.set_num_threads(1)
    study, rows = Study(parser.parse_args().folder), []
    for name, sampling in SAMPLINGS.items():
        rows.append(study.measured(name, sampling))
        print(json.dumps(rows[-1]), flush=True)
    result = {
        "detector": DETECTOR.name,
        "n": N,
        "seed": SEED,
        "n_calibration": N_CALIBRATION,
        "exact": {"sampler": EXACT.sampler, "nfe": EXACT.nfe, "n": N_EXACT},
        "network_sha256": study.card["network_sha256"],
        "rows": rows,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
