"""The look of all plots: ticks and titles as in mplhep, quiet lines, colours that the page chooses.

mplhep itself takes as long to load as half of a page takes to draw; figures in files add its style.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import matplotlib as mpl

__all__ = ["CSS_COLOURS", "GEANT4", "GRID", "INK", "MODEL", "MUTED", "TICKS", "plot_style"]

# Colours that nothing else has: on inlining they become the page's variables, light, dark or print.
INK = "#010203"
MUTED = "#010204"
GEANT4 = "#010205"
MODEL = "#010206"
GRID = "#010207"

CSS_COLOURS = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    GEANT4: "var(--geant4)",
    MODEL: "var(--model)",
    GRID: "var(--rule)",
}

TICKS = {"major": 5.0, "width": 0.8, "pad": 4.0, "label": 11.0}
"""Length, width and distance of ticks, and size of their labels, pt."""

_STYLE = {
    "xaxis.labellocation": "right",
    "yaxis.labellocation": "top",
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
    "legend.handlelength": 1.5,
    # The reader's own font is used; this one is only measured with, and is wider than most.
    "font.family": "DejaVu Sans",
    "font.size": 11.5,
    "axes.labelsize": 12,
    "legend.fontsize": 11,
    "axes.linewidth": 0.8,
    "axes.unicode_minus": True,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "text.color": INK,
    # Labels come from plug-ins: a dollar sign in one is a dollar sign.
    "text.parse_math": False,
    "text.usetex": False,
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-3, 4),
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.minor.visible": False,
    "ytick.minor.visible": False,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.6,
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "svg.fonttype": "none",
    "svg.hashsalt": "calobench",
    "svg.image_inline": True,
}


@contextlib.contextmanager
def plot_style(below: Mapping[str, Any] | None = None) -> Iterator[None]:
    """The style inside, the caller's settings untouched outside.

    Args:
        below: settings that hold where the style says nothing.
    """
    with mpl.rc_context(), warnings.catch_warnings():
        # matplotlib measures labels with its own font, the browser draws them with another.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        mpl.rcParams.update(mpl.rcParamsDefault)
        style: Any = {**(below or {}), **_STYLE}
        mpl.rcParams.update(style)
        yield
