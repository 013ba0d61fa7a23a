"""The folder of a suite: its summary and its page, beside the folders of its runs."""

from __future__ import annotations

from pathlib import Path

from calobench._util.commit import Output, clear_left, require_writable, write_together
from calobench.errors import OutputError
from calobench.suite.page import render_suite
from calobench.suite.summary import SuiteSummary

__all__ = ["SuiteFolder"]


class SuiteFolder:
    """Checks the place before the first run; is written after the last.

    Args:
        path: the folder; made when it is needed.

    Attributes:
        summary: where ``suite.json`` goes.
        page: where ``index.html`` goes.

    Raises:
        OutputError: it is a file, cannot be written, or holds a page of something else.
    """

    def __init__(self, path: Path) -> None:
        self.summary, self.page = path / "suite.json", path / "index.html"
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file; give a folder with --out")
        require_writable(self.summary)
        clear_left(path)
        if self.page.exists() and not self.summary.exists():
            raise OutputError(
                f"{path} holds an index.html of something else; give another folder with --out"
            )

    def write(self, summary: SuiteSummary) -> None:
        """Put both files in place, in the stead of earlier ones.

        Raises:
            OutputError: the folder cannot be written.
        """
        text = summary.model_dump_json(indent=1) + "\n"
        write_together(
            [
                Output(self.page, render_suite(summary).encode(), replace=True),
                Output(self.summary, text.encode(), replace=True),
            ]
        )
