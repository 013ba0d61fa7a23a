"""Profile: the mean shower along an axis, with the error of the mean and the spread of showers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from calobench.report.figures.axes import (
    Array,
    Canvas,
    draw_legend,
    draw_steps,
    log_axis,
    panels,
    second_axis,
    with_unit,
)
from calobench.report.figures.bins import Bins
from calobench.report.figures.ratio import Curve, draw_error_bars, draw_ratio
from calobench.report.figures.style import GEANT4, MODEL
from calobench.results.schema import Profile

__all__ = ["SecondUnit", "draw_profile"]

# Decades that a logarithmic axis shows at most; bins below are noise.
_DECADES = 6


class SecondUnit(NamedTuple):
    """Another unit of an axis.

    Attributes:
        size: in the unit of the axis.
        title: with its symbol, e.g. ``[X₀]``.
    """

    size: float
    title: str


def draw_profile(
    data: Profile,
    label: str,
    unit: str,
    figure: Canvas | None = None,
    *,
    spread: bool = True,
    second: SecondUnit | None = None,
    height: float = 4.3,
) -> Canvas:
    """Means with their errors, the spread as a light band (Geant4) and dashed lines (model).

    Args:
        data: of both samples.
        label: of what is averaged.
        unit: of it.
        figure: to draw in; None for a new one.
        spread: whether to draw the spread from shower to shower.
        second: another unit of the axis, written above it.
        height: of a new figure, inches.
    """
    means = np.array([data.reference, data.model])
    outside = np.any(means, axis=0).tolist()
    bins = Bins(
        np.array(data.edges), flow=data.flow, log=data.log_x,
        under=outside[0], over=outside[-1],
    )  # fmt: skip
    reference = Curve(*(bins.select(np.array(v)) for v in (data.reference, data.reference_error)))
    model = Curve(*(bins.select(np.array(v)) for v in (data.model, data.model_error)))
    reference_spread = bins.select(np.array(data.reference_spread))
    model_spread = bins.select(np.array(data.model_spread))
    widths = (reference_spread, model_spread) if spread else (reference.error, model.error)
    low, high = _limits(
        means[means > 0],
        max((reference.value + widths[0]).max(), (model.value + widths[1]).max()),
        min((reference.value - widths[0]).min(), 0.0),
        log=data.log_y,
    )

    figure, main, ratio = panels(figure, height=height, head=25.0 if second is None else 40.0)
    if data.log_y and (means > 0).any():
        log_axis(main, "y")
    main.set_ylim(low, high)

    def shown(values: Array) -> Array:
        # A step to minus infinity would leave the axis; it ends at its floor.
        return np.clip(values, low, high)

    for width, alpha in ((reference_spread, 0.13), (reference.error, 0.45))[not spread :]:
        draw_steps(
            main, shown(reference.value + width), bins.edges, baseline=shown(reference.value - width),
            fill=True, color=GEANT4, alpha=alpha, linewidth=0,
        )  # fmt: skip
    draw_steps(main, shown(reference.value), bins.edges, color=GEANT4, linewidth=1.2, baseline=low)
    for sign in (-1, 1) if spread else ():
        draw_steps(
            main, shown(model.value + sign * model_spread), bins.edges, baseline=None,
            color=MODEL, linewidth=0.8, linestyle="--", alpha=0.8,
        )  # fmt: skip
    drawn = model.value >= low
    draw_error_bars(main, bins.centres[drawn], model.value[drawn], model.error[drawn])
    main.set_ylabel(with_unit(label, unit))
    draw_ratio(ratio, bins.edges, bins.centres, reference, model)
    bins.mark(main, ratio)
    ratio.set_xlabel(with_unit(data.axis_label, data.axis_unit))
    if second is not None:
        second_axis(main, second.size, second.title)
    draw_legend(figure, spread=spread)
    return figure


def _limits(positive: Array, top: float, bottom: float, *, log: bool) -> tuple[float, float]:
    if log and positive.size:
        low = max(0.4 * float(positive.min()), float(positive.max()) * 10**-_DECADES)
        # Less than a decade would show no labelled tick.
        return min(low, top / 5), 2.5 * top
    height = top - bottom
    return (bottom, top + 0.08 * height) if height > 0 else (-1.0, 1.0)
