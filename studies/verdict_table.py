"""The calibration of the verdict as a page."""

from __future__ import annotations

from typing import Any

__all__ = ["to_markdown"]

_RATES = (
    ("headline, before: binomial count, p ≤ 0.05", "headline_before", "5 %"),
    ("“probability less than 0.001”, before", "less_than_0.001_before", "0.1 %"),
    ("count by its own permutation distribution, p ≤ 0.05", "count_after", "≤ 5 %"),
    ("observables, family-wise p ≤ 0.05", "observables_at_0.05", "5 %"),
    ("observables, at their part of alpha", "observables_at_level", "0.25 %"),
    ("all together by exchange, p ≤ 0.05", "together_at_0.05", "5 %"),
    ("all together, at their part of alpha", "together_at_level", "0.25 %"),
    ("boosted trees, p ≤ 0.05", "trees_at_0.05", "5 %"),
    ("boosted trees, at their part of alpha", "trees_at_level", "0.25 %"),
    ("headline, after", "headline_after", "≤ 1 %"),
    ("resolution beyond 2 errors, before", "beyond_2_before", "4.6 %"),
    ("resolution beyond 2 errors, after", "beyond_2_after", "4.6 %"),
    ("worst observable worth less than Geant4's own", "worst_below_geant4", "5 %"),
)


def to_markdown(record: dict[str, Any]) -> str:
    """Tables of what was measured so far."""
    n, m = record["null_sizes"]
    lines = [
        "# Calibration of the verdict",
        "",
        f"`studies/verdict_calibration.py`, {record['showers']} Geant4 showers of {record['detector']}, seed "
        f"{record['seed']}, {record['permutations']} permutations. Geant4 against Geant4: {n} showers of "
        f"reference and {m} of the model; trials draw from the same showers and overlap, the intervals "
        "treat them as independent. The resolution is that of 240 and 240 showers, 40 a bin. "
        "The verdict's rate of false alarms is "
        f"{100 * record['alpha']:g} %, a {record['parts']}th of it for each part of the evidence.",
        "",
        "How often the whole headline is wrong, and where each of its levels begins: "
        "[verdict_levels.md](verdict_levels.md).",
        "",
        "## Geant4 against Geant4",
        "",
        *([record["note"], ""] if "note" in record else []),
        "| objects to Geant4 | nominal | paired | unpaired |",
        "|---|--:|--:|--:|",
    ]
    modes = [record.get("paired"), record.get("unpaired")]
    for words, key, nominal in _RATES:
        cells = [_rate(mode[key]) if mode else "" for mode in modes]
        lines.append(f"| {words} | {nominal} | {cells[0]} | {cells[1]} |")
    for words, key, form in (
        (
            "variance of the count (a binomial's is 0.0475 per observable)",
            "variance_of_count",
            "{:.1f}",
        ),
        ("observables above their null 95 %", "above_null_95", "{:.2%}"),
        ("mean resolution ratio, before", "resolution_before", "{:.3f}"),
        ("mean resolution ratio, after", "resolution_after", "{:.3f}"),
    ):
        cells = [form.format(mode[key]) if mode else "" for mode in modes]
        lines.append(f"| {words} | | {cells[0]} | {cells[1]} |")
    if "defects" in record:
        lines += ["", *_defects(record)]
    if "coverage" in record:
        lines += ["", *_coverage(record["coverage"])]
    return "\n".join(lines) + "\n"


def _rate(one: dict[str, Any]) -> str:
    if not one["of"]:
        return "not measured"
    low, high = one["interval"]
    return f"{one['count']} of {one['of']} ({100 * low:.1f} – {100 * high:.1f} %)"


def _coverage(rows: list[dict[str, Any]]) -> list[str]:
    shifts = sorted({row["shift"] for row in rows})
    lines = [
        "## Coverage of the intervals called 68 %",
        "",
        "Gaussian numbers of 150 and 300 showers, not paired, the second shifted: how often the interval "
        "holds the score expected at these N, and the mean error over the true spread of the score.",
        "",
        "| score | " + " | ".join(f"shift {shift:g} σ" for shift in shifts) + " |",
        "|---|" + "---|" * len(shifts),
    ]
    for score in dict.fromkeys(row["score"] for row in rows):
        cells = [
            f"{_rate(row['covered'])}, {row['error_over_spread']:.2f}"
            for shift in shifts
            for row in rows
            if row["score"] == score and row["shift"] == shift
        ]
        lines.append(f"| {score} | " + " | ".join(cells) + " |")
    return lines


def _defects(record: dict[str, Any]) -> list[str]:
    n, m = record["sizes"]
    level = record["alpha"] / record["parts"]
    lines = [
        "## What is said of defects",
        "",
        f"{m} showers with the defect against {n} of Geant4, other showers, one trial each. Before: the "
        "count of observables with p ≤ 0.05 against a binomial. After: observables that differ "
        "family-wise, all together (p), boosted trees (AUC, p), and what follows. Equivalent: Geant4 showers "
        "that the sample is worth, on average over the observables, and by the worst of them (in "
        "brackets what that of Geant4 is worth at least).",
        "",
        "| defect | p ≤ 0.05 | before | differ | smallest q | together | AUC | after | equivalent | worst |",
        "|---|--:|---|--:|--:|--:|--:|---|--:|--:|",
    ]
    for row in record["defects"]:
        before = "no difference is visible" if row["binomial"] >= 0.05 else "different"
        reasons = [
            words
            for words, p in (
                ("observables", row["family_p"]),
                ("together", row["together"]),
                ("trees", row["trees"]),
            )
            if p <= level
        ]
        after = f"different ({', '.join(reasons)})" if reasons else "no difference is seen"
        lines.append(
            f"| {row['defect']} | {row['objections']} of {row['tests']} | {before} | {row['differ']} | "
            f"{row['smallest_q']:.2g} | {row['together']:.2g} | {row['auc']:.3f} | {after} | "
            f"{row['equivalent']:.3g} | {row['worst']:.3g} ({row['worst_of_geant4']:.3g}) |"
        )
    return lines
