"""Checks at the border between the harness and a model's code."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, ModelError
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.showers import Conditions, Showers

__all__ = ["check_model_covers", "generate_checked"]


def check_model_covers(
    info: ModelInfo,
    detector: DetectorSpec,
    conditions: Conditions,
    remedy: str = "use a reference inside that range",
) -> None:
    """Check that a model was made for the detector and for all conditions.

    Args:
        info: what the model says of itself.
        detector: the detector.
        conditions: all of them.
        remedy: what a user whose conditions lie outside can do.

    Raises:
        ModelError: it does not know the detector.
        ConditionsError: energies or angles lie outside its range.
    """
    if info.detectors and detector.name not in info.detectors:
        raise ModelError(
            f"model '{info.name}' was not made for {detector.name}; "
            f"it knows {', '.join(info.detectors)}"
        )
    for label, unit, values, allowed in (
        ("incident energies", "MeV", conditions.energy, info.energy_range_mev),
        ("theta", "rad", conditions.theta, info.theta_range),
    ):
        # Files hold float32: a value on the border may lie a rounding error outside.
        if allowed is None:
            continue
        slack = 1e-5 * (allowed[1] - allowed[0])
        low, high = float(values.min()), float(values.max())
        if low < allowed[0] - slack or high > allowed[1] + slack:
            raise ConditionsError(
                f"{label} {low:g} to {high:g} {unit} are outside {allowed[0]:g} to {allowed[1]:g} "
                f"{unit}, which model '{info.name}' covers; {remedy}"
            )


def generate_checked(
    model: ShowerModel,
    conditions: Conditions,
    detector: DetectorSpec,
    seed: np.random.SeedSequence,
) -> Showers:
    """Generate one chunk and check that it is showers.

    Raises:
        ModelError: wrong shape or type, or energies that are not finite or are negative.
    """
    energy: NDArray[np.float32] = np.asarray(model.generate(conditions, detector, seed))
    wanted = (len(conditions), *detector.mesh_geometry.shape)
    name = model.info.name
    if energy.shape != wanted or energy.dtype.kind != "f":
        raise ModelError(
            f"model '{name}' returned {energy.dtype} {energy.shape}, wanted float32 {wanted}; "
            "showers are (N, R, PHI, Z)"
        )
    good = np.all(np.isfinite(energy) & (energy >= 0), axis=(1, 2, 3))
    if not good.all():
        raise ModelError(
            f"model '{name}' returned {(~good).sum()} of {len(energy)} showers with NaN, infinite or "
            "negative cell energies; cell energies are MeV and at least 0"
        )
    return Showers(energy.astype(np.float32, copy=False), conditions)
