"""Pages and tables that are made of a result file, from its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import escalation_table
import rare_failures_table
from calibration_table import from_json, to_markdown

from calobench.report.publication.rounding import pdg_rounded

__all__ = ["diphoton_table", "escalation", "gate_calibration", "rare_failures", "timing_table"]

_PAIRS = {
    "half_separation": ("half of the pairs resolved at, mm", 1.0),
    "exactly_two": ("exactly two found, %", 100.0),
    "response": ("energy of the leading two / incident, %", 100.0),
    "fragments": ("energy outside them, %", 100.0),
    "separation": ("separation, reconstructed - true, mm", 1.0),
}
_SINGLES = {
    "response": "one photon: energy / incident, %",
    "resolution": "one photon: resolution, %",
    "split": "one photon: found as several, %",
}


def gate_calibration(result: Mapping[str, Any]) -> str:
    """The page ``docs/gate_calibration.md``."""
    return to_markdown(from_json(result))


def escalation(result: Mapping[str, Any]) -> str:
    """The page ``docs/escalation_calibration.md``."""
    rows = [escalation_table.Row(**one) for one in result["rows"]]
    return escalation_table.to_markdown(escalation_table.Escalations(**{**result, "rows": rows}))


def rare_failures(result: Mapping[str, Any]) -> str:
    """The page ``docs/rare_failures.md``."""
    rows = [rare_failures_table.Row(**one) for one in result["rows"]]
    return rare_failures_table.to_markdown(
        rare_failures_table.RareFailures(**{**result, "rows": rows})
    )


def diphoton_table(result: Mapping[str, Any]) -> str:
    """Model and Geant4 in the two-photon benchmark of a ``results.json``, one row per number."""
    benchmark = result["benchmarks"]["diphoton"]
    pairs = [benchmark[side]["pairs"] for side in ("reference", "model")]
    lines = [
        f"| | Geant4, {pairs[0]:,} pairs | `{result['model']['name']}`, {pairs[1]:,} pairs |",
        "|---|--:|--:|",
    ]
    metrics = {
        one["name"].removeprefix("diphoton."): one for one in benchmark["metrics"]["metrics"]
    }
    for name, (label, scale) in _PAIRS.items():
        one = metrics[name]
        geant4 = _measured(scale * one["reference"], scale * one["reference_error"])
        lines.append(
            f"| {label} | {geant4} | {_measured(scale * one['value'], scale * one['error'])} |"
        )
    for name, label in _SINGLES.items():
        both = [benchmark[f"single_{side}"][name] for side in ("reference", "model")]
        cells = [_measured(100 * one["value"], 100 * one["error"]) for one in both]
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _measured(value: float, error: float) -> str:
    rounded = pdg_rounded(value, error)
    return f"{rounded.value} ± {rounded.error}"


def timing_table(result: Mapping[str, Any]) -> str:
    """Geant4 and models of a ``timing.json`` at one energy, a row per batch size."""
    bare, scored = (
        next(one for one in result["geant4"]["energies"] if one["callbacks"] is callbacks)
        for callbacks in (False, True)
    )
    version = result["geant4"]["description"].split()[0]
    alone, with_scoring = (_measured(one["mean_ms"], one["error_ms"]) for one in (bare, scored))
    lines = [
        "| | evaluations | batch | CPU ms per shower | speed-up over Geant4 |",
        "|---|--:|--:|--:|--:|",
        f"| Geant4 {version} | | | {alone} ({with_scoring} with scoring in Python) | 1 |",
    ]
    for row in result["rows"]:
        speed = row["speed_up_cpu"]
        lines.append(
            f"| `{row['model']}` | {row['nfe']} | {row['batch_size']} | {row['time']['cpu_ms']:.3g} | "
            f"{_measured(speed['value'], speed['error'])} |"
        )
    return "\n".join(lines)
