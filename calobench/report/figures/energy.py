"""Response and resolution against incident energy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from calobench.report.figures.axes import Array, draw_legend, draw_steps, log_axis, panels
from calobench.report.figures.ratio import Curve, draw_error_bars, draw_ratio
from calobench.report.figures.style import GEANT4
from calobench.results.schema import EnergyBin, EnergyDependence

__all__ = ["draw_against_energy", "draw_resolution", "draw_response"]

_MEV_A_GEV = 1000.0


def draw_response(data: EnergyDependence) -> Figure:
    """Mean of E_vis / E_inc; flat where the calorimeter is linear."""
    figure, main = draw_against_energy(
        data, lambda b: 100 * b.response, lambda b: 100 * b.response_error
    )
    main.set_ylabel("⟨E_vis / E_inc⟩ [%]")
    return figure


def draw_resolution(data: EnergyDependence) -> Figure:
    """Relative spread of E_vis / E_inc."""
    figure, main = draw_against_energy(
        data, lambda b: 100 * b.resolution, lambda b: 100 * b.resolution_error
    )
    main.set_ylabel("resolution σ / mean [%]")
    return figure


def draw_against_energy(
    data: EnergyDependence, value: Callable[[EnergyBin], float], error: Callable[[EnergyBin], float]
) -> tuple[Figure, Axes]:
    """Something of both samples in bins of energy, with the ratio; the label is left to the caller."""
    edges = np.array(data.edges_mev) / _MEV_A_GEV
    log = bool(edges[0] > 0 and edges[-1] >= 10 * edges[0])
    centres = np.sqrt(edges[1:] * edges[:-1]) if log else 0.5 * (edges[1:] + edges[:-1])

    def curve(bins: tuple[EnergyBin | None, ...]) -> Curve:
        return Curve(_numbers(bins, value), _numbers(bins, error))

    reference, model = curve(data.reference), curve(data.model)
    figure, main, ratio = panels()
    draw_steps(main,
        reference.value + reference.error, edges, baseline=reference.value - reference.error,
        fill=True, color=GEANT4, alpha=0.45, linewidth=0,
    )  # fmt: skip
    draw_steps(main, reference.value, edges, baseline=None, color=GEANT4, linewidth=1.2)
    draw_error_bars(main, centres, model.value, model.error)
    _set_limits(main, reference, model)
    draw_ratio(ratio, edges, centres, reference, model)
    if log:
        log_axis(main, "x")
    main.set_xlim(float(edges[0]), float(edges[-1]))
    ratio.set_xlabel("incident energy [GeV]")
    draw_legend(figure)
    return figure, main


def _set_limits(axes: Axes, *curves: Curve) -> None:
    ends = np.concatenate([np.concatenate([c.value - c.error, c.value + c.error]) for c in curves])
    ends = ends[np.isfinite(ends)]
    if ends.size:
        margin = 0.15 * (np.ptp(ends) or abs(float(ends[0])) or 1.0)
        axes.set_ylim(float(ends.min() - margin), float(ends.max() + margin))


def _numbers(bins: tuple[EnergyBin | None, ...], value: Callable[[EnergyBin], float]) -> Array:
    return np.array([np.nan if b is None else value(b) for b in bins], dtype=np.float64)
