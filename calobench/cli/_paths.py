"""The type of arguments that name a file or a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["FilePath"]


class FilePath(click.Path):
    """A :class:`~pathlib.Path`, whether something is there or not; an empty name is refused.

    Pathlib takes the empty name, such as that of a shell variable that is not set, for the present folder.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See :meth:`click.ParamType.convert`."""
        if value == "":
            self.fail("the name is empty; give that of a file or a folder", param, ctx)
        return super().convert(value, param, ctx)
