"""The calibration of the levels as a page."""

from __future__ import annotations

from typing import Any

from scipy.stats import beta

__all__ = ["to_markdown"]

_PARTS = {
    "energy": "mean response and resolution",
    "together": "observables together",
    "alone": "classifier",
}
_ORDER = ("no verdict", "indistinguishable", "fit for use", "visible flaws", "unusable")


def to_markdown(record: dict[str, Any]) -> str:
    """Tables of what was measured so far."""
    lines = [
        "# Calibration of the levels of the verdict",
        "",
        f"`studies/verdict_levels.py`, {record['showers']} Geant4 showers of {record['detector']}, seeds in "
        f"the script, {record['permutations']} permutations, alpha {100 * record['alpha']:g} %. 2 cores of "
        "an Intel Xeon with AVX-512. All parts of the verdict are measured together but the network on "
        "cells, which has a sixth of alpha of its own. Trials draw from the same showers and overlap; "
        "intervals (95 %, exact) treat them as independent.",
    ]
    if record["null"]:
        lines += ["", *_null(record)]
    if record["energy"]:
        lines += ["", *_energy(record["energy"])]
    if record["levels"]:
        lines += ["", *_levels(record)]
    return "\n".join(lines) + "\n"


def _null(record: dict[str, Any]) -> list[str]:
    rows, (n, m) = record["null"], record["null_sizes"]
    total, level = len(rows), record["alpha"] / 6
    lines = [
        "## Geant4 against Geant4: the whole headline",
        "",
        f"{total} trials of {m} showers against {n}, without a common shower; every second trial with common "
        "conditions.",
        "",
        "| said of Geant4 | trials | 95 % interval |",
        "|---|--:|--:|",
    ]
    lines += [_fraction(name, sum(row["level"] == name for row in rows), total) for name in _ORDER]
    lines += ["", "| part objects, at a sixth of alpha | trials | 95 % interval |", "|---|--:|--:|"]
    parts = list(dict.fromkeys(name for row in rows for name in row["parts"]))
    for name in parts:
        values = [row["parts"][name] for row in rows if name in row["parts"]]
        lines.append(
            _fraction(
                _PARTS.get(name, name), sum(p <= level * (1 + 1e-9) for p in values), len(values)
            )
        )
    close = [row["close"] for row in rows if row["close"] is not None]
    lines.append(
        _fraction("closeness (neighbours)", sum(2 * p <= level for p in close), len(close))
    )
    lines += ["", "| part, p at most 5 % | trials | 95 % interval |", "|---|--:|--:|"]
    for name in parts:
        values = [row["parts"][name] for row in rows if name in row["parts"]]
        lines.append(_fraction(_PARTS.get(name, name), sum(p <= 0.05 for p in values), len(values)))
    lines.append(_fraction("closeness (neighbours)", sum(p <= 0.05 for p in close), len(close)))
    return lines


def _fraction(name: str, count: int, total: int) -> str:
    low = beta.ppf(0.025, count, total - count + 1) if count else 0.0
    high = beta.ppf(0.975, count + 1, total - count) if count < total else 1.0
    return f"| {name} | {count} of {total} | {100 * low:.1f} – {100 * high:.1f} % |"


def _energy(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "## Mean response and resolution",
        "",
        "How often the two together object to Geant4 (nominal 0.167 % and 5 %), and the spread of their "
        "pulls, which is 1 where errors are right.",
        "",
        "| reference, model | paired | objects | p at most 5 % | response: spread, beyond 2 | "
        "resolution: spread, beyond 2 |",
        "|---|---|--:|--:|--:|--:|",
    ]
    for row in rows:
        n, m = row["sizes"]
        pulls = [row["pulls"][name] for name in ("response", "resolution")]
        spreads = " | ".join(f"{p['sd']:.2f}, {100 * p['beyond_2']:.1f} %" for p in pulls)
        objects = 100 * row["objections"] / row["trials"]
        lines.append(
            f"| {n}, {m} | {'yes' if row['paired'] else 'no'} | {objects:.2f} % of {row['trials']} | "
            f"{100 * row['at_0.05'] / row['trials']:.1f} % | {spreads} |"
        )
    return lines


def _levels(record: dict[str, Any]) -> list[str]:
    n, m = record["level_sizes"]
    lines = [
        "## Where each level begins",
        "",
        f"{m} showers with the defect against {n} others of Geant4, one trial each, for fast-sim-default; "
        "in brackets what is said for energy-calibration where it is another level. "
        "Four sizes of each were fixed before (`studies/rising_defects.py`), "
        f"{len(record['levels'])} of 40 are measured so far. None is *fit for use*: tolerances of 3 to 10 % "
        "are not shown to be met by so few showers.",
        "",
        "| defect | size | level | reason | AUC | FPD |",
        "|---|--:|---|---|--:|--:|",
    ]
    lines += [_row(row) for row in record["levels"]]
    if record.get("large"):
        head = lines[4:6]
        for n, m in sorted({_sizes(row) for row in record["large"]}):
            lines += ["", f"Of {m:,} showers against {n:,}:", "", *head]
            lines += [_row(row, whole=True) for row in record["large"] if _sizes(row) == (n, m)]
    return lines


def _sizes(row: dict[str, Any]) -> tuple[int, int]:
    """Showers of Geant4 and with the defect."""
    n, m = row.get("sizes", (1000, 1000))
    return n, m


def _row(row: dict[str, Any], *, whole: bool = False) -> str:
    other = row["uses"].get("energy-calibration", row["level"])
    also = f" ({other})" if other != row["level"] else ""
    auc, fpd = (
        "" if row[name] is None else form.format(row[name])
        for name, form in (("auc", "{:.3f}"), ("fpd", "{:.2g}"))
    )
    reason = row["reason"] if whole else row["reason"].split(";")[0]
    return f"| {row['defect']} | {row['size']} | {row['level']}{also} | {reason} | {auc} | {fpd} |"
