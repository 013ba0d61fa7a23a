"""Figures for the inside of a page: only what is seen, at the places where matplotlib puts it."""

from __future__ import annotations

import gc
import re
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from calobench._util.collector import collector_paused
from calobench.report.figures.axes import add_axes, draw_line
from calobench.report.figures.style import MODEL, plot_style
from calobench.report.figures.text_widths import extent_of
from calobench.report.svg import inline_svg

SIZE = 72.0


def drawn(**line: object) -> ET.Element:
    """A figure of one inch with a line from corner to corner, and a gap."""
    with plot_style():
        figure = Figure(figsize=(1, 1))
        axes = add_axes(figure, (0, 0, 1, 1))
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        values = np.array([0.0, 0.5, np.nan, 0.75, 1.0])
        draw_line(axes, values, values, color=MODEL, **line)
        return ET.fromstring(inline_svg(figure, "key", 'a "line" & more'))


def test_points_lie_where_matplotlib_puts_them_and_gaps_stay() -> None:
    """The vertical axis of a page points downwards."""
    paths = [one.get("d", "") for one in drawn(linewidth=1.5, linestyle="--").iter("path")]
    assert "M0 72L36 36M54 18L72 0" in paths


def test_styles_are_the_pages() -> None:
    """Colours are its variables; dashes are scaled as matplotlib's are."""
    root = drawn(linewidth=1.5, linestyle="--", alpha=0.5)
    styles = [one.get("style", "") for one in root.iter("path")]
    (own,) = [style for style in styles if "--model" in style]
    assert "stroke:var(--model)" in own
    assert "opacity:0.5" in own
    assert "stroke-dasharray:5.55,2.4" in own
    assert root.get("aria-label") == 'a "line" & more'


def test_a_marker_is_written_once() -> None:
    """Each point refers to it, and all references have a target of this figure's."""
    root = drawn(linestyle="none", marker="o")
    uses = [(use.get("x"), use.get("y"), use.get("href", "")) for use in root.iter("use")]
    assert [(x, y) for x, y, _ in uses] == [("0", "72"), ("36", "36"), ("54", "18"), ("72", "0")]
    ids = {one.get("id") for one in root.iter() if one.get("id")}
    assert {href.removeprefix("#") for _, _, href in uses} <= ids
    assert all(str(one).startswith("key-") for one in ids)


def test_clips_are_shared() -> None:
    """Two lines of the same axes have one clip between them."""
    with plot_style():
        figure = Figure(figsize=(1, 1))
        axes = add_axes(figure, (0.25, 0.25, 0.5, 0.5))
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        for value in (0.2, 0.8):
            draw_line(axes, np.array([0.0, 1.0]), np.full(2, value), color=MODEL)
        text = str(inline_svg(figure, "k", ""))
    assert text.count("<clipPath") == 1
    assert '<rect x="18" y="18" width="36" height="36"/>' in text
    assert text.count('clip-path="url(#k-0)"') == 2


def test_an_image_keeps_its_pixels_and_stands_upright() -> None:
    """Row 0 of an image with its origin below is the lowest."""
    with plot_style():
        figure = Figure(figsize=(1, 1))
        axes = add_axes(figure, (0, 0, 1, 1))
        pixels = np.zeros((2, 3, 4), np.uint8)
        axes.imshow(pixels, origin="lower", aspect="auto", interpolation="none")
        text = str(inline_svg(figure, "k", ""))
    (image,) = re.findall(r"<image [^>]*>", text)
    assert 'width="3" height="2"' in image
    assert 'transform="matrix(24 0 0 -36 0 72)"' in image


@pytest.mark.parametrize("words", ["<b> & E_vis", "a_b,c"])
def test_words_are_escaped_and_indices_lowered(words: str) -> None:
    """The name that a plug-in gives its observable is shown as text."""
    with plot_style():
        figure = Figure(figsize=(1, 1))
        figure.text(0.5, 0.5, words)
        root = ET.fromstring(inline_svg(figure, "k", ""))
    (text,) = root.iter("text")
    assert "".join(text.itertext()) == words.replace("_", "")


@pytest.mark.parametrize("words", ["share of showers", "E_vis / E_inc", "0.025", "σ ratio ⟨r⟩"])
def test_widths_are_matplotlibs_without_kerning(words: str) -> None:
    """To three per cent."""
    font = FontProperties(family="DejaVu Sans", size=12)
    exact, *_ = text_to_path.get_text_width_height_descent(words, font, False)
    assert extent_of(words, font).width == pytest.approx(exact, rel=0.03)
    assert extent_of("漢", font).width == pytest.approx(12)


def test_the_collector_is_on_again_after_an_error() -> None:
    """It is off inside, and left alone by one within another."""
    assert gc.isenabled()
    with pytest.raises(ValueError, match="inside"), collector_paused(), collector_paused():
        assert not gc.isenabled()
        raise ValueError("inside")
    assert gc.isenabled()
