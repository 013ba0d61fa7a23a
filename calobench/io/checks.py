"""Checks of the values in a file of showers: impossible, uncovered, or merely suspicious."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, ShowerFileError
from calobench.showers import Conditions

__all__ = [
    "check_condition_values",
    "check_conditions",
    "check_showers",
    "response_warnings",
]

_MEV_PER_GEV = 1000
# Numbers stored in single precision may lie this much (relative or rad) outside an exact limit.
_SLACK = 1e-6


def check_showers(
    energy: NDArray[np.float32], path: Path | str, first: int = 0, dataset: str = "showers"
) -> None:
    """Check that cell energies are finite and not negative.

    Args:
        energy: cell energies of some consecutive showers, MeV, (n, ...).
        path: the file they come from, for the message.
        first: index in the file of the first of these showers.
        dataset: name of the data set, for the message.

    Raises:
        ShowerFileError: names the file, the data set and the first bad shower.
    """
    # Two passes without temporaries; NaN makes both comparisons false.
    if energy.size and energy.min() >= 0 and energy.max() < np.inf:
        return
    per_shower = energy.reshape(len(energy), -1)
    good = np.isfinite(per_shower) & (per_shower >= 0)
    where = f"{path}: '{dataset}'"
    _refuse_first(np.all(good, axis=1), per_shower, where, "finite and not negative", first)


def check_condition_values(conditions: Conditions, path: Path, names: Sequence[str]) -> None:
    """Check that incident energies and angles are possible at all.

    Args:
        conditions: all incident particles of the file.
        path: the file they come from, for the message.
        names: names of the data sets of energy, theta and phi, for the message.

    Raises:
        ShowerFileError: an energy is not positive, theta is outside [0, pi] or phi outside
            [-2 pi, 2 pi]; names the file, the data set and the first bad shower.
    """
    full = 2 * np.pi
    limits = (
        (conditions.energy, np.finfo(float).tiny, np.finfo(float).max, "finite and positive"),
        (conditions.theta, -_SLACK, np.pi + _SLACK, "in radians between 0 and pi"),
        (conditions.phi, -full - _SLACK, full + _SLACK, "in radians between -2 pi and 2 pi"),
    )
    for (values, low, high, rule), name in zip(limits, names, strict=True):
        good = (values >= low) & (values <= high)
        _refuse_first(good, values, f"{path}: '{name}'", rule)


def _refuse_first(
    good: NDArray[np.bool_], values: NDArray[Any], where: str, rule: str, first: int = 0
) -> None:
    if good.all():
        return
    index = int(good.argmin())
    row = np.atleast_1d(values[index])
    if np.isnan(row).any():
        wrong = "NaN"
    elif np.isinf(row).any():
        wrong = "an infinite value"
    elif row.size == 1:
        wrong = f"{row[0]:g}"
    else:
        wrong = f"a negative energy ({row.min():g} MeV)"
    raise ShowerFileError(
        f"{where} holds {wrong} in shower {first + index}; "
        f"values must be {rule}: mend or remove such showers"
    )


def check_conditions(conditions: Conditions, detector: DetectorSpec, source: str | Path) -> None:
    """Check that a detector's range covers all incident energies and polar angles.

    Args:
        conditions: incident particles.
        detector: the detector.
        source: where the conditions come from, for the message.

    Raises:
        ConditionsError: names the first shower outside, its value and the range.
    """
    for what, values, (low, high), unit in (
        ("energy", conditions.energy, detector.energy_range_mev, "MeV"),
        ("theta", conditions.theta, detector.theta_range, "rad"),
    ):
        outside = ~((values >= low * (1 - _SLACK)) & (values <= high * (1 + _SLACK)))
        if outside.any():
            index = int(outside.argmax())
            raise ConditionsError(
                f"{source}: incident {what} {values[index]:g} {unit} of shower {index} is outside "
                f"{low:g} to {high:g} {unit}, the range of {detector.name} "
                f"({int(outside.sum())} of {len(values)} showers are); "
                "leave them out, or give a detector YAML that covers them"
            )


def response_warnings(
    response: float, conditions: Conditions, detector: DetectorSpec | None = None
) -> list[str]:
    """Suspicions about the units of a sample, one line each, with the measured ratio.

    Args:
        response: mean over showers of visible energy / incident energy, both as in the file.
        conditions: incident particles, energies as in the file.
        detector: whose sampling fraction to expect; without it only gross oddities are noted.
    """
    warnings = []
    highest = float(conditions.energy.max())
    if highest < _MEV_PER_GEV:
        warnings.append(
            f"incident energies end at {highest:g} MeV and look like GeV; "
            "if both energies are in GeV, mend the file with calobench convert --energy-unit GeV"
        )
    if response <= 0:
        warnings.append("all showers are empty (visible / incident energy is 0)")
    elif detector is None:
        warnings.extend(_odd_response(response))
    else:
        warnings.extend(_unexpected_response(response, detector))
    return warnings


def _odd_response(response: float) -> list[str]:
    if 1e-3 < response < 0.5:
        return []
    return [
        f"visible / incident energy is {response:.3g}, which no raw deposit in a sampling "
        "calorimeter gives; check the units and whether a sampling fraction was divided out"
    ]


def _unexpected_response(response: float, detector: DetectorSpec) -> list[str]:
    expected = detector.sampling_fraction
    # The explanation nearest on a logarithmic scale wins; None is the plain, expected one.
    explanations: dict[float, str | None] = {
        expected: None,
        1.0: (
            "energies look divided by a sampling fraction; "
            "mend the file with calobench convert --sampling-fraction and the value that was used"
        ),
        expected / _MEV_PER_GEV: (
            "shower energies look like GeV beside incident MeV; "
            "mend the file with calobench convert --divide-by 0.001"
        ),
        expected * _MEV_PER_GEV: (
            "incident energies look like GeV beside shower MeV; "
            "mend the file with calobench convert --divide-by 1000 --energy-unit GeV"
        ),
        1.0 / _MEV_PER_GEV: (
            "shower energies look like GeV divided by the sampling fraction; "
            f"mend the file with calobench convert --divide-by {1 / (_MEV_PER_GEV * expected):.4g}"
        ),
    }
    nearest = min(explanations, key=lambda value: abs(np.log(response / value)))
    explanation = explanations[nearest]
    ratio = (
        f"visible / incident energy is {response:.3g}, "
        f"the sampling fraction of {detector.name} is {expected:g}"
    )
    if explanation is not None:
        return [f"{ratio}: {explanation}"]
    if not 2 / 3 < response / expected < 1.5:
        return [f"{ratio}: check that this is the right detector"]
    return []
