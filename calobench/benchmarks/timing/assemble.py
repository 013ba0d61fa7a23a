"""From what was measured to the records of :mod:`calobench.benchmarks.timing.record`."""

from __future__ import annotations

from collections.abc import Sequence

from calobench.benchmarks.timing.beside_geant4 import Beside
from calobench.benchmarks.timing.model_task import ModelTask
from calobench.benchmarks.timing.record import (
    TimedQuality,
    TimingMachine,
    TimingResults,
    TimingSettings,
)
from calobench.benchmarks.timing.request import TimingRequest
from calobench.benchmarks.timing.rows import model_rows
from calobench.benchmarks.timing.subject import Machine, Subject
from calobench.benchmarks.timing.validity import Usage, advise, judge_validity, others_busy
from calobench.harness.provenance import provenance

__all__ = ["assemble"]


def assemble(
    request: TimingRequest,
    subjects: Sequence[Subject],
    machine: Machine,
    created_utc: str,
    wall_s: float,
    quality: tuple[TimedQuality, ...] = (),
) -> TimingResults:
    """Put the results together.

    Args:
        request: what was asked for.
        subjects: what was measured.
        machine: where.
        created_utc: when it began.
        wall_s: how long it took.
        quality: of the models.
    """
    beside = Beside.of(subjects, request)
    usages = [_usage(subject, request) for subject in subjects]
    others = others_busy(machine.before, machine.after, machine.own_cpu_s)
    cores = len(machine.after.busy_s) or len(machine.placement.cores)
    return TimingResults(
        created_utc=created_utc,
        wall_s=wall_s,
        settings=_settings(request),
        rows=model_rows(subjects, request, beside, machine.peak_flops),
        geant4=beside.record if beside else None,
        machine=_machine(machine, cores, others, sum(usage.switches for usage in usages)),
        invalid=judge_validity(machine.before, machine.after, machine.placement, usages),
        notes=advise(machine.placement, request.threads, others, cores),
        failures=tuple(failure for subject in subjects for failure in _failures(subject)),
        quality=quality,
    )


def _failures(subject: Subject) -> list[str]:
    """Failures of one process, each reason once, with the cells that lack something for it."""
    # Geant4 is compared as a whole: whatever keeps one of its times from being known is told.
    everything = not isinstance(subject.task, ModelTask)
    places: dict[str, list[str]] = {}
    for cell in subject.cells:
        reason = cell.refusal if cell.failed or everything else cell.interruption
        if reason is not None:
            batch, gev = cell.point.batch, cell.point.energy_mev / 1e3
            places.setdefault(reason, []).append(f"batch {batch} at {gev:g} GeV")
    return [f"{subject.task.name}, {', '.join(where)}: {why}" for why, where in places.items()]


def _usage(subject: Subject, request: TimingRequest) -> Usage:
    cells = [cell for cell in subject.cells if cell.refusal is None]
    waited = [cell.waited_s for cell in cells]
    known = [seconds for seconds in waited if seconds is not None]
    return Usage(
        name=subject.task.name,
        threads=request.threads if isinstance(subject.task, ModelTask) else 1,
        wall_s=float(sum(cell.wall_s.sum() for cell in cells)),
        cpu_s=float(sum(cell.cpu_s.sum() for cell in cells)),
        waited_s=sum(known) if len(known) == len(waited) else None,
        switches=sum(cell.switches for cell in cells),
        on_cpu=subject.task.on_cpu,
        affinity=subject.end.affinity,
        torch_threads=subject.end.torch_threads,
    )


def _settings(request: TimingRequest) -> TimingSettings:
    return TimingSettings(
        detector=request.detector.name,
        geometry_hash=request.detector.geometry_hash,
        energies_mev=request.energies_mev,
        main_energy_mev=request.main_energy_mev,
        theta=request.particle.theta,
        phi=request.particle.phi,
        threads=request.threads,
        precision=request.precision,
        max_seconds=request.max_seconds,
        seed=request.seed,
        command=request.command,
    )


def _machine(machine: Machine, cores: int, others: float | None, switches: int) -> TimingMachine:
    made = provenance()
    cpus = sorted(machine.placement.cores)
    clocks = [
        [snapshot.frequency_mhz[cpu] for cpu in cpus if cpu in snapshot.frequency_mhz]
        for snapshot in (machine.before, machine.after)
    ]
    return TimingMachine(
        processor=made.machine["processor"],
        cores=cores,
        measured_on=tuple(cpus),
        pinned=machine.placement.pinned,
        load_before=machine.before.load,
        load_after=machine.after.load,
        others_busy_cores=others,
        switches=switches,
        frequency_mhz=(max(clocks[0]), max(clocks[1])) if all(clocks) else None,
        peak_flops=machine.peak_flops,
        system=made.machine["system"],
        versions=made.versions,
    )
