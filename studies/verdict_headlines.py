#!/usr/bin/env python3
"""The verdict on five samples side by side: two models that ship, two defects, and Geant4 itself.

    python studies/verdict_headlines.py --showers data_specs/training/FCCeeALLEGRO_train*.h5 \
        --out docs/verdict_headlines.json --page docs/verdict.md

Against the bundled reference of the detector, seed 1. Geant4's showers are real ones that the reference does
not hold. What is done is kept in the JSON: the same call again goes on where the last one ended.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from rising_defects import RISING

import calobench as cb
from calobench._util.atomic import write_text
from calobench.results.schema import Results
from calobench.showers import Showers
from calobench.verdict import verdict_of
from calobench.verdict.decision import decide

__all__ = ["Case", "cases", "on_page", "to_markdown"]

SEED = 1
BEGIN, END = "<!-- table: headlines -->\n", "\n<!-- end of table -->"


class Case(NamedTuple):
    """A sample.

    Attributes:
        name: for the table.
        n: showers.
        made: the name of a model, or what makes showers of Geant4's own.
    """

    name: str
    n: int
    made: str | Callable[[Showers, np.random.Generator], Showers]


def cases(n: int, few: int) -> tuple[Case, ...]:
    """The five, the model that takes longest with fewer showers.

    Args:
        n: showers.
        few: of ``full``.
    """
    defects = {one.name: one for one in RISING}
    scale, scrambled = defects["energy scale"], defects["showers scrambled in azimuth"]
    return (
        Case("Geant4", n, lambda showers, _: showers),
        Case("Geant4, energy + 3 %", n, lambda showers, rng: scale.inject(showers, 0.03, rng)),
        Case(
            "Geant4, scrambled in azimuth", n,
            lambda showers, rng: scrambled.inject(showers, 1.0, rng),
        ),
        Case("`distilled`", n, "distilled"),
        Case("`full`", few, "full"),
    )  # fmt: skip


def measured(case: Case, options: argparse.Namespace, pool: Showers) -> dict[str, Any]:
    """The verdict on one sample, as a row."""
    sample: Any = case.made
    name = "array"
    if not isinstance(case.made, str):
        rng = np.random.default_rng(SEED)
        sample = case.made(pool[rng.permutation(len(pool))[: case.n]], rng)
        name = case.name
    evaluated = cb.evaluate(
        sample, options.reference, detector=options.detector, n=case.n, name=name, seed=SEED,
        replicas=options.replicas,
    )  # fmt: skip
    return row_of(case.name, evaluated.results)


def row_of(name: str, results: Results) -> dict[str, Any]:
    """A row of the table, from results."""
    verdict = verdict_of(results)
    scores = {one.name: one for part in decide(results).parts for one in part.scores}
    return {
        "name": name,
        "n": results.run.n,
        "reference": results.reference.n,
        "seed": results.run.seed,
        "level": verdict.level.value,
        "sentence": verdict.sentence,
        "lights": {light.topic.value: light.level.value for light in verdict.lights},
        **{one: _pair(scores[one]) if one in scores else None for one in ("auc", "fpd")},
    }


def _pair(score: Any) -> list[float]:
    return [score.value, score.error]


def to_markdown(record: dict[str, Any]) -> str:
    """The table."""
    references = sorted({row["reference"] for row in record["rows"]})
    lines = [
        f"Against the {' or '.join(f'{n:,}' for n in references)} bundled showers of {record['detector']}, "
        f"seed {record['seed']}, for fast-sim-default (`studies/verdict_headlines.py`; 2 cores of an Intel "
        "Xeon with AVX-512). Geant4's showers, with a defect or without, are none of the reference's.",
        "",
        "| sample | N | verdict | AUC of trees | FPD |",
        "|---|--:|---|--:|--:|",
    ]
    for row in record["rows"]:
        auc, fpd = (
            ""
            if row[key] is None
            else f"{row[key][0]:.{digits}f} ± {row[key][1]:.{digits}f}".replace(
                "-", "\N{MINUS SIGN}"
            )
            for key, digits in (("auc", 3), ("fpd", 1))
        )
        lines.append(f"| {row['name']} | {row['n']:,} | {row['sentence']} | {auc} | {fpd} |")
    return "\n".join(lines)


def on_page(page: str, table: str) -> str:
    """The page with the table between its marks.

    Raises:
        SystemExit: it has none.
    """
    if BEGIN not in page or END not in page:
        sys.exit(f"the page has no {BEGIN.strip()}")
    head, rest = page.split(BEGIN, 1)
    return head + BEGIN + table + END + rest.split(END, 1)[1]


def main() -> None:
    """Measure what is not measured yet, and write JSON and page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--showers", type=Path, nargs="+", default=[])
    parser.add_argument("--detector", default="FCCeeALLEGRO")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--page", type=Path)
    parser.add_argument("-n", type=int, default=400)
    parser.add_argument("--few", type=int, default=120)
    parser.add_argument("--replicas", type=int, default=200)
    parser.add_argument("--reference", type=Path, help="in place of the bundled showers")
    parser.add_argument("--only", nargs="+", help="names of samples")
    parser.add_argument(
        "--results", nargs="+", default=[], metavar="NAME=results.json", help="runs that are there"
    )
    options = parser.parse_args()
    record: dict[str, Any] = {"detector": options.detector, "seed": SEED, "rows": []}
    if options.out.exists():
        record = json.loads(options.out.read_text(encoding="utf-8"))
    for given in options.results:
        name, _, path = given.partition("=")
        others = [row for row in record["rows"] if row["name"] != name]
        record["rows"] = [*others, row_of(name, cb.read_results(path).results)]
    done = {row["name"] for row in record["rows"]}
    if options.showers:
        pool = cb.read_showers(*options.showers, detector=options.detector)
        for case in cases(options.n, options.few):
            if case.name not in done and case.name in (options.only or [case.name]):
                record["rows"].append(measured(case, options, pool))
                write_text(options.out, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    if options.page:
        order = [case.name for case in cases(options.n, options.few)]
        record["rows"].sort(key=lambda row: order.index(row["name"]))
        write_text(options.out, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
        page = options.page.read_text(encoding="utf-8")
        write_text(options.page, on_page(page, to_markdown(record)))


if __name__ == "__main__":
    main()
