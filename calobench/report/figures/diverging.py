"""Colours of numbers that can be negative: the page shows through where they are 0."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from calobench.report.figures.axes import Array, add_axes

__all__ = ["colours", "draw_ramp"]

Pixels = NDArray[np.uint8]

# A blue and an orange that differ for the colour-blind, on paper, light and dark alike.
_NEGATIVE = (34, 102, 190)
_POSITIVE = (214, 96, 20)
_MISSING = (128, 128, 128, 60)


def colours(values: Array, reach: float) -> Pixels:
    """RGBA of numbers between -reach and reach; grey for NaN, (..., 4)."""
    strength = np.clip(np.nan_to_num(values) / reach, -1, 1)
    pixels = np.empty((*values.shape, 4), np.uint8)
    pixels[..., :3] = np.where(strength[..., None] < 0, _NEGATIVE, _POSITIVE)
    pixels[..., 3] = (255 * np.abs(strength)).round()
    pixels[np.isnan(values)] = _MISSING
    return pixels


def draw_ramp(
    figure: Figure, where: tuple[float, float, float, float], reach: float, label: str
) -> None:
    """The scale, in figure coordinates (left, bottom, width, height)."""
    axes = add_axes(figure, where)
    ramp = np.linspace(-reach, reach, 101)[None]
    axes.imshow(
        colours(ramp, reach), aspect="auto", interpolation="none", extent=(-reach, reach, 0, 1)
    )
    axes.set_yticks([])
    axes.tick_params(which="both", length=2, labelsize=11, top=False)
    axes.set_xlabel(label, loc="center", fontsize=11, labelpad=1)
