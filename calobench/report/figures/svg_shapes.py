"""Lines, areas and signs of an SVG."""

from __future__ import annotations

import numpy as np
from markupsafe import escape
from matplotlib.markers import MarkerStyle
from numpy.typing import NDArray

__all__ = ["path_of", "signs_at"]

Array = NDArray[np.float64]

_DASHES = {"--": "3.7,1.6", ":": "1,1.65", "-.": "6.4,1.6,1,1.6"}


def path_of(
    x: Array, y: Array, *, fill: bool, color: str, alpha: float = 1.0, linewidth: float = 1.4,
    linestyle: str = "-",
) -> list[str]:  # fmt: skip
    """A line with gaps where there is no number, or what it surrounds."""
    points = np.stack([x, np.clip(y, -1e4, 1e4)], axis=1).round(1) + 0.0
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
    if not known.any():
        return []
    starts = known & ~np.concatenate([[False], known[:-1]])
    data = "".join(
        f"{'M' if start else 'L'}{a:g} {b:g}"
        for (a, b), start in zip(points[known].tolist(), starts[known].tolist(), strict=True)
    )
    if fill:
        style = f"fill:{color}"
    else:
        style = f"fill:none;stroke:{color}" + (
            f";stroke-width:{linewidth:g}" if linewidth != 1 else ""
        )
        if linestyle in _DASHES:
            dashes = (float(one) * linewidth for one in _DASHES[linestyle].split(","))
            style += f";stroke-dasharray:{','.join(f'{one:.3g}' for one in dashes)}"
    style += "" if alpha == 1 else f";opacity:{alpha:g}"
    return [f'<path d="{data}{"z" if fill else ""}" style="{style}"/>']


def signs_at(x: Array, y: Array, marker: str, size: float, color: str) -> list[str]:
    """One sign at every point."""
    points = np.stack([x, y], axis=1)
    points = points[np.isfinite(points).all(axis=1)].round(1) + 0.0
    if marker == "o":
        signs = "".join(
            f'<circle cx="{a:g}" cy="{b:g}" r="{size / 2:g}"/>' for a, b in points.tolist()
        )
    else:
        style = MarkerStyle(marker)
        outline = style.get_path().transformed(style.get_transform()).vertices
        ends = " ".join(f"{a:g},{-b:g}" for a, b in (np.asarray(outline) * size).round(1).tolist())
        signs = "".join(
            f'<polygon points="{ends}" transform="translate({a:g} {b:g})"/>'
            for a, b in points.tolist()
        )
    return [f'<g style="fill:{escape(color)};stroke:{escape(color)}">{signs}</g>'] if signs else []
