"""Sentences about a local difference, and about how close the model is to the reference."""

from __future__ import annotations

from calobench.report.text import energy, grouped, measured, number, p_value
from calobench.results.multivariate import Closeness, LocalFault

__all__ = ["closeness_words", "local_words"]


def local_words(found: LocalFault, label: str, replicas: int) -> str:
    """Where the largest local difference is, in what, how large, and how often chance makes one.

    Args:
        found: the difference.
        label: of the observable.
        replicas: exchanges behind the p-value.
    """
    low, high = (energy(e) for e in found.energy_mev)
    left, right = (number(theta) for theta in found.theta)
    p = p_value(found.p_value, replicas)
    return (
        f"Largest local difference: {label} at {low} to {high} and θ {left} to {right}, "
        f"{measured(found.difference, found.error)} widths of Geant4 beyond the difference over all "
        f"showers ({grouped(found.n_model)} showers of the model, {grouped(found.n_reference)} of "
        f"Geant4 there); chance makes one as large with p {p if p.startswith('<') else f'= {p}'}"
    )


def closeness_words(found: Closeness) -> str:
    """How many showers are copies of the reference, and how far the others are."""
    copies = "none of them is" if not found.near else f"{grouped(found.near)} of them are"
    exactly = f", {grouped(found.exact)} cell by cell" if found.exact else ""
    return (
        f"Of {grouped(found.n_model)} showers of the model, {copies} a copy of one of the reference, or "
        f"nearly so{exactly}; the nearest one of the reference is {number(found.distance_ratio)} times as "
        "far as for Geant4's own (median)"
    )
