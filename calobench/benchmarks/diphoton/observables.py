"""Observables of two-photon events, event by event. No event is ever dropped.

An event without a reconstructed photon has zero photons, and all its energy is fragments. Quantities that
need two photons are undefined (NaN) where fewer were reconstructed; the efficiency says how often.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.reconstruct import Photons

__all__ = ["OBSERVABLES", "Observable", "Reconstructed", "Shot", "leading_two", "measure"]

Floats = NDArray[np.float64]


class Shot(NamedTuple):
    """The true photons of E events, and their visible energy.

    Attributes:
        energies: incident energies of the two photons, MeV, (E, 2); zero for no second photon.
        positions: where they enter, seen along their direction, mm, (E, 2, 2).
        visible: all energy in the readout above threshold, MeV, (E,).
        sampling_fraction: visible over incident energy.
        lever_mm: a separation along the beam over it is the angle between photons from one point that
            enter there, mm.
    """

    energies: Floats
    positions: Floats
    visible: Floats
    sampling_fraction: float
    lever_mm: float


class Reconstructed(NamedTuple):
    """The two leading photons of each event, the one nearest to the first true photon first.

    Attributes:
        photons: how many were reconstructed, (E,).
        energy: visible energy of the leading two, MeV, zero where fewer were reconstructed, (E, 2).
        position: of the leading two, mm, NaN where fewer were reconstructed, (E, 2, 2).
    """

    photons: NDArray[np.intp]
    energy: Floats
    position: Floats


class Observable(NamedTuple):
    """One number of every event.

    Attributes:
        name: key in results.
        label: for people.
        unit: '' for a pure number.
        of: computes it, (E,).
        always: it is defined for every event.
    """

    name: str
    label: str
    unit: str
    of: Callable[[Reconstructed, Shot], Floats]
    always: bool = True


def leading_two(photons: Photons, shot: Shot) -> Reconstructed:
    """Keep the two photons of highest energy, matched to the truth as the nearer pairing says.

    Args:
        photons: sorted by event and falling energy.
        shot: of the events.
    """
    n = len(shot.energies)
    count = np.bincount(photons.event, minlength=n)
    first = np.cumsum(count) - count
    rank = np.arange(len(photons.event)) - first[photons.event]
    energy = np.zeros((n, 2))
    position = np.full((n, 2, 2), np.nan)
    lead = rank < 2
    energy[photons.event[lead], rank[lead]] = photons.energy[lead]
    position[photons.event[lead], rank[lead]] = photons.position[lead]
    position[count < 2] = np.nan
    crossed = _mismatch(position[:, ::-1], shot) < _mismatch(position, shot)
    energy[crossed] = energy[crossed, ::-1]
    position[crossed] = position[crossed, ::-1]
    return Reconstructed(count, energy, position)


def measure(reconstructed: Reconstructed, shot: Shot) -> dict[str, Floats]:
    """All observables of all events: name to (E,)."""
    return {o.name: o.of(reconstructed, shot) for o in OBSERVABLES}


def _mismatch(position: Floats, shot: Shot) -> Floats:
    return np.asarray(((position - shot.positions) ** 2).sum(axis=(1, 2)))


def _exactly_two(event: Reconstructed, shot: Shot) -> Floats:  # noqa: ARG001
    return np.asarray(event.photons == 2, dtype=np.float64)


def _at_least_two(event: Reconstructed, shot: Shot) -> Floats:  # noqa: ARG001
    return np.asarray(event.photons >= 2, dtype=np.float64)


def _count(event: Reconstructed, shot: Shot) -> Floats:  # noqa: ARG001
    return event.photons.astype(np.float64)


def _response(event: Reconstructed, shot: Shot) -> Floats:
    incident = shot.energies.sum(axis=1)
    response: Floats = event.energy.sum(axis=1) / (shot.sampling_fraction * incident)
    return response


def _fragments(event: Reconstructed, shot: Shot) -> Floats:
    # An event without any energy has nothing that is not in fragments.
    fraction = np.divide(
        event.energy.sum(axis=1),
        shot.visible,
        out=np.zeros(len(shot.visible)),
        where=shot.visible > 0,
    )
    return np.asarray(1 - fraction)


def _energy_sharing(event: Reconstructed, shot: Shot) -> Floats:
    """Fraction of the first photon in the leading two, over the true fraction, minus one."""
    true = shot.energies[:, 0] / shot.energies.sum(axis=1)
    fraction = event.energy[:, 0] / np.where(event.photons >= 2, event.energy.sum(axis=1), np.nan)
    return np.asarray(fraction / true - 1)


def _position(event: Reconstructed, shot: Shot) -> Floats:
    """Along the line between the photons: how far the first is from where it entered, mm."""
    along = _unit(shot.positions[:, 1] - shot.positions[:, 0])
    shift: Floats = ((event.position[:, 0] - shot.positions[:, 0]) * along).sum(axis=1)
    return shift


def _separation(event: Reconstructed, shot: Shot) -> Floats:
    return np.asarray(_distance(event.position) - _distance(shot.positions))


def _mass(event: Reconstructed, shot: Shot) -> Floats:
    """Invariant mass, reconstructed - true, MeV, as if the photons came from one point.

    m = 2 sqrt(E1 E2) sin(angle / 2), with the angle under which that point sees the two.
    """
    measured = event.energy / shot.sampling_fraction
    return np.asarray(
        _invariant_mass(measured, event.position, shot.lever_mm)
        - _invariant_mass(shot.energies, shot.positions, shot.lever_mm)
    )


def _invariant_mass(energies: Floats, positions: Floats, lever: float) -> Floats:
    angle = np.arctan2(_distance(positions), lever)
    return np.asarray(2 * np.sqrt(energies.prod(axis=1)) * np.sin(angle / 2))


def _distance(position: Floats) -> Floats:
    return np.asarray(np.linalg.norm(position[:, 1] - position[:, 0], axis=1))


def _unit(vector: Floats) -> Floats:
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.asarray(np.divide(vector, length, out=np.zeros_like(vector), where=length > 0))


OBSERVABLES = (
    Observable("exactly_two", "efficiency to find exactly two", "", _exactly_two),
    Observable("at_least_two", "efficiency to find at least two", "", _at_least_two),
    Observable("count", "photons found", "", _count),
    Observable("response", "energy of the leading two / incident", "", _response),
    Observable("fragments", "energy outside the leading two", "", _fragments),
    Observable("energy_sharing", "energy sharing, found / true - 1", "", _energy_sharing, False),
    Observable("position", "position of a photon, found - true", "mm", _position, False),
    Observable("separation", "separation, found - true", "mm", _separation, False),
    Observable("mass", "two-photon mass, found - true", "MeV", _mass, False),
)
