"""The peak of the response at one energy, with Gaussians fitted to its core."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import (
    Array,
    Canvas,
    draw_legend,
    draw_line,
    draw_steps,
    stacked_panels,
)
from calobench.report.figures.ratio import draw_error_bars
from calobench.report.figures.style import GEANT4, MODEL
from calobench.results.schema import ResponsePeak
from calobench.stats.peak import Peak

__all__ = ["draw_peak"]


def draw_peak(data: ResponsePeak, fits: tuple[Peak | None, Peak | None]) -> Canvas:
    """Fraction of showers against E_vis / E_inc in both samples, with the fitted curves.

    Args:
        data: of one bin of energy.
        fits: to Geant4 and to the model.
    """
    edges = np.array(data.edges)
    centres = 0.5 * (edges[1:] + edges[:-1])
    figure, (axes,) = stacked_panels((1,), height=3.2)
    top = 0.0
    for counts, fit, colour, is_model in (
        (np.array(data.reference), fits[0], GEANT4, False),
        (np.array(data.model), fits[1], MODEL, True),
    ):
        total = max(float(counts.sum()), 1.0)
        fractions, errors = counts[1:-1] / total, np.sqrt(counts[1:-1]) / total
        top = max(top, float((fractions + errors).max(initial=0)))
        if is_model:
            draw_error_bars(axes, centres, fractions, errors)
        else:
            low = np.maximum(fractions - errors, 0)
            draw_steps(
                axes, fractions + errors, edges, baseline=low, fill=True, color=colour, alpha=0.45,
                linewidth=0,
            )  # fmt: skip
            draw_steps(axes, fractions, edges, color=colour, linewidth=1.2)
        if fit is not None:
            draw_line(axes, *_curve(fit, edges, total), color=colour, linewidth=1.3)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlim(float(edges[0]), float(edges[-1]))
    axes.set_ylim(0, 1.12 * top if top > 0 else 1)
    axes.set_ylabel("fraction of showers")
    axes.set_xlabel("E_vis / E_inc")
    draw_legend(figure)
    return figure


def _curve(fit: Peak, edges: Array, total: float) -> tuple[Array, Array]:
    """The Gaussian in its core, as fractions in bins of the histogram's width."""
    width = edges[1] - edges[0]
    x = np.linspace(*fit.core, 60)
    density = np.exp(-0.5 * ((x - fit.mean) / fit.sigma) ** 2) / (np.sqrt(2 * np.pi) * fit.sigma)
    inside = fit.per_bin(np.array(fit.core)).sum()
    whole = fit.per_bin(np.array([-np.inf, np.inf])).sum()
    scale = whole / max(inside, 1e-300) * fit.counts / total
    return x, density * width * scale
