"""Panels that are written at once look as matplotlib's axes do."""

from __future__ import annotations

import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure
from results_factory import make_results

from calobench.report.figures.axes import Canvas
from calobench.report.figures.energy import draw_response_and_resolution
from calobench.report.figures.panel import Box, Panel, PanelFigure
from calobench.report.figures.profile import SecondUnit, draw_profile
from calobench.report.figures.style import MODEL, plot_style
from calobench.report.svg import inline_svg
from calobench.results.schema import Profile

RESULTS = make_results(events=0)
PROFILES = {one.name: one.data for one in RESULTS.observables if isinstance(one.data, Profile)}


def words_of(root: ET.Element) -> list[tuple[str, str, float, float]]:
    """Every text: what, how it is held, and where."""
    words = []
    for one in root.iter("text"):
        anchor = re.search("text-anchor:(\\w+)", one.get("style", ""))
        place = float(one.get("x", "nan")), float(one.get("y", "nan"))
        words.append(("".join(one.itertext()).strip(), anchor[1] if anchor else "", *place))
    return sorted(words)


def both(draw: Callable[[Canvas | None], Canvas], height: float) -> tuple[ET.Element, ET.Element]:
    """The same figure as panels and in a figure of matplotlib."""
    with plot_style():
        quick = ET.fromstring(inline_svg(draw(None), "a", ""))
        slow = ET.fromstring(inline_svg(draw(Figure(figsize=(5.0, height))), "b", ""))
    return quick, slow


def check(quick: ET.Element, slow: ET.Element) -> None:
    """Words at the same places to a point and a half; their own kind of upright words apart."""
    assert quick.get("viewBox") == slow.get("viewBox")
    mine, others = words_of(quick), words_of(slow)
    assert [one[0] for one in mine] == [one[0] for one in others]
    for (word, anchor, x, y), (_, other, x0, y0) in zip(mine, others, strict=True):
        if anchor == other:
            assert (x, y) == pytest.approx((x0, y0), abs=1.6), word


@pytest.mark.parametrize("name", PROFILES)
def test_profiles(name: str) -> None:
    """Linear and logarithmic, with a second axis above."""
    data = PROFILES[name]
    second = SecondUnit(15.0, "[X₀]")
    quick, slow = both(
        lambda figure: draw_profile(data, "E_layer", "MeV", figure, second=second, height=4.3), 4.3
    )
    check(quick, slow)


def test_resolution_and_response() -> None:
    """Three panels on one logarithmic axis."""
    data = RESULTS.energy_dependence
    check(*both(lambda figure: draw_response_and_resolution(data, figure=figure), 3.2))


def panel() -> tuple[PanelFigure, Panel]:
    """A panel of 100 pt by 100 pt, values from 0 to 10."""
    figure = PanelFigure(120, 120)
    one = Panel(Box(10, 10, 100, 100))
    figure.panels.append(one)
    one.set_xlim(0, 10)
    one.set_ylim(0, 10)
    return figure, one


def test_steps_end_at_their_baseline_or_surround_an_area() -> None:
    """Three kinds: a line, a line down to the floor, an area between two."""
    values, edges = np.array([2.0, 4.0]), np.array([0.0, 5.0, 10.0])
    for options, expected in (
        ({"baseline": None}, "M10 90L60 90L60 70L110 70"),
        ({"baseline": 0}, "M10 110L10 90L60 90L60 70L110 70L110 110"),
        (
            {"baseline": values - 1, "fill": True},
            "M10 90L60 90L60 70L110 70L110 80L60 80L60 100L10 100z",
        ),
    ):
        figure, one = panel()
        one.put("steps", values, edges, color=MODEL, **options)
        assert f'd="{expected}"' in figure.body("k")


def test_gaps_and_signs() -> None:
    """A value that is no number is a gap, and has no sign."""
    figure, one = panel()
    y = np.array([1.0, 2.0, np.nan, 3.0, 4.0])
    one.put("line", np.arange(5.0), y, color=MODEL, linewidth=1, marker="o")
    body = figure.body("k")
    assert 'd="M10 100L20 90M40 80L50 70"' in body
    assert body.count("<circle") == 4


def test_nothing_positive_on_a_logarithmic_axis() -> None:
    """It is left out, and everything else is kept."""
    figure, one = panel()
    one.make_log("y")
    one.set_ylim(1, 100)
    one.put("line", np.array([1.0, 2.0]), np.array([0.0, 10.0]), color=MODEL, marker="^")
    body = figure.body("k")
    assert body.count("<polygon") == 1
    assert "translate(30 60)" in body
