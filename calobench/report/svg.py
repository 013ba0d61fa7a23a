"""From a matplotlib figure to a small SVG that lives inside the page and follows its colours."""

from __future__ import annotations

from markupsafe import Markup, escape

from calobench.report.figures.axes import Canvas
from calobench.report.figures.panel import PanelFigure
from calobench.report.figures.style import CSS_COLOURS
from calobench.report.svg_renderer import PageRenderer

__all__ = ["inline_svg"]

_POINTS_PER_INCH = 72


def inline_svg(figure: Canvas, key: str, description: str) -> Markup:
    """Render ``figure`` for inlining.

    Args:
        figure: drawn in the placeholder colours of ``figures.style``.
        key: unique in the page; prefix of all ids.
        description: what is seen, in words, for those who do not see it.
    """
    if isinstance(figure, PanelFigure):
        width, height, body = figure.width, figure.height, figure.body(key)
        for placeholder, colour in CSS_COLOURS.items():
            body = body.replace(placeholder, colour)
    else:
        whole = figure.get_figure(root=True)
        whole.set_dpi(_POINTS_PER_INCH)
        width, height = whole.bbox.width, whole.bbox.height
        renderer = PageRenderer(width, height, key)
        whole.draw(renderer)
        body = renderer.body
    return Markup(
        f'<svg class="plot" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(description)}">{body}</svg>'
    )
