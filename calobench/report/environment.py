"""How templates become pages: whatever is put into one is text."""

from __future__ import annotations

import jinja2
from markupsafe import Markup

from calobench._util.resources import report_templates_dir
from calobench._util.visible import visible

__all__ = ["page_environment"]


def page_environment() -> jinja2.Environment:
    """The environment of all templates of the report.

    Texts are escaped, and characters that act instead of being seen are written out; a name that is not
    given is an error.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(report_templates_dir()),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: object) -> object:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
