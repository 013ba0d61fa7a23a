"""``python generate_showers.py FILE.npy`` writes the cells of 8 showers of the distilled model on torch."""

from __future__ import annotations

import sys

import numpy as np

from calobench.detectors.catalogue import load_detector
from calobench.showers import Conditions
from reference_models.variants import MODELS

if __name__ == "__main__":
    # On ONNX Runtime, which chooses its kernels itself, there would be nothing to see.
    model = MODELS["distilled"](backend="eager")
    energy = np.geomspace(1e4, 1e5, 8)
    conditions = Conditions(energy, np.linspace(1.0, 2.0, 8), np.linspace(-3.0, 3.0, 8))
    detector = load_detector("FCCeeALLEGRO")
    np.save(sys.argv[1], model.generate(conditions, detector, np.random.SeedSequence(1)))
