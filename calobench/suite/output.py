"""The folder of a suite or a sweep: its summary and its page, beside the folders of its runs."""

from __future__ import annotations

from pathlib import Path

from calobench._util.commit import Output, clear_left, require_writable, write_together
from calobench.errors import OutputError
from calobench.results.record import Record

__all__ = ["SuiteFolder"]


class SuiteFolder:
    """Checks the place before the first run; is written after the last.

    Args:
        path: the folder; made when it is needed.
        name: of the summary in it.

    Attributes:
        summary: where the summary goes.
        page: where ``index.html`` goes.

    Raises:
        OutputError: it is a file, cannot be written, or holds a page of something else.
    """

    def __init__(self, path: Path, name: str = "suite.json") -> None:
        self.summary, self.page = path / name, path / "index.html"
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file; give a folder with --out")
        require_writable(self.summary)
        clear_left(path)
        if self.page.exists() and not self.summary.exists():
            raise OutputError(
                f"{path} holds an index.html of something else; give another folder with --out"
            )

    def write(self, summary: Record, page: str) -> None:
        """Put both files in place, in the stead of earlier ones.

        Args:
            summary: what came out.
            page: HTML that shows it.

        Raises:
            OutputError: the folder cannot be written.
        """
        text = summary.model_dump_json(indent=1) + "\n"
        write_together(
            [
                Output(self.page, page.encode(), replace=True),
                Output(self.summary, text.encode(), replace=True),
            ]
        )
