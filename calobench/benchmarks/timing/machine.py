"""Statements of the machine about itself before and after: load, swap, throttling, stolen time.

Reading is apart from parsing, so that the parsers can be tested on any machine. Where the system
has no such file (not Linux, a sandbox) the entry is empty or None: no evidence.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Snapshot", "parse_cpu_list", "parse_stat", "parse_vmstat", "read_snapshot", "siblings"]

_PROC = Path("/proc")
_CPUS = Path("/sys/devices/system/cpu")
_HOT = ("core", "package")


@dataclass(frozen=True)
class Snapshot:
    """Counters of the machine at one moment.

    Attributes:
        time_s: monotonic clock.
        load: 1-minute load average; None if unknown.
        busy_s: time each CPU has worked since boot, s.
        stolen_s: time the hypervisor kept each CPU from working, s.
        swapped_pages: pages swapped in and out since boot; None if unknown.
        throttles: times each CPU was slowed down because it was hot.
        frequency_mhz: clock of each CPU now.
    """

    time_s: float
    load: float | None = None
    busy_s: Mapping[int, float] = field(default_factory=dict)
    stolen_s: Mapping[int, float] = field(default_factory=dict)
    swapped_pages: int | None = None
    throttles: Mapping[int, int] = field(default_factory=dict)
    frequency_mhz: Mapping[int, float] = field(default_factory=dict)


def read_snapshot() -> Snapshot:
    """The counters now."""
    busy, stolen = parse_stat(_read(_PROC / "stat"), os.sysconf("SC_CLK_TCK"))
    frequency = {}
    throttles = {}
    for cpu in busy:
        place = _CPUS / f"cpu{cpu}"
        if text := _read(place / "cpufreq" / "scaling_cur_freq"):
            frequency[cpu] = int(text) / 1e3
        counts = [_read(place / "thermal_throttle" / f"{kind}_throttle_count") for kind in _HOT]
        if any(counts):
            throttles[cpu] = sum(int(count or 0) for count in counts)
    try:
        load = os.getloadavg()[0]
    except OSError:
        load = None
    return Snapshot(
        time.monotonic(),
        load,
        busy,
        stolen,
        parse_vmstat(_read(_PROC / "vmstat")),
        throttles,
        frequency,
    )


def parse_stat(text: str, ticks_a_second: int) -> tuple[dict[int, float], dict[int, float]]:
    """Busy and stolen seconds of every CPU, from the text of ``/proc/stat``."""
    busy, stolen = {}, {}
    for line in text.splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            # user nice system idle iowait irq softirq steal; guest time is part of user and nice
            ticks = [int(value) for value in fields[:8]] + [0] * (8 - len(fields[:8]))
            cpu = int(name.removeprefix("cpu"))
            busy[cpu] = (sum(ticks[:3]) + ticks[5] + ticks[6]) / ticks_a_second
            stolen[cpu] = ticks[7] / ticks_a_second
    return busy, stolen


def parse_vmstat(text: str) -> int | None:
    """Pages swapped in and out since boot, from the text of ``/proc/vmstat``; None if it is silent."""
    values = dict(line.split()[:2] for line in text.splitlines() if len(line.split()) >= 2)
    counts = [int(values[name]) for name in ("pswpin", "pswpout") if name in values]
    return sum(counts) if counts else None


def parse_cpu_list(text: str) -> frozenset[int]:
    """``0,2-3`` as numbers."""
    cpus: set[int] = set()
    for part in text.strip().split(","):
        if part:
            low, _, high = part.partition("-")
            cpus |= set(range(int(low), int(high or low) + 1))
    return frozenset(cpus)


def siblings(cpu: int) -> frozenset[int]:
    """The CPUs that are hardware threads of the same core, without ``cpu`` itself."""
    text = _read(_CPUS / f"cpu{cpu}" / "topology" / "thread_siblings_list")
    return parse_cpu_list(text) - {cpu}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
