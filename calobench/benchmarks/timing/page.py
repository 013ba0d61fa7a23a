"""The cost per shower, on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench.benchmarks.timing.figures import draw_time_against_energy
from calobench.benchmarks.timing.figures_field import (
    draw_pareto,
    draw_time_against_nfe,
    quality_points,
    rows_with_nfe,
)
from calobench.benchmarks.timing.record import (
    Geant4Energy,
    TimingResults,
    TimingRow,
    ValueWithError,
)
from calobench.report.figures.style import plot_style
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import duration, energy, grouped, measured, number, percent, size
from calobench.results.schema import Results

__all__ = ["SECTION"]

_TEMPLATE = Path(__file__).with_name("page.html.j2")

_NONE = "–"


class _Time(NamedTuple):
    """A row of the table of times."""

    name: str
    device: str
    batch: str
    scenario: str
    time: str
    quartiles: str
    tail: str
    cold: str
    cpu: str
    speed_up: str
    speed_up_callbacks: str
    speed_up_cpu: str


class _Cost(NamedTuple):
    """A row of the table of what that takes."""

    name: str
    device: str
    batch: str
    backend: str
    nfe: str
    parameters: str
    flops: str
    limit: str
    load: str
    memory: str


class _Plot(NamedTuple):
    title: str
    svg: Markup
    note: str


def _context(results: Results) -> Mapping[str, object] | None:
    timing = results.benchmark("timing", TimingResults)
    if timing is None:
        return None
    settings, machine = timing.settings, timing.machine
    main = [row for row in timing.rows if row.energy_mev == settings.main_energy_mev]
    refused = [
        f"{row.model} on {row.device}, batch {row.batch_size}: {row.refusal}"
        for row in timing.rows
        if row.refusal is not None
    ]
    return {
        "invalid": timing.invalid,
        "notes": (*timing.failures, *timing.notes),
        "refused": refused,
        "energy": energy(settings.main_energy_mev),
        "threads": "one thread" if settings.threads == 1 else f"{settings.threads} threads",
        "precision": f"{100 * settings.precision:.2g} %",
        "imprecise": any(row.time and not row.time.precision_reached for row in main),
        "machine": f"{machine.processor}, "
        f"CPU {', '.join(str(cpu) for cpu in machine.measured_on)} of {machine.cores}",
        "when": timing.created_utc,
        "command": settings.command,
        "geant4": timing.geant4,
        "callbacks": _callback_fraction(timing),
        "peak": None if machine.peak_flops is None else number(machine.peak_flops / 1e9),
        "times": [*_geant4_rows(timing), *(_time(row) for row in main)],
        "costs": [_cost(row) for row in main],
        "by_energy": _by_energy(timing),
        "plots": _plots(timing),
    }


def _callback_fraction(timing: TimingResults) -> str:
    if timing.geant4 is None:
        return ""
    fraction = timing.geant4.callback_share
    return percent(fraction.value, fraction.error)


def _time(row: TimingRow) -> _Time:
    name = (row.model, row.device, grouped(row.batch_size), " and ".join(row.scenarios))
    if row.time is None:
        return _Time(*name, "not measured", *(7 * [_NONE]))
    low, high = row.time.quartiles_ms
    star = "" if row.time.precision_reached else "*"
    return _Time(
        *name,
        measured(row.time.median_ms, row.time.error_ms) + star,
        f"{number(low)} to {number(high)}",
        number(row.time.p90_ms),
        _NONE if row.cold_ms is None else number(row.cold_ms),
        number(row.time.cpu_ms),
        _times(row.speed_up),
        _times(row.speed_up_callbacks),
        _times(row.speed_up_cpu),
    )


def _times(value: ValueWithError | None) -> str:
    return _NONE if value is None else measured(value.value, value.error)


def _geant4_rows(timing: TimingResults) -> list[_Time]:
    entries = timing.geant4.energies if timing.geant4 else ()
    return [
        _geant4_row(entry)
        for entry in entries
        if entry.energy_mev == timing.settings.main_energy_mev
    ]


def _geant4_row(entry: Geant4Energy) -> _Time:
    star = "" if entry.precision_reached else "*"
    spread = f"σ = {number(entry.std_ms, 2)}"
    ones = ("", "1", "") if entry.callbacks else ("1", "", "1")
    return _Time(
        "Geant4, Python callbacks" if entry.callbacks else "Geant4",
        "cpu",
        "1",
        "",
        measured(entry.mean_ms, entry.error_ms) + star,
        spread,
        "",
        number(entry.cold_ms),
        number(entry.mean_ms),
        *ones,
    )


def _cost(row: TimingRow) -> _Cost:
    memory = [] if row.peak_memory_bytes is None else [size(row.peak_memory_bytes)]
    if row.peak_device_memory_bytes is not None:
        memory.append(f"{size(row.peak_device_memory_bytes)} on {row.device_name or row.device}")
    return _Cost(
        row.model,
        row.device,
        grouped(row.batch_size),
        row.backend or _NONE,
        _NONE if row.nfe is None else grouped(row.nfe),
        _NONE if row.parameters is None else grouped(row.parameters),
        _NONE if row.flops is None else number(row.flops / 1e6),
        _NONE if row.limit_ms is None else number(row.limit_ms),
        duration(row.load_s),
        ", ".join(memory) or _NONE,
    )


def _by_energy(timing: TimingResults) -> list[tuple[str, str, str, str]]:
    """(energy, model, time, speed-up) of the smallest batch; empty for a single energy."""
    if len(timing.settings.energies_mev) < 2:
        return []
    smallest = min((row.batch_size for row in timing.rows), default=1)
    rows = [row for row in timing.rows if row.batch_size == smallest and row.time is not None]
    rows.sort(key=lambda row: (row.energy_mev, row.model, row.device))
    return [
        (
            energy(row.energy_mev),
            row.model if row.device == "cpu" else f"{row.model}, {row.device}",
            measured(row.time.median_ms, row.time.error_ms) if row.time else _NONE,
            _times(row.speed_up),
        )
        for row in rows
    ]


def _plots(timing: TimingResults) -> list[_Plot]:
    at = energy(timing.settings.main_energy_mev)
    plots = []
    with plot_style():
        if any(row.time for row in timing.rows):
            title = "Time against incident energy"
            svg = inline_svg(draw_time_against_energy(timing), "timing-energy", f"{title}.")
            note = (
                "Smallest batch. Geant4 follows every particle, so that its time grows with energy."
            )
            plots.append(_Plot(title, svg, note))
        if rows_with_nfe(timing):
            title = "Time against network evaluations"
            svg = inline_svg(draw_time_against_nfe(timing), "timing-nfe", f"{title} at {at}.")
            note = (
                f"At {at}. Circles: CPU, squares: GPU; filled: smallest batch, open: larger ones."
            )
            plots.append(_Plot(title, svg, note))
        points = quality_points(timing)
        if len(points) > 1:
            title = "Quality against time"
            words = "; ".join(
                f"{p.label} {number(p.time_ms)} ms, {number(p.distance)}" for p in points
            )
            svg = inline_svg(draw_pareto(timing), "timing-pareto", f"{title} at {at}: {words}.")
            note = (
                "Mean over observables of Wasserstein-1, in units of the 95 % quantile that Geant4 "
                f"against Geant4 has, against time at {at}. Filled and joined: not beaten in both."
            )
            plots.append(_Plot(title, svg, note))
    return plots


SECTION = Section("timing", "What a shower costs", 90, _context, _TEMPLATE)
