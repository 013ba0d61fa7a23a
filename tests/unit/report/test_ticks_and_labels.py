from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from calobench.report.figures.axes import add_axes, log_axis, panels, paper_panels
from calobench.report.figures.style import plot_style
from calobench.report.figures.svg_words import fitted, width_of
from calobench.report.figures.ticks import LogTicks, Thousands, power_of_ten
from calobench.report.labels import as_html
from calobench.report.svg import inline_svg


def texts(figure: Figure) -> list[str]:
    drawn = inline_svg(figure, "k", "words")
    return [re.sub("<[^>]+>", "", text) for text in re.findall(r"<text.*?</text>", drawn)]


def test_a_power_of_ten_stands_in_the_unit_and_not_on_the_title() -> None:
    with plot_style():
        figure, main, ratio = panels()
        main.set_xlim(0, 60_000)
        ratio.set_xlabel("E_vis [MeV]")
        main.set_ylim(0, 3e-4)
        main.set_ylabel("share of showers")
        labels = texts(figure)
    assert "Evis [GeV]" in labels
    assert "60" in labels
    assert "share of showers [10⁻⁶]" in labels
    assert not any("1e" in text for text in labels)


@pytest.mark.parametrize("limits", [(2.2, 7.8), (12.0, 97.0), (0.9, 1.2), (1.0, 1e5), (1e-9, 1e9)])
def test_a_logarithmic_axis_has_two_to_seven_labels_or_more(limits: tuple[float, float]) -> None:
    inside = [t for t in LogTicks().tick_values(*limits) if limits[0] <= t <= limits[1]]
    assert 1 <= len(inside) <= 9
    if limits[1] > 2.6 * limits[0]:
        assert len(inside) >= 2
    assert [power_of_ten(t) for t in (0.02, 1.0, 5000.0, 1e4, 5e-3, 0.0)] == [
        "0.02", "1", "5000", "10⁴", "5·10⁻³", "",
    ]  # fmt: skip


def test_ticks_have_the_decimals_that_they_need() -> None:
    form = Thousands()
    assert form.format_ticks([0.0, 0.25, 0.5]) == ["0.00", "0.25", "0.50"]
    assert form.format_ticks([-10.0, 0.0, 10.0]) == ["−10", "0", "10"]
    assert form.get_offset() == ""
    assert form.format_ticks([0.0, 2e4, 4e4]) == ["0", "20", "40"]
    assert form.get_offset() == "10³"
    assert form.format_ticks([]) == []
    # Steps that are small beside one, on an axis that is not.
    assert form.format_ticks([0.1160, 0.1168, 0.1176]) == ["0.1160", "0.1168", "0.1176"]
    assert form.format_ticks([0.0175, 0.02]) == ["0.0175", "0.0200"]


def test_titles_that_are_longer_than_the_figure_are_made_smaller_and_not_cut() -> None:
    with plot_style():
        figure, main, _ = paper_panels()
        main.set_xlim(0, 1)
        main.set_ylim(0, 1)
        main.set_ylabel("mean of a quantity whose name is longer than any figure is high [MeV]")
        figure.savefig(io.BytesIO(), format="svg")
        box = main.yaxis.label.get_window_extent()
    assert box.y1 <= figure.bbox.y1 + 2
    assert main.yaxis.label.get_fontsize() >= 9.5
    lines, size = fitted(
        "mean of a quantity whose name is longer than any figure is high [MeV]", 250
    )
    assert len(lines) == 2
    assert all(width_of(line, size) <= 250 for line in lines)


def test_minor_ticks_of_a_decade_lie_between_its_powers() -> None:
    with plot_style():
        figure = Figure(figsize=(5, 4))
        axes = add_axes(figure, (0.1, 0.1, 0.8, 0.8))
        log_axis(axes, "x")
        axes.set_xlim(1, 100)
        x_axis: Any = axes.xaxis
        places = x_axis._minor()
        ends = axes.transData.transform([(1, 0), (100, 0)])[:, 0]
    assert len(places) == 16
    assert np.all((places > ends[0]) & (places < ends[1]))


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("E_vis / E_inc", "E<sub>vis</sub> / E<sub>inc</sub>"),
        ("σ_x", "σ<sub>x</sub>"),
        ("E_cell,max", "E<sub>cell,max</sub>"),
        ("my_observable", "my_observable"),
        ("<b>_x", "&lt;b&gt;_x"),
        ("", ""),
    ],
)
def test_indices_are_written_below_the_line(label: str, expected: str) -> None:
    assert as_html(label) == expected
