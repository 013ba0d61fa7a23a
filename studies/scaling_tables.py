"""Tables of ``docs/suite.md``, from ``docs/results/scaling.json`` and ``docs/results/suite.json``."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["bytes_table", "kills_table", "simulated_table", "speed_up_table", "suite_table"]


def _markdown(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def bytes_table(result: Mapping[str, Any]) -> str:
    """Beginnings of the SHA-256 of one file, made in many ways; one column per command."""
    sums = result["bytes"]["sha256"]
    ways = dict.fromkeys(way for column in sums.values() for way in column)
    rows = [
        [way, *(f"`{column[way][:12]}`" if way in column else "–" for column in sums.values())]
        for way in ways
    ]
    return _markdown(["SHA-256 begins", *(f"`{name}`" for name in sums)], rows)


def kills_table(result: Mapping[str, Any]) -> str:
    """Killed and lost work; one row per kind of work."""
    outcomes = [one for kills in result["kills"] for one in kills.values()]
    rows = []
    for what in dict.fromkeys(one["what"] for one in outcomes):
        same = [one for one in outcomes if one["what"] == what]
        kinds = dict.fromkeys(kind for one in same for kind in one["kills"])
        counts = {kind: sum(one["kills"].get(kind, 0) for one in same) for kind in kinds}
        sums = [str(sum(one[key] for one in same)) for key in ("shards", "lost", "twice", "left")]
        struck = ", ".join(f"{n} of {kind}" for kind, n in counts.items())
        rows.append([what, str(sum(counts.values())), struck, *sums])
    heads = ["running", "kills", "struck", "shards", "lost", "twice", "files left"]
    return _markdown(heads, rows)


def speed_up_table(result: Mapping[str, Any]) -> str:
    """Times of one and of two workers; of whole calls, where work and start are not yet told apart."""
    heads = ["", "1 worker, s", "2 workers, s", "speed-up"]
    one = result.get("speed_up")
    if one is None:
        rows = []
        for name, whole in result["costs"]["one_to_two"].items():
            walls = [statistics.median(whole["wall_s"][k]) for k in "12"]
            times = [f"{wall:.1f}" for wall in walls]
            wait = ", with a wait of 0.1 s per 100" if name == "waiting" else ""
            what = f"{whole['n']:,} cheap showers{wait}: most of it is the start of the program"
            rows.append([what, *times, f"{whole['speed_up']:.2f}"])
        return _markdown(heads, rows)
    ratio = one["speed_up"]
    spread = f"{ratio['least']:.2f} to {ratio['greatest']:.2f} in {one['rounds']} rounds"
    work, begin = ([f"{one[key][k]:.1f}" for k in "12"] for key in ("work_s", "begin_s"))
    what = f"{one['work_of']:,} showers of `{one['model']}`"
    return _markdown(
        heads,
        [
            [what, *work, f"{ratio['value']:.2f} ({spread})"],
            ["start and end of the program", *begin, ""],
        ],
    )


def simulated_table(result: Mapping[str, Any]) -> str:
    """Hours until the file is there, and hours of it that joining takes; one row per model and number."""
    curves = result["simulated"]["curves"]
    workers = (1, 10, 100, 1000)
    rows = []
    for model, n in dict.fromkeys((one["model"], one["n"]) for one in curves):
        walls = {one["workers"]: one for one in curves if (one["model"], one["n"]) == (model, n)}
        hours = [_hours(walls[k]["shards_s"] + walls[k]["join_s"]) for k in workers]
        rows.append([model, f"{n:,}", *hours, _hours(walls[1]["join_s"])])
    heads = [
        "showers of",
        "number",
        "1 worker",
        *(f"{k:,} workers" for k in workers[1:]),
        "joining",
    ]
    return _markdown(heads, rows)


def _hours(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:,.0f}" if hours >= 10 else f"{hours:.2f}"


def suite_table(result: Mapping[str, Any]) -> str:
    """Wall and CPU time of a suite anew, again, and from kept showers."""
    rows = [
        [
            "anew", str(result["runs"]), f"{result['first']['wall_s']:.0f}",
            f"{result['first']['cpu_s']:.0f}", f"0 of {result['calls']}",
        ],
        ["again", "0", f"{result['again']['wall_s']:.0f}", f"{result['again']['cpu_s']:.0f}", "–"],
        [
            "other replicas, one detector", str(len({row["model"] for row in result["rows"]})),
            f"{result['kept']['wall_s']:.0f}", f"{result['kept']['cpu_s']:.0f}",
            f"{result['hits']} of {result['hits'] + result['misses']}",
        ],
    ]  # fmt: skip
    return _markdown(
        ["call", "runs done", "wall time, s", "CPU time, s", "read from the cache"], rows
    )
