"""The tables of ``calobench time`` on a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from calobench.benchmarks.timing.record import TimingResults, TimingRow, ValueWithError

__all__ = ["timing_tables"]

_NONE = "-"
_MODELS_A_TABLE = 4


def timing_tables(timing: TimingResults) -> Iterator[Table]:
    """The cost per shower at the main energy, what the models are, and how it goes with energy."""
    yield _main(timing)
    yield _models(timing)
    if len(timing.settings.energies_mev) > 1:
        names = list(dict.fromkeys(_name(row) for row in timing.rows))
        for start in range(0, len(names), _MODELS_A_TABLE):
            yield _by_energy(timing, names[start : start + _MODELS_A_TABLE])


def _new(title: str, caption: str, *columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, caption=caption, box=box.SIMPLE, padding=(0, 1, 0, 0))
    for index, column in enumerate(columns):
        if index == 0:
            table.add_column(column, overflow="fold")
        else:
            table.add_column(column, justify="right", no_wrap=True)
    return table


def _main(timing: TimingResults) -> Table:
    settings = timing.settings
    table = _new(
        f"{settings.detector}, {settings.main_energy_mev / 1e3:g} GeV photons, "
        f"{settings.threads} thread{'s' if settings.threads > 1 else ''}: time per shower",
        "L: latency, one shower on one thread; T: throughput, best batch; *: precision of "
        f"{100 * settings.precision:.2g} % not reached\n"
        "speed-up: CPU time of Geant4 without Python callbacks over the median ms; "
        "by CPU: over the mean CPU time",
        "model", "batch", "", "ms", "IQR", "CPU ms", "first", "speed-up", "by CPU",
    )  # fmt: skip
    for row in _main_rows(timing):
        marks = "".join(scenario[0].upper() for scenario in row.scenarios)
        name = (_name(row), str(row.batch_size), marks)
        if row.time is None:
            table.add_row(*name, *(6 * [_NONE]))
            continue
        low, high = row.time.quartiles_ms
        star = "" if row.time.precision_reached else "*"
        table.add_row(
            *name,
            f"{_digits(row.time.median_ms)}{star}",
            _digits(high - low, 2),
            _digits(row.time.cpu_ms),
            _NONE if row.cold_ms is None else _digits(row.cold_ms),
            _with_error(row.speed_up),
            _with_error(row.speed_up_cpu),
        )
    for energy in timing.geant4.energies if timing.geant4 else ():
        if energy.energy_mev == settings.main_energy_mev:
            star = "" if energy.precision_reached else "*"
            table.add_row(
                "Geant4+Python" if energy.callbacks else "Geant4", "1", "",
                f"{_digits(energy.wall_ms)}{star}", "", _digits(energy.mean_ms),
                _digits(energy.cold_ms), "", "",
            )  # fmt: skip
    return table


def _models(timing: TimingResults) -> Table:
    peak = timing.machine.peak_flops
    table = _new(
        "The models",
        "limit: FLOPs over what the cores reach in a product of matrices"
        + (f", {peak / 1e9:.3g} GFLOP/s" if peak else ""),
        "model", "batch", "NFE", "parameters", "MFLOP", "limit ms", "load s", "memory",
    )  # fmt: skip
    for row in _main_rows(timing):
        on_device = row.peak_device_memory_bytes
        memory = [
            _NONE if row.peak_memory_bytes is None else f"{row.peak_memory_bytes / 2**20:.0f} MiB",
            *([] if on_device is None else [f"{on_device / 2**20:.0f} on GPU"]),
        ]
        table.add_row(
            _name(row),
            str(row.batch_size),
            _or_none(row.nfe),
            _or_none(row.parameters),
            _NONE if row.flops is None else _digits(row.flops / 1e6),
            _NONE if row.limit_ms is None else _digits(row.limit_ms),
            _digits(row.load_s),
            ", ".join(memory),
        )
    return table


def _by_energy(timing: TimingResults, names: Sequence[str]) -> Table:
    smallest = min(row.batch_size for row in timing.rows)
    rows = [row for row in timing.rows if row.batch_size == smallest]
    bare = {
        energy.energy_mev: energy
        for energy in (timing.geant4.energies if timing.geant4 else ())
        if not energy.callbacks
    }
    table = _new(
        f"By incident energy, batch {smallest}: ms per shower" + (" and speed-up" if bare else ""),
        "",
        "GeV",
        *(["Geant4 ms"] if bare else []),
        *names,
    )
    for mev in timing.settings.energies_mev:
        geant4 = bare.get(mev)
        cells = [_plus_minus(geant4.mean_ms, geant4.error_ms)] if geant4 else []
        for name in names:
            row = next(r for r in rows if _name(r) == name and r.energy_mev == mev)
            ms = _NONE if row.time is None else _digits(row.time.median_ms)
            cells.append(f"{ms} x{_digits(row.speed_up.value)}" if row.speed_up else ms)
        table.add_row(f"{mev / 1e3:g}", *cells)
    return table


def _name(row: TimingRow) -> str:
    return row.model if row.device == "cpu" else f"{row.model} {row.device}"


def _main_rows(timing: TimingResults) -> list[TimingRow]:
    return [row for row in timing.rows if row.energy_mev == timing.settings.main_energy_mev]


def _with_error(value: ValueWithError | None) -> str:
    if value is None:
        return _NONE
    return _plus_minus(value.value, value.error)


def _or_none(value: int | None) -> str:
    return _NONE if value is None else f"{value:,}"


def _plus_minus(value: float, error: float) -> str:
    """Two digits of the error, the value with as many decimals."""
    if not error > 0:
        return _digits(value)
    decimals = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:,.{decimals}f}±{error:,.{decimals}f}"


def _digits(value: float, digits: int = 3) -> str:
    """Significant digits without powers of ten."""
    rounded = float(f"{value:.{digits - 1}e}")
    return f"{rounded:,.0f}" if abs(rounded) >= 10 ** (digits - 1) else f"{rounded:.{digits}g}"
