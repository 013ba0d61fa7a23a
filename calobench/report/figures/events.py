"""Event display: a shower from the side and along its axis, all on one colour scale."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from calobench.report.figures.axes import Array, add_axes, log_axis
from calobench.results.schema import DetectorRecord, EventImage

__all__ = ["disc", "draw_disc", "draw_event", "draw_log_ramp", "draw_scale", "shared_scale"]

Pixels = NDArray[np.uint8]

# Decades of the colour scale; cells below are drawn in the lowest colour, empty ones not at all.
_DECADES = 4
_COLOURS = "viridis"
# Pixels across the disc: enough for round rings, and flat areas compress well.
_DISC_PIXELS = 180


def shared_scale(events: Sequence[EventImage]) -> LogNorm:
    """One scale for all showers and both projections, else they could not be compared."""
    cells = [np.array(image).ravel() for e in events for image in (e.rz, e.r_phi)]
    everything = np.concatenate([np.zeros(0), *cells])
    top = float(everything.max()) if everything.size and everything.max() > 0 else 1.0
    return LogNorm(top * 10**-_DECADES, top, clip=True)


def draw_event(event: EventImage, detector: DetectorRecord, scale: LogNorm) -> Figure:
    """Energy against depth and radius (left), and against azimuth and radius (right)."""
    figure = Figure(figsize=(5.4, 2.3))
    rz, r_phi = np.array(event.rz), np.array(event.r_phi)
    radius, depth = rz.shape[0] * detector.dr_mm, rz.shape[1] * detector.dz_mm

    side = add_axes(figure, (0.12, 0.27, 0.48, 0.66))
    side.imshow(
        _colours(rz, scale), extent=(0, depth, 0, radius), origin="lower", aspect="auto",
        interpolation="none",
    )  # fmt: skip
    side.set_xlabel("depth z [mm]")
    side.set_ylabel("radius r [mm]")
    side.yaxis.set_major_locator(MaxNLocator(4))
    side.xaxis.set_major_locator(MaxNLocator(5))

    draw_disc(figure, _colours(disc(r_phi), scale))
    return figure


def draw_disc(figure: Figure, pixels: Pixels) -> None:
    """Draw the view along the axis, in the right part of a figure: pixels from :func:`disc`."""
    front = add_axes(figure, (0.655, 0.1, 0.33, 0.84), aspect="equal")
    front.imshow(pixels, extent=(-1, 1, -1, 1), origin="lower", interpolation="none")
    front.set_axis_off()
    front.text(
        0.5,
        -0.02,
        "along the axis, r–φ",
        ha="center",
        va="top",
        transform=front.transAxes,
        fontsize=11,
    )


def draw_scale(scale: LogNorm) -> Figure:
    """The shared colour scale."""
    figure = Figure(figsize=(5.4, 0.7))
    draw_log_ramp(
        figure, (0.1, 0.66, 0.87, 0.26), scale, "energy summed over the cells behind [MeV]"
    )
    return figure


def draw_log_ramp(
    figure: Figure, where: tuple[float, float, float, float], scale: LogNorm, label: str
) -> None:
    """A logarithmic colour scale, in figure coordinates (left, bottom, width, height)."""
    axes = add_axes(figure, where)
    ramp = mpl.colormaps[_COLOURS](np.linspace(0, 1, 128))[None]
    low, high = float(scale.vmin or 1), float(scale.vmax or 10)
    axes.set_xlim(low, high)
    log_axis(axes, "x")
    inset = add_axes(figure, where, zorder=-1)
    inset.imshow(ramp, aspect="auto", interpolation="none")
    inset.set_axis_off()
    axes.set_yticks([])
    axes.set_xlabel(label, labelpad=1)


def disc(r_phi: Array) -> Array:
    """Sample the rings and sectors on a square grid; NaN outside."""
    rings, sectors = r_phi.shape
    line = (np.arange(_DISC_PIXELS) + 0.5) / _DISC_PIXELS * 2 - 1
    x, y = np.meshgrid(line, line)
    ring = (np.hypot(x, y) * rings).astype(int)
    # Sector 0 of the mesh begins at -pi.
    sector = ((np.arctan2(y, x) + np.pi) / (2 * np.pi) * sectors).astype(int) % sectors
    values: Array = r_phi[np.minimum(ring, rings - 1), sector].astype(np.float64)
    values[ring >= rings] = np.nan
    return values


def _colours(energy: Array, scale: LogNorm) -> Pixels:
    """Colours of the cells, a faint grey where there is no energy, nothing outside the mesh."""
    filled = np.where(energy > 0, energy, scale.vmin or 1)
    colours: Pixels = (mpl.colormaps[_COLOURS](scale(filled)) * 255).round().astype(np.uint8)
    colours[energy <= 0] = (128, 128, 128, 40)
    colours[np.isnan(energy)] = 0
    return colours
