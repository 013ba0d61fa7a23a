"""Energy per area around the shower's axis."""

from __future__ import annotations

import numpy as np

from calobench.report.figures.axes import Canvas
from calobench.report.figures.profile import SecondUnit, draw_profile
from calobench.results.schema import Profile

__all__ = ["draw_areal_density"]


def draw_areal_density(data: Profile, unit: str, second: SecondUnit | None = None) -> Canvas:
    """Mean energy of each ring over its area, dE/dA, against radius.

    Args:
        data: energies of rings, with the radii of their edges, mm.
        unit: of the energies.
        second: another unit of the radius.
    """
    edges = np.array(data.edges)
    area = np.pi * np.diff(edges**2)
    if data.flow:
        # What lies outside has no area.
        area = np.concatenate([[np.inf], area, [np.inf]])
    fields = ("reference", "model")
    update: dict[str, object] = {
        name + tail: tuple((np.array(getattr(data, name + tail)) / area).tolist())
        for name in fields
        for tail in ("", "_error", "_spread")
    }
    density = data.model_copy(update={**update, "log_y": True})
    return draw_profile(density, "dE/dA", f"{unit}/mm²", spread=False, second=second)
