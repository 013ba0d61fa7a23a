"""Checks at the border between the harness and a model's code."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, ModelError
from calobench.models.calls import call_generate, model_name
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.showers import Conditions, Rounded, Showers, clear_rounding

__all__ = ["Generated", "check_model_covers", "generate_checked"]

# Parallel sums of a GPU may differ in their last digits: of a shower's energy, this is the same shower.
_SAME_SHOWER = 1e-3


class Generated(NamedTuple):
    """One chunk that a model generated.

    Attributes:
        showers: checked.
        rounded: what was just below zero in them.
    """

    showers: Showers
    rounded: Rounded


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
    *,
    twice: bool = False,
    name: str | None = None,
) -> Generated:
    """Generate one chunk and check that it is showers.

    Args:
        model: generates them.
        conditions: incident particles, (N,); the model gets a copy.
        detector: the detector.
        seed: the only source of randomness.
        twice: generate them again and check that the same seed gives the same showers.
        name: what the user calls the model, for messages; None for what it calls itself.

    Returns:
        The showers, in memory that the model does not know, and what was rounded in them.

    Raises:
        ModelError: the model failed; or it returned a wrong shape or type, energies that are not finite
            or are negative, or other showers the second time.
    """
    name = name or model_name(model)
    generated = _received(model, conditions, detector, seed, name)
    if twice:
        again = _received(model, conditions, detector, seed, name)
        _require_repeated(name, generated.showers.energy, again.showers.energy)
    return generated


def _received(
    model: ShowerModel,
    conditions: Conditions,
    detector: DetectorSpec,
    seed: np.random.SeedSequence,
    name: str,
) -> Generated:
    energy = call_generate(model, conditions, detector, seed, name)
    expected = (len(conditions), *detector.mesh_geometry.shape)
    if energy.shape != expected or energy.dtype.kind != "f":
        raise ModelError(
            f"model '{name}' returned {energy.dtype} {energy.shape}, expected float32 {expected}; "
            "showers are (N, R, PHI, Z)"
        )
    # A copy: the model may use its array again for the next chunk.
    own = np.array(energy, dtype=np.float32)
    rounded = clear_rounding(own)
    good = np.all(np.isfinite(own) & (own >= 0), axis=(1, 2, 3))
    if not good.all():
        raise ModelError(
            f"model '{name}' returned {(~good).sum()} of {len(own)} showers with NaN, infinite or "
            "negative cell energies; cell energies are MeV and at least 0"
        )
    return Generated(Showers(own, conditions), rounded)


def _require_repeated(name: str, first: NDArray[np.float32], second: NDArray[np.float32]) -> None:
    axes = (1, 2, 3)
    difference = np.abs(first.astype(np.float64) - second).sum(axis=axes)
    other = difference > _SAME_SHOWER * np.maximum(first, second).sum(axis=axes, dtype=np.float64)
    if other.any():
        raise ModelError(
            f"model '{name}' ignores its seed or remembers earlier calls: called twice with the same "
            f"seed, {int(other.sum())} of {len(first)} showers changed; draw all random numbers from "
            "the seed that generate gets, and keep nothing from one call to the next "
            "(or write its showers to a file and give that)"
        )
