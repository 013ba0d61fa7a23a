"""The folder of a run, which is filled as a whole or not at all."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from calobench._util.commit import Output, clear_left, require_writable, write_together
from calobench.errors import OutputError
from calobench.results.page_stamp import is_of_other_results

__all__ = ["RunFolder"]


class RunFolder:
    """Checks a place early, fills it late; what dead processes left there is cleared.

    Args:
        path: the folder; made when the run is written.
        force: replace the files of an earlier run.
        call: the command; if it was killed here when its results were in place, it is completed.

    Attributes:
        results: where ``results.json`` goes.
        page: where ``report.html`` goes.
        completed: the same call had been killed, and now the folder holds all that it made.

    Raises:
        OutputError: it already holds a run, is a file, or cannot be written.
    """

    def __init__(self, path: Path, *, force: bool, call: str = "") -> None:
        self.path = path
        self.results, self.page = path / "results.json", path / "report.html"
        self._force, self._call = force, call
        if path.exists() and not path.is_dir():
            raise OutputError(f"{path} is a file; give a folder with --out")
        self.completed = call in clear_left(path) and not force
        if self.completed:
            return
        if not force and (self.results.exists() or self.page.exists()):
            raise OutputError(
                f"{path} already holds a run{self._stale_page()}; add --force to replace it, or give "
                "another --out"
            )
        require_writable(self.results)

    def write(self, results: str, page: str) -> None:
        """Put both files in place, ``results.json`` last; a run that is there by now is kept.

        Raises:
            OutputError: without ``force``, a run appeared meanwhile; or the folder cannot be written.
        """
        write_together(
            [
                Output(self.page, page.encode(), self._force),
                Output(self.results, results.encode(), self._force),
            ],
            call=self._call,
        )

    def _stale_page(self) -> str:
        with contextlib.suppress(OSError, ValueError, AttributeError, RecursionError):
            digest = json.loads(self.results.read_text(encoding="utf-8")).get("digest")
            if is_of_other_results(self.page, str(digest)):
                return (
                    ", and its report.html was drawn from other results (draw it anew with "
                    f"'calobench report {self.results}')"
                )
        return ""
