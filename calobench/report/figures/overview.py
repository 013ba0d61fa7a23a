"""All observables at a glance: each score as a multiple of what chance alone reaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from calobench.report.figures.axes import add_axes, log_axis
from calobench.report.figures.style import GEANT4, GRID, INK, MODEL, MUTED
from calobench.verdict.observables import Judged, Status

__all__ = ["draw_overview"]

_ROW_PT = 15.0
_HEAD_PT, _FOOT_PT = 22.0, 46.0
_WIDTH_PT = 430.0
_MAX_LABEL = 30
_MARKERS = {Status.COMPATIBLE: "o", Status.BORDERLINE: "D", Status.DIFFERS: "^"}


def draw_overview(judged: Sequence[Judged]) -> Figure:
    """A row per observable: point with error, band of the null, line at its 95 % quantile."""
    rows = [one for one in judged if one.score.null_95 > 0]
    height = max(len(rows), 1) * _ROW_PT
    total = height + _HEAD_PT + _FOOT_PT
    figure = Figure(figsize=(_WIDTH_PT / 72, total / 72))
    axes = add_axes(figure, (0.42, _FOOT_PT / total, 0.55, height / total))
    axes.set_ylim(len(rows) - 0.5 if rows else 0.5, -0.5)
    y = np.arange(len(rows), dtype=np.float64)
    scale = np.array([one.score.null_95 for one in rows])
    value = np.array([one.score.value for one in rows]) / scale
    error = np.array([one.score.error for one in rows]) / scale
    median = np.array([one.score.null_median for one in rows]) / scale
    seen = np.concatenate([value, median])
    seen = seen[seen > 0]
    low = max(min(float(seen.min(initial=0.5)) * 0.7, 0.3), 1e-2)
    high = max(float((value + error).max(initial=1.0)) * 1.4, 3.0)
    axes.set_xlim(low, high)
    log_axis(axes, "x")

    axes.barh(y, 1 - np.clip(median, low, 1), left=np.clip(median, low, 1), height=0.62,
              color=GEANT4, alpha=0.3, linewidth=0)  # fmt: skip
    axes.axvline(1, color=INK, linewidth=0.9)
    gap = np.full_like(value, np.nan)
    ends = np.stack([np.clip(value - error, low, None), value + error, gap], axis=1).ravel()
    axes.plot(ends, np.repeat(y, 3), color=MODEL, linewidth=1.1)
    for status, marker in _MARKERS.items():
        chosen = np.array([one.status is status for one in rows], dtype=bool)
        axes.plot(
            np.clip(value, low, None)[chosen], y[chosen], marker, color=MODEL, markersize=5,
            markerfacecolor=MODEL if status is not Status.BORDERLINE else "none",
        )  # fmt: skip
    axes.set_yticks(y, [_shorten(one.observable.label) for one in rows])
    axes.tick_params(axis="y", which="both", left=False, right=False, labelsize=9)
    for line in _family_ends(rows):
        axes.axhline(line - 0.5, color=GRID, linewidth=0.8)
    axes.set_xlabel("score / 95 % quantile of its null", loc="right")
    head = ScaledTranslation(0, 5 / 72, figure.dpi_scale_trans)
    for x, side, word in ((0.97, "right", "below ◂ "), (1.03, "left", " ▸ above")):
        axes.text(x, 1, word, ha=side, va="bottom", fontsize=9, color=MUTED,
                  transform=axes.get_xaxis_transform() + head)  # fmt: skip
    return figure


def _family_ends(rows: Sequence[Judged]) -> list[int]:
    families = [one.observable.family for one in rows]
    return [i for i in range(1, len(rows)) if families[i] != families[i - 1]]


def _shorten(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"
