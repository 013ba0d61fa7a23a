"""Keeps what trained classifiers say, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import numpy as np

from calobench._util.atomic import write_bytes
from calobench._util.damage import DAMAGED_ARRAYS
from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs

__all__ = ["TrainingStore"]


class TrainingStore:
    """One small file per training, in a hidden folder of the run.

    Args:
        folder: of the run.
        key: of all that decides what a training gives; another key is another folder.
    """

    _PREFIX = ".trainings-"

    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._place = folder / f"{self._PREFIX}{key}"

    def load(self, name: str, n_select: int, n_report: int) -> Outputs | None:
        """The outputs of the training of this name; None if there are none, or damaged ones.

        Args:
            name: of the training.
            n_select: showers that it must have been chosen with.
            n_report: showers that it must have judged.
        """
        try:
            with np.load(self._place / f"{name}.npz", allow_pickle=False) as content:
                outputs = Outputs(content["select"], content["report"], int(content["epoch"]))
        except DAMAGED_ARRAYS:
            return None
        whole = (outputs.select.shape, outputs.report.shape) == ((n_select,), (n_report,))
        whole = whole and bool(np.isfinite(np.concatenate(outputs[:2])).all())
        return outputs if whole else None

    def save(self, name: str, outputs: Outputs) -> None:
        """Keep what a training said.

        Raises:
            OutputError: the folder cannot be written.
        """
        content = io.BytesIO()
        np.savez(content, select=outputs.select, report=outputs.report, epoch=outputs.epoch)
        write_bytes(self._place / f"{name}.npz", content.getvalue())

    def clear(self) -> None:
        """Remove what all runs in this folder have kept."""
        for place in self._folder.glob(f"{self._PREFIX}*"):
            shutil.rmtree(place, ignore_errors=True)
