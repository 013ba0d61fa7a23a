"""Geant4's own times: what a model's time is compared with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from calobench.benchmarks.timing.cell import Cell
from calobench.benchmarks.timing.geant4_task import Geant4Task
from calobench.benchmarks.timing.record import Geant4Energy, Geant4Timing, ValueWithError
from calobench.benchmarks.timing.request import TimingRequest
from calobench.benchmarks.timing.statistics import Estimate, mean, paired_fraction, reached
from calobench.benchmarks.timing.subject import Subject

__all__ = ["Beside"]


@dataclass(frozen=True)
class Beside:
    """Geant4 as measured in the same rounds.

    CPU time is compared, not wall time: where Geant4 had to wait for its core, that must not count
    as speed of the model.

    Attributes:
        record: for the results.
        cells: measured cells by (energy in MeV, callbacks).
    """

    record: Geant4Timing
    cells: dict[tuple[float, bool], Cell]

    @classmethod
    def of(cls, subjects: Iterable[Subject], request: TimingRequest) -> Beside | None:
        """Results of Geant4's two processes; None if it was not asked for, or not all of it measured."""
        cells: dict[tuple[float, bool], Cell] = {}
        energies = []
        description, load_s = "", 0.0
        for subject in subjects:
            task = subject.task
            if not isinstance(task, Geant4Task):
                continue
            description, load_s = subject.ready.facts.description, subject.ready.load_s
            for cell in subject.cells:
                if cell.refusal is not None:
                    return None
                cells[cell.point.energy_mev, task.callbacks] = cell
                energies.append(_energy(cell, request.precision, callbacks=task.callbacks))
        if not cells:
            return None
        main = request.main_energy_mev
        bare, whole = (cells[main, callbacks].cpu_s.ravel() for callbacks in (False, True))
        both = min(len(bare), len(whole))
        fraction = paired_fraction(bare[:both], whole[:both])
        record = Geant4Timing(
            description=description,
            load_s=load_s,
            energies=tuple(sorted(energies, key=lambda entry: (entry.callbacks, entry.energy_mev))),
            callback_share=ValueWithError(value=fraction.value, error=fraction.error),
        )
        return cls(record, cells)

    def seconds(self, energy_mev: float, *, callbacks: bool) -> Estimate:
        """CPU time of a shower, s."""
        return mean(self.cells[energy_mev, callbacks].cpu_s.ravel())


def _energy(cell: Cell, precision: float, *, callbacks: bool) -> Geant4Energy:
    cpu, wall = cell.cpu_s.ravel(), cell.wall_s.ravel()
    mean_s = mean(cpu)
    return Geant4Energy(
        energy_mev=cell.point.energy_mev,
        callbacks=callbacks,
        showers=len(cpu),
        mean_ms=1e3 * mean_s.value,
        error_ms=1e3 * mean_s.error,
        std_ms=1e3 * float(np.std(cpu, ddof=1)),
        wall_ms=1e3 * float(wall.mean()),
        cpu_efficiency=float(cpu.sum() / wall.sum()),
        cold_ms=1e3 * cell.cold_s,
        precision_reached=reached(mean_s, len(cell.wall_s), precision),
    )
