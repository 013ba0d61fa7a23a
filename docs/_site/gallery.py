"""The gallery: the code on its page is run, and what it draws is put behind it."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

__all__ = ["drawn"]

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(
    r"<!-- figure: (?P<name>[\w-]+), (?P<alt>[^>]+) -->\n```python\n(?P<code>.*?)```\n", re.DOTALL
)


def drawn(markdown: str) -> tuple[str, dict[str, bytes]]:
    """The page with its figures, and the figures by name of file.

    A block of code behind ``<!-- figure: NAME, WORDS -->`` makes a ``figure``; the blocks share their
    names, in order, and run in the root of the repository.
    """
    import matplotlib as mpl

    mpl.use("agg")
    names: dict[str, Any] = {}
    figures: dict[str, bytes] = {}

    def shown(match: re.Match[str]) -> str:
        exec(compile(match["code"], f"gallery: {match['name']}", "exec"), names)
        content = io.BytesIO()
        names["figure"].savefig(content, format="svg", facecolor="white", metadata={"Date": None})
        figures[f"{match['name']}.svg"] = content.getvalue()
        return f"```python\n{match['code']}```\n\n![{match['alt']}](gallery/{match['name']}.svg)\n"

    before = Path.cwd()
    os.chdir(ROOT)
    try:
        return _BLOCK.sub(shown, markdown), figures
    finally:
        os.chdir(before)
