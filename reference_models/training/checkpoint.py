"""Atomic training checkpoints (``torch.load`` with ``weights_only=True``: nothing is unpickled)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from calobench._util.atomic import atomic_path
from calobench.errors import SpecError

__all__ = ["CheckpointStore", "require_same", "write_log"]


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


def write_log(path: Path, curve: Sequence[tuple[int, float, float]]) -> None:
    """The curve as CSV, replaced as a whole: step, training loss, validation loss of the average."""
    lines = ["step,training_loss,validation_loss", *(f"{s},{t!r},{v!r}" for s, t, v in curve)]
    with atomic_path(path) as partial:
        partial.write_text("\n".join(lines) + "\n")


def require_same(saved: str, now: str, path: Path) -> None:
    """Check that a checkpoint was made with the present configuration.

    Args:
        saved: its configuration, as JSON.
        now: the present one.
        path: of the checkpoint.

    Raises:
        SpecError: they differ; names the first key.
    """
    if saved == now:
        return
    before, after = (_flat(json.loads(text or "{}")) for text in (saved, now))
    differing = [k for k in before.keys() | after.keys() if before.get(k) != after.get(k)]
    if not differing:  # a key that is newer than the checkpoint, and not set
        return
    key = min(differing)
    raise SpecError(
        f"{path} was made with another configuration: {key} was {before.get(key)!r:.60} and is "
        f"{after.get(key)!r:.60}; restore it, or give another 'output'"
    )


def _flat(values: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(values, dict):
        return {prefix: values}
    parts = [_flat(v, f"{prefix}.{k}" if prefix else str(k)) for k, v in values.items()]
    return {key: value for part in parts for key, value in part.items()}
