"""Axes whose ticks are no artists: a notebook, which cuts off what is empty, leaves their labels."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from calobench.report.figures.quick_axes import QuickAxes


@pytest.mark.parametrize("bounds", [(0.2, 0.2, 0.7, 0.7), (0.1, 0.3, 0.8, 0.6)])
def test_nothing_is_cut_off_where_a_figure_is_saved_tightly(
    bounds: tuple[float, float, float, float],
) -> None:
    figure = Figure(figsize=(4, 3), dpi=100)
    axes = QuickAxes(figure, bounds)
    figure.add_axes(axes)
    axes.plot([0, 1], [0, 1])
    axes.set_xlabel("depth [mm]")

    def pixels(**settings: object) -> tuple[int, ...]:
        content = io.BytesIO()
        figure.savefig(content, format="png", **settings)
        content.seek(0)
        return np.asarray(mpl.image.imread(content)).shape

    # What is not smaller than the figure has lost nothing of it.
    assert pixels(bbox_inches="tight") >= pixels()
