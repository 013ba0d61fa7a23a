"""Response, linearity and resolution against incident energy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from calobench.report.figures.axes import (
    Array,
    Canvas,
    Panels,
    draw_legend,
    draw_line,
    draw_steps,
    log_axis,
    panels,
    stacked_panels,
    write,
)
from calobench.report.figures.ratio import Curve, draw_error_bars, draw_ratio
from calobench.report.figures.style import GEANT4, INK, MODEL
from calobench.report.resolution import fit_words
from calobench.results.schema import EnergyBin, EnergyDependence
from calobench.stats.resolution import ResolutionFit

__all__ = [
    "draw_against_energy",
    "draw_linearity",
    "draw_resolution",
    "draw_response",
    "draw_response_and_resolution",
]

_MEV_A_GEV = 1000.0
_FIRST_IN = 3.2

Fits = tuple[ResolutionFit | None, ResolutionFit | None]
"""Of Geant4, and of the model."""


def draw_response(data: EnergyDependence) -> Canvas:
    """Mean of E_vis / E_inc; flat where the calorimeter is linear."""
    figure, main = draw_against_energy(
        data, lambda b: 100 * b.response, lambda b: 100 * b.response_error
    )
    main.set_ylabel("⟨E_vis / E_inc⟩ [%]")
    return figure


def draw_linearity(data: EnergyDependence) -> Canvas:
    """Mean response over its average over energies, less one, each sample by itself."""
    axis = _Axis(data)
    figure, (main,) = stacked_panels((1,), height=3.4)
    curves = []
    for bins in (data.reference, data.model):
        known = [one for one in bins if one is not None]
        n = sum(one.n for one in known)
        average = sum(one.n * one.response for one in known) / n if n else 0.0
        scale = 100 / average if average > 0 else np.nan
        plain = _curve(bins, lambda b: b.response, lambda b: b.response_error)
        curves.append(Curve(scale * plain.value - 100, scale * plain.error))
    _draw_both(main, axis, *curves)
    _set_limits(main, *curves)
    axis.finish(main, main)
    main.set_ylabel("response / average − 1 [%]")
    draw_legend(figure)
    return figure


def draw_resolution(data: EnergyDependence, fits: Fits = (None, None)) -> Canvas:
    """Relative spread of E_vis / E_inc, with the fits of both samples where there are any."""
    figure, main = draw_against_energy(
        data, lambda b: 100 * b.resolution, lambda b: 100 * b.resolution_error
    )
    _draw_fits(main, _Axis(data), fits)
    main.set_ylabel("resolution σ / E [%]")
    return figure


def draw_response_and_resolution(
    data: EnergyDependence, fits: Fits = (None, None), figure: Canvas | None = None
) -> Canvas:
    """Resolution with its fits, and both ratios to Geant4: of the resolution and of the response.

    Args:
        data: of a run.
        fits: of Geant4 and model.
        figure: to draw in; None for a new one.
    """
    axis = _Axis(data)
    figure, (main, width, mean) = stacked_panels((2.2, 1, 1), figure, height=_FIRST_IN)
    reference, model = (
        _curve(bins, lambda b: 100 * b.resolution, lambda b: 100 * b.resolution_error)
        for bins in (data.reference, data.model)
    )
    _draw_both(main, axis, reference, model)
    _set_limits(main, reference, model)
    _draw_fits(main, axis, fits)
    _write_fits(main, fits)
    draw_ratio(width, axis.edges, axis.centres, reference, model, label="σ ratio")
    response = [
        _curve(bins, lambda b: b.response, lambda b: b.response_error)
        for bins in (data.reference, data.model)
    ]
    draw_ratio(mean, axis.edges, axis.centres, *response, label="E ratio")
    axis.finish(main, mean)
    main.set_ylabel("σ / E [%]")
    draw_legend(figure)
    return figure


def draw_against_energy(
    data: EnergyDependence, value: Callable[[EnergyBin], float], error: Callable[[EnergyBin], float]
) -> tuple[Canvas, Panels]:
    """Something of both samples in bins of energy, with the ratio; the label is left to the caller."""
    axis = _Axis(data)
    reference, model = (_curve(bins, value, error) for bins in (data.reference, data.model))
    figure, main, ratio = panels()
    _draw_both(main, axis, reference, model)
    _set_limits(main, reference, model)
    draw_ratio(ratio, axis.edges, axis.centres, reference, model)
    axis.finish(main, ratio)
    draw_legend(figure)
    return figure, main


class _Axis:
    """The axis of incident energy, GeV; logarithmic where it covers a decade."""

    def __init__(self, data: EnergyDependence) -> None:
        self.edges: Array = np.array(data.edges_mev) / _MEV_A_GEV
        low, high = self.edges[:-1], self.edges[1:]
        self.log = bool(self.edges[0] > 0 and self.edges[-1] >= 10 * self.edges[0])
        middle: Array = np.sqrt(low * high) if self.log else 0.5 * (low + high)
        means = _numbers(data.model, lambda b: b.mean_energy_mev / _MEV_A_GEV)
        # At the mean energy of its showers, where a fit is compared with it.
        self.centres: Array = np.where(np.isfinite(means), means, middle)

    def finish(self, main: Panels, lowest: Panels) -> None:
        """Set limits, ticks and title."""
        if self.log:
            log_axis(main, "x")
        main.set_xlim(float(self.edges[0]), float(self.edges[-1]))
        lowest.set_xlabel("incident energy [GeV]")


def _draw_both(axes: Panels, axis: _Axis, reference: Curve, model: Curve) -> None:
    draw_steps(
        axes, reference.value + reference.error, axis.edges, baseline=reference.value - reference.error,
        fill=True, color=GEANT4, alpha=0.45, linewidth=0,
    )  # fmt: skip
    draw_steps(axes, reference.value, axis.edges, baseline=None, color=GEANT4, linewidth=1.2)
    draw_error_bars(axes, axis.centres, model.value, model.error)


def _draw_fits(axes: Panels, axis: _Axis, fits: Fits) -> None:
    if axis.edges[0] <= 0:
        return
    energy = np.geomspace(axis.edges[0], axis.edges[-1], 60)
    # Where the points end the curves do: above them stand their terms.
    top = axes.get_ylim()[1]
    for fit, colour in zip(fits, (GEANT4, MODEL), strict=True):
        if fit is not None:
            value = 100 * fit(energy)
            shown = value <= top
            draw_line(
                axes, energy[shown], value[shown], color=colour, linewidth=1.1, linestyle="--"
            )


def _write_fits(axes: Panels, fits: Fits) -> None:
    """Their terms, top right, with room above the points."""
    low, high = axes.get_ylim()
    rows = sum(fit is not None for fit in fits)
    axes.set_ylim(low, high + 0.33 * rows * (high - low))
    for row, (fit, sign) in enumerate(zip(fits, "■●", strict=True)):
        if fit is not None:
            write(
                axes, 0.97, 0.93 - 0.19 * row, f"{sign} {fit_words(fit)}", data_x=False, color=INK,
                fontsize=11, ha="right", va="top",
            )  # fmt: skip


def _set_limits(axes: Panels, *curves: Curve) -> None:
    ends = np.concatenate([np.concatenate([c.value - c.error, c.value + c.error]) for c in curves])
    ends = ends[np.isfinite(ends)]
    if ends.size:
        margin = 0.15 * (np.ptp(ends) or abs(float(ends[0])) or 1.0)
        axes.set_ylim(float(ends.min() - margin), float(ends.max() + margin))


def _curve(
    bins: tuple[EnergyBin | None, ...],
    value: Callable[[EnergyBin], float],
    error: Callable[[EnergyBin], float],
) -> Curve:
    return Curve(_numbers(bins, value), _numbers(bins, error))


def _numbers(bins: tuple[EnergyBin | None, ...], value: Callable[[EnergyBin], float]) -> Array:
    return np.array([np.nan if b is None else value(b) for b in bins], dtype=np.float64)
