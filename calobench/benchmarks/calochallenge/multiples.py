"""All histograms of a row as small pictures: hundreds of them, written without a plotting library."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.record import HistogramScore, SeparationRow
from calobench.report.text import number

__all__ = ["Multiple", "multiples_of"]

Array = NDArray[np.float64]

_WIDTH, _HEIGHT, _FOOT = 150.0, 96.0, 16.0
# Decades that a logarithmic axis shows at most.
_DECADES = 5.0


class Multiple(NamedTuple):
    """One histogram.

    Attributes:
        svg: Geant4 filled, the model a line.
        title: which, e.g. ``layer 12``.
        separation: as published, times 1000, and its floor; '' where there is none.
    """

    svg: Markup
    title: str
    separation: str


def multiples_of(row: SeparationRow, *, log: bool = False) -> list[Multiple]:
    """Pictures of the histograms that were kept.

    Args:
        row: of the results.
        log: whether fractions are shown on a logarithmic axis.
    """
    return [_multiple(row, one, log=log) for one in row.histograms if one.edges]


def _multiple(row: SeparationRow, one: HistogramScore, *, log: bool) -> Multiple:
    title = row.label if one.member is None else _title(row, one.member)
    fractions = [_fractions(one.reference), _fractions(one.generated)]
    heights = _heights(fractions, log=log)
    low, high = (number(edge, 3) for edge in (one.edges[0], one.edges[-1]))
    words = f"{title}: histograms of Geant4 and of the model from {low} to {high}"
    geant4, model = (_steps(height) for height in heights)
    foot = _HEIGHT - _FOOT
    svg = Markup(
        f'<svg class="plot" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(words)}">'
        f'<path d="M0 {foot:g}{geant4}L{_WIDTH:g} {foot:g}z" '
        'style="fill:var(--geant4);opacity:.35"/>'
        f'<path d="M{geant4[1:]}" style="fill:none;stroke:var(--geant4)"/>'
        f'<path d="M{model[1:]}" style="fill:none;stroke:var(--model);stroke-width:1.4"/>'
        f'<path d="M0 {foot:g}h{_WIDTH:g}" style="stroke:var(--ink);stroke-width:.8"/>'
        f'<text x="0" y="{_HEIGHT - 3:g}" style="font-size:11px;fill:var(--ink)">{escape(low)}</text>'
        f'<text x="{_WIDTH:g}" y="{_HEIGHT - 3:g}" '
        f'style="font-size:11px;text-anchor:end;fill:var(--ink)">{escape(high)}</text></svg>'
    )
    return Multiple(svg, title, _separation(one))


def _title(row: SeparationRow, member: int) -> str:
    return f"{2**member:g} MeV" if row.name == "E total by energy" else f"layer {member}"


def _separation(one: HistogramScore) -> str:
    if one.as_published is None:
        return ""
    floor = "" if one.floor is None else f", floor {number(1e3 * one.floor, 2)}"
    return f"{number(1e3 * one.as_published, 2)}{floor}"


def _fractions(counts: tuple[int, ...]) -> Array:
    """Of all entries, those outside among them, so that nothing vanishes; (K,) inside."""
    numbers = np.array(counts, dtype=np.float64)
    return numbers[1:-1] / (numbers.sum() or 1.0)


def _heights(fractions: list[Array], *, log: bool) -> list[Array]:
    """Both on one axis from 0 to 1, where 1 is the highest bin of either."""
    top = max(float(one.max(initial=0.0)) for one in fractions) or 1.0
    if not log:
        return [one / top for one in fractions]
    with np.errstate(divide="ignore"):
        return [np.clip(1 + np.log10(one / top) / _DECADES, 0, 1) for one in fractions]


def _steps(heights: Array) -> str:
    """From the first bin to the last: right, then up or down."""
    y = (_HEIGHT - _FOOT - (_HEIGHT - _FOOT - 3) * heights).round(1)
    x = (np.arange(len(y) + 1) * _WIDTH / len(y)).round(1)
    ends = zip(y.tolist(), x[1:].tolist(), strict=True)
    return f"L0 {y[0]:g}" + "".join(f"V{height:g}H{right:g}" for height, right in ends)
