"""Sentences about a local difference, and about how close the model is to the reference."""

from __future__ import annotations

from calobench.report.text import energy, grouped, measured, number, p_value
from calobench.results.multivariate import Closeness, LocalFault

__all__ = ["closeness_words", "local_words"]


def local_words(fault: LocalFault, label: str, replicas: int) -> str:
    """The largest local difference in words: observable, region, size and p-value.

    Args:
        fault: the difference.
        label: of the observable.
        replicas: permutations behind the p-value.
    """
    low, high = (energy(e) for e in fault.energy_mev)
    left, right = (number(theta) for theta in fault.theta)
    p = p_value(fault.p_value, replicas)
    return (
        f"Largest local difference: {label} at {low} to {high} and θ {left} to {right}, "
        f"{measured(fault.difference, fault.error)} widths of Geant4 beyond the difference over all "
        f"showers ({grouped(fault.n_model)} showers of the model, {grouped(fault.n_reference)} of "
        f"Geant4 there); chance makes one as large with p {p if p.startswith('<') else f'= {p}'}"
    )


def closeness_words(closeness: Closeness) -> str:
    """Number of copies of the reference in words, and the distance of the others."""
    copies = "none of them is" if not closeness.near else f"{grouped(closeness.near)} of them are"
    exactly = f", {grouped(closeness.exact)} cell by cell" if closeness.exact else ""
    return (
        f"Of {grouped(closeness.n_model)} showers of the model, {copies} a copy of one of the reference, or "
        f"nearly so{exactly}; the nearest one of the reference is {number(closeness.distance_ratio)} times "
        "as far as for Geant4's own (median)"
    )
