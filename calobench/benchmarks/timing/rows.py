"""The rows of the table of the field: each model on each device, for every energy and batch size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calobench.benchmarks.timing.beside_geant4 import Beside
from calobench.benchmarks.timing.cell import Cell
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.record import CallTime, TimingRow, ValueWithError
from calobench.benchmarks.timing.request import TimingRequest
from calobench.benchmarks.timing.statistics import Estimate, mean, median, ratio, reached
from calobench.benchmarks.timing.subject import Subject

__all__ = ["model_rows"]


def model_rows(
    subjects: Sequence[Subject],
    request: TimingRequest,
    beside: Beside | None,
    peak_flops: float | None,
) -> tuple[TimingRow, ...]:
    """All rows.

    Args:
        subjects: what was measured; Geant4 among it makes no row.
        request: what was asked for.
        beside: Geant4's times; None without Geant4.
        peak_flops: operations per second that the cores can do; None if unknown.
    """
    rng = np.random.default_rng(np.random.SeedSequence((request.seed, 3)))
    rows = [
        _row(subject, subject.task, cell, request, beside, peak_flops, rng)
        for subject in subjects
        if isinstance(subject.task, ModelTask)
        for cell in subject.cells
    ]
    return tuple(_with_best(rows, request.main_energy_mev))


def _row(
    subject: Subject,
    task: ModelTask,
    cell: Cell,
    request: TimingRequest,
    beside: Beside | None,
    peak_flops: float | None,
    rng: np.random.Generator,
) -> TimingRow:
    facts, point = subject.ready.facts, cell.point
    measured = cell.refusal is None
    own = median(cell.wall_s / point.batch, rng) if measured else None
    # Calls of one round are not independent: its mean is one value.
    cpu = mean(cell.cpu_s.mean(axis=1) / point.batch) if measured and task.on_cpu else None
    latency = measured and point.batch == 1 and request.threads == 1
    limit = None
    if facts.flops and facts.nfe and peak_flops and task.on_cpu:
        limit = 1e3 * facts.flops * facts.nfe / peak_flops
    return TimingRow(
        model=task.model,
        description=facts.description,
        device=task.device,
        device_name=facts.device,
        energy_mev=point.energy_mev,
        batch_size=point.batch,
        threads=request.threads,
        scenarios=("latency",) if latency else (),
        nfe=facts.nfe,
        parameters=facts.parameters,
        flops=facts.flops,
        backend=facts.backend,
        load_s=subject.ready.load_s,
        cold_ms=1e3 * cell.cold_s if cell.cold_s else None,
        time=_call_time(cell, own, cpu, request.precision) if own else None,
        refusal=cell.refusal,
        limit_ms=limit,
        peak_memory_bytes=cell.peak_bytes if measured else None,
        peak_device_memory_bytes=cell.peak_device_bytes if measured else None,
        speed_up=_speed_up(beside, point.energy_mev, own, callbacks=False),
        speed_up_callbacks=_speed_up(beside, point.energy_mev, own, callbacks=True),
        speed_up_cpu=_speed_up(beside, point.energy_mev, cpu, callbacks=False),
    )


def _call_time(cell: Cell, own: Estimate, cpu: Estimate | None, precision: float) -> CallTime:
    wall, of_cpu = cell.wall_s / cell.point.batch, cell.cpu_s / cell.point.batch
    low, high, tail = 1e3 * np.quantile(wall, (0.25, 0.75, 0.9))
    return CallTime(
        calls=wall.size,
        rounds=len(wall),
        median_ms=1e3 * own.value,
        error_ms=1e3 * own.error,
        quartiles_ms=(float(low), float(high)),
        p90_ms=float(tail),
        mean_ms=1e3 * float(wall.mean()),
        cpu_ms=1e3 * float(of_cpu.mean()),
        cpu_error_ms=None if cpu is None else 1e3 * cpu.error,
        cpu_efficiency=float(of_cpu.sum() / wall.sum()),
        precision_reached=reached(own, len(wall), precision),
    )


def _speed_up(
    beside: Beside | None, energy_mev: float, own: Estimate | None, *, callbacks: bool
) -> ValueWithError | None:
    if beside is None or own is None:
        return None
    quotient = ratio(beside.seconds(energy_mev, callbacks=callbacks), own)
    return ValueWithError(value=quotient.value, error=quotient.error)


def _with_best(rows: Sequence[TimingRow], main_energy_mev: float) -> list[TimingRow]:
    """Mark the best batch of each model on each device."""
    best: dict[tuple[str, str], tuple[float, int]] = {}
    for index, row in enumerate(rows):
        if row.time is not None and row.energy_mev == main_energy_mev:
            candidate = (row.time.median_ms, index)
            key = (row.model, row.device)
            best[key] = min(best.get(key, candidate), candidate)
    chosen = {index for _, index in best.values()}
    return [
        row.model_copy(update={"scenarios": (*row.scenarios, "throughput")})
        if index in chosen
        else row
        for index, row in enumerate(rows)
    ]
