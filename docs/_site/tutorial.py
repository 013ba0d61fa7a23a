"""A tutorial: its cells are run, and what they print and draw is put behind them."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

import jupytext

__all__ = ["executed"]


def executed(script: Path) -> tuple[str, dict[str, bytes]]:
    """The page of a script in jupytext's percent format, and its figures by name of file.

    The cells share their names, in order, and run in an empty folder. A ``figure`` that a cell makes is
    shown.
    """
    import matplotlib as mpl

    mpl.use("agg")
    notebook = jupytext.reads(script.read_text(encoding="utf-8"), fmt="py:percent")
    names: dict[str, Any] = {}
    parts: list[str] = []
    figures: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory() as folder, _inside(Path(folder)):
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                parts.append(cell.source)
                continue
            parts.append(f"```python\n{cell.source}\n```")
            printed, before = io.StringIO(), names.get("figure")
            with contextlib.redirect_stdout(printed):
                exec(compile(cell.source, f"{script.name}, cell {number}", "exec"), names)
            if output := printed.getvalue().rstrip():
                # Sentences may go on in the next line; the columns of a table may not.
                kind = ".text" if "  " in output else ".text .printed"
                parts.append(f"```{{{kind}}}\n{output}\n```")
            if names.get("figure") is not before:
                name = f"{script.stem}_{len(figures)}.svg"
                content = io.BytesIO()
                names["figure"].savefig(
                    content, format="svg", facecolor="white", metadata={"Date": None}
                )
                figures[name] = content.getvalue()
                parts.append(f"![Figure of the code above]({name})")
    return "\n\n".join(parts) + "\n", figures


@contextlib.contextmanager
def _inside(folder: Path) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
