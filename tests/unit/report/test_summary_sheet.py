from __future__ import annotations

from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.text import Text
from results_factory import make_results

from calobench.report.figures.style import CSS_COLOURS
from calobench.report.publication.style import print_style
from calobench.report.summary_sheet import draw_sheet
from calobench.verdict.verdict import verdict_of


def test_the_sheet_says_what_the_first_screen_says_in_colours_of_paper() -> None:
    results = make_results(events=0)
    odd = results.model_copy(
        update={
            "model": results.model.model_copy(update={"name": "price$ of_a " + 20 * "long name "}),
            "warnings": ("a $ in a warning",),
        }
    )
    with print_style():
        figure = draw_sheet(odd)
        texts = [one for one in figure.findobj(Text) if isinstance(one, Text)]
        figure.canvas.draw()
    words = " ".join(one.get_text().replace("\n", " ") for one in texts)
    verdict = verdict_of(odd)
    assert verdict.sentence.partition(": ")[0] in words
    for light in verdict.lights:
        assert light.topic.capitalize() in words
    for title in (
        "Resolution and response",
        "Longitudinal profile",
        "Radial profile",
        "Cell energies",
    ):
        assert title in words
    assert "a \\$ in a warning" in words
    colours = {to_hex(one.get_color()) for one in figure.findobj(Line2D) if isinstance(one, Line2D)}
    assert not colours & set(CSS_COLOURS)
    box = figure.bbox
    for text in texts:
        if text.get_text() and text.figure is figure:
            extent = text.get_window_extent()
            assert extent.x0 >= box.x0
            assert extent.x1 <= box.x1
