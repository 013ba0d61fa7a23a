"""Environment of the templates: whatever is put into one is text."""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple

import jinja2
from markupsafe import Markup

from calobench._util.resources import report_templates_dir
from calobench._util.visible import visible
from calobench.report.labels import as_html

__all__ = ["level_class", "page_environment"]


def page_environment() -> jinja2.Environment:
    """The environment of all templates of the report.

    Texts are escaped, and characters that act instead of being seen are written out; a name that is not
    given is an error. The filter ``symbols`` writes ``E_vis`` with its index below the line.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(report_templates_dir()),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["symbols"] = _symbols
    environment.filters["level_class"] = level_class
    return environment


def level_class(level: str) -> str:
    """A level of the verdict as one word for the style sheet: its first, or ``no``."""
    return {"visible flaws": "flaws"}.get(level, level.split(" ", maxsplit=1)[0])


def _symbols(text: str) -> Markup:
    """A label of an observable, its indices below the line."""
    return as_html(visible(text))


class PageScript(NamedTuple):
    """The one script that a page has.

    Attributes:
        text: of the script.
        digest: by which the page's security policy names it, so that no other runs.
    """

    text: Markup
    digest: str


def page_script(name: str) -> PageScript:
    """A page's own script with that of the switch of colours, which every page has.

    Args:
        name: of the file among the templates.
    """
    folder = report_templates_dir()
    text = "".join((folder / part).read_text(encoding="utf-8") for part in (name, "theme.js"))
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return PageScript(Markup(text), f"sha256-{digest}")


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
