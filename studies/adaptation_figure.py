"""The figure of ``docs/adaptation.md``: quality against steps and against showers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adaptation_curves import mean_over_seeds, selected

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw"]

_KINDS = {"adapt": ("C0", "adapted"), "scratch": ("C1", "from nothing")}
_MARKERS = {200: "^", 1000: "s", None: "o"}


def draw(result: Mapping[str, Any], path: Path) -> None:
    """Draw it; points are means over seeds, bars their errors.

    Args:
        result: content of ``docs/results/adaptation.json``.
        path: of the SVG.
    """
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "calobench"
    figure, (of_auc, of_fpd) = plt.subplots(1, 2, figsize=(9.2, 4.2), layout="constrained")
    _curves(of_auc, result, "auc")
    _curves(of_fpd, result, "fpd")
    of_auc.axhline(0.5, color="0.5", linestyle=":", label="guessing")
    of_auc.set(ylabel="area under the ROC curve of trees")
    of_fpd.set(ylabel="FPD", yscale="symlog")
    for axes in (of_auc, of_fpd):
        axes.set(xscale="log", xlabel="steps of the training")
    of_auc.legend(frameon=False, fontsize=8)
    figure.suptitle("Shapes of showers in ALLEGRO, marginals of Geant4 given", fontsize=10)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _curves(axes: Axes, result: Mapping[str, Any], score: str) -> None:
    for kind, (colour, label) in _KINDS.items():
        points = selected(result["points"], part="shape", kind=kind)
        for showers in sorted({one["showers"] for one in points}, key=lambda n: n or 10**9):
            of = [one for one in points if one["showers"] == showers]
            steps = sorted({one["steps"] for one in of})
            means = [
                mean_over_seeds([one["scores"][score] for one in of if one["steps"] == s])
                for s in steps
            ]
            axes.errorbar(
                steps,
                [mean.value for mean in means],
                [mean.error if mean.seeds > 1 else 0.0 for mean in means],
                color=colour,
                linestyle={200: ":", 1000: "--"}.get(showers, "-"),
                marker=_MARKERS.get(showers, "o"),
                markersize=4,
                label=f"{label}, {f'{showers:,}' if showers else 'all'} showers",
            )
