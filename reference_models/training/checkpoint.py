"""Atomic training checkpoints (``torch.load`` with ``weights_only=True``: nothing is unpickled)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from calobench._util.atomic import atomic_path

__all__ = ["CheckpointStore"]


class CheckpointStore:
    """One checkpoint file that is replaced as a whole, so that a kill never leaves half of one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def save(self, contents: dict[str, Any]) -> None:
        """Write, flush to disk, rename."""
        with atomic_path(self.path) as partial, partial.open("wb") as stream:
            torch.save(contents, stream)

    def load(self) -> dict[str, Any] | None:
        """The newest checkpoint, or None when there is none yet."""
        if not self.path.exists():
            return None
        contents: dict[str, Any] = torch.load(self.path, map_location="cpu", weights_only=True)
        return contents
