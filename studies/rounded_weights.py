"""Effect of weights in half precision on the showers, with the same noise.

    python studies/rounded_weights.py

Every parameter is shifted at random by up to half a unit of its last digit in half precision, as rounding
does: those of the shape network, then those of the marginals, then the tables of the calibration. The numbers
go into ``docs/results/rounded_weights.json``.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

import calobench as cb
from reference_models.calibration.tables import Calibration
from reference_models.edm_model import EdmModel
from reference_models.samplers.noise import MAX_CORRELATION
from reference_models.variants import MODELS

RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "rounded_weights.json"


@torch.no_grad()
def shift(network: nn.Module, rng: np.random.Generator) -> None:
    """Shift every parameter by at most half of the distance to the next number in half precision."""
    for parameter in network.parameters():
        parameter.copy_(torch.from_numpy(shifted(parameter.cpu().numpy(), rng)))


def shifted(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The same of an array."""
    last_digit = np.abs(np.spacing(values.astype(np.float16))).astype(np.float32)
    return values + last_digit * rng.uniform(-0.5, 0.5, values.shape).astype(np.float32)


def differences(before: NDArray[np.float32], after: NDArray[np.float32]) -> dict[str, float]:
    """Of showers (N, ...): the cell that moves most over the hottest one, empty cells, totals."""
    hottest = before.max(axis=(1, 2, 3))
    moved = np.abs(after - before).max(axis=(1, 2, 3)) / hottest
    totals = [cells.sum(axis=(1, 2, 3), dtype=np.float64) for cells in (before, after)]
    return {
        "median": float(np.median(moved)),
        "in_95_percent": float(np.quantile(moved, 0.95)),
        "largest": float(moved.max()),
        "empty_in_one": float(((before == 0) != (after == 0)).mean()),
        "total": float(np.abs(totals[1] / totals[0] - 1).max()),
    }


def measure(variant: str, detector: str, n: int, seed: int) -> dict[str, Any]:
    """Both networks and the calibration, each alone."""
    spec = cb.load_detector(detector)
    conditions = cb.reference(detector).conditions[:n]

    def showers(part: str | None) -> NDArray[np.float32]:
        model = MODELS[variant](backend="eager")
        if not isinstance(model, EdmModel):
            raise SystemExit(f"{variant} has no network")
        finished = model.finished
        rng = np.random.default_rng(seed)
        if part == "shape":
            shift(finished.network, rng)
        elif part == "marginals":
            shift(finished.marginals.model.network, rng)
        elif part == "calibration":
            tables = {name: shifted(t, rng) for name, t in vars(model.calibration).items()}
            # Maps may not fall, and noise only be correlated so much.
            tables["cell_map"] = np.maximum.accumulate(tables["cell_map"], axis=2)
            for name in ("noise", "ring_noise"):
                tables[name] = tables[name].clip(-MAX_CORRELATION, MAX_CORRELATION)
            model = model.with_calibration(Calibration(**tables))
        return model.generate(conditions, spec, np.random.SeedSequence(seed))

    before = showers(None)
    return {
        "variant": variant,
        "detector": spec.name,
        "n": n,
        "seed": seed,
        **{
            part: differences(before, showers(part))
            for part in ("shape", "marginals", "calibration")
        },
    }


def main() -> None:
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--variant", default="distilled")
    parser.add_argument("--detector", default="ALLEGRO")
    parser.add_argument("-n", type=int, default=200)
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    text = json.dumps(measure(options.variant, options.detector, options.n, options.seed), indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
