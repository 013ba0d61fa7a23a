"""The mean shower of both samples in depth and radius, and their ratio."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from calobench.report.figures.axes import Array, add_axes
from calobench.report.figures.diverging import colours, draw_ramp
from calobench.report.figures.events import disc, draw_disc
from calobench.results.mean_showers import MeanImage, MeanShowers
from calobench.results.schema import DetectorRecord

__all__ = [
    "RATIO_REACH",
    "draw_mean",
    "draw_mean_ratio",
    "fraction_pixels",
    "fraction_scale",
    "mean_scale",
    "ratio_pixels",
]

RATIO_REACH = 0.2
"""Of model over Geant4 less one: full colour from there on."""

_DECADES = 5
_COLOURS = "viridis"


def mean_scale(data: MeanShowers) -> LogNorm:
    """One scale for both samples."""
    return fraction_scale(*(np.array(one.rz) for one in (data.reference, data.model)))


def fraction_scale(*fractions: Array) -> LogNorm:
    """One scale for several images, down to a hundred-thousandth of the largest value."""
    top = max(float(one.max()) for one in fractions)
    return LogNorm(top * 10**-_DECADES, top, clip=True)


def draw_mean(image: MeanImage, detector: DetectorRecord, scale: LogNorm) -> Figure:
    """Fraction of the visible energy in depth and radius (left), and around the axis (right)."""
    figure = Figure(figsize=(5.4, 2.3))
    _draw_side(figure, fraction_pixels(np.array(image.rz), scale), detector)
    draw_disc(figure, fraction_pixels(disc(np.array(image.r_phi)), scale))
    return figure


def draw_mean_ratio(data: MeanShowers, detector: DetectorRecord) -> Figure:
    """Model over Geant4 less one; paler where it is within two errors of none."""
    figure = Figure(figsize=(5.4, 2.9))
    reference, model = (np.array(one.rz) for one in (data.reference, data.model))
    errors = [np.array(one.rz_error) for one in (data.reference, data.model)]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = model / reference
        error = np.hypot(errors[1] / reference, ratio * errors[0] / reference)
    ratio[~np.isfinite(ratio)] = np.nan
    pixels = ratio_pixels(ratio, error)
    _draw_side(figure, pixels, detector, bottom=0.43, height=0.53, width=0.84)
    draw_ramp(figure, (0.12, 0.17, 0.84, 0.04), RATIO_REACH, "model / Geant4 − 1")
    return figure


def ratio_pixels(ratio: Array, error: Array) -> NDArray[np.uint8]:
    """Colours of model over Geant4, paler where it is within two errors of one; grey for NaN.

    Args:
        ratio: (R, Z).
        error: of it, (R, Z).
    """
    pixels = colours(ratio - 1, RATIO_REACH)
    unsure = np.abs(ratio - 1) < 2 * error
    pixels[unsure, 3] = (0.3 * pixels[unsure, 3]).astype(np.uint8)
    return pixels


def _draw_side(
    figure: Figure, pixels: NDArray[np.uint8], detector: DetectorRecord, *, bottom: float = 0.27,
    height: float = 0.66, width: float = 0.48,
) -> None:  # fmt: skip
    rings, layers = pixels.shape[:2]
    axes = add_axes(figure, (0.12, bottom, width, height))
    axes.imshow(
        pixels, extent=(0, layers * detector.dz_mm, 0, rings * detector.dr_mm), origin="lower",
        aspect="auto", interpolation="none",
    )  # fmt: skip
    axes.set_xlabel("depth z [mm]")
    axes.set_ylabel("radius r [mm]")
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_locator(MaxNLocator(5))


def fraction_pixels(fractions: Array, scale: LogNorm) -> NDArray[np.uint8]:
    """Colours of fractions of the energy, a faint grey where there is none; nothing for NaN."""
    filled = np.where(fractions > 0, fractions, scale.vmin or 1)
    pixels: NDArray[np.uint8] = (
        (mpl.colormaps[_COLOURS](scale(filled)) * 255).round().astype(np.uint8)
    )
    pixels[fractions <= 0] = (128, 128, 128, 40)
    pixels[np.isnan(fractions)] = 0
    return pixels
