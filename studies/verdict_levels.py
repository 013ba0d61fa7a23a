#!/usr/bin/env python3
"""Error rates of the whole verdict on Geant4 itself, and the start of each level.

    python studies/verdict_levels.py energy --showers a.h5 b.h5 --out docs/verdict_levels.json
    python studies/verdict_levels.py null   --showers a.h5 b.h5 --out docs/verdict_levels.json --seconds 300
    python studies/verdict_levels.py levels --showers a.h5 b.h5 --out docs/verdict_levels.json --seconds 300

All showers are real Geant4 showers of one detector; their observables are computed once. What is done is
kept in the JSON: the same call again goes on where the last one ended. The verdict is that of
``calobench.verdict``, on results with all its parts but the network on the cells (minutes a trial).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from gate_calibration import read
from numpy.typing import NDArray
from rising_defects import RISING, Rising
from verdict_calibration import WASSERSTEIN, Pair, drawn, features
from verdict_levels_table import to_markdown

from calobench._util.atomic import write_text
from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.conditional.metrics import measure_quality
from calobench.evaluation.multivariate.evaluate import PERMUTATIONS, evaluate_multivariate
from calobench.evaluation.univariate.energy_dependence import energy_averages, energy_dependence
from calobench.evaluation.univariate.evaluate import evaluate
from calobench.observables import FeatureTable, all_observables
from calobench.results.schema import Results
from calobench.results.significance import ALPHA
from calobench.results.store import read_results
from calobench.showers import Showers
from calobench.verdict import load_use, use_names, verdict_of
from calobench.verdict.decision import decide
from calobench.verdict.energy import ratio_tests
from calobench.verdict.parts import part_level

Array = NDArray[np.float64]
Task = Callable[[], dict[str, Any]]

SHELL = Path(__file__).parents[1] / "reports/samples/distilled-FCCeeALLEGRO/results.json"
"""Results whose numbers are replaced: the rest of a run."""

NULL_SIZES = 60, 120
LEVEL_SIZES = 200, 200
LARGE_SIZES, LARGER_SIZES = (1000, 1000), (1700, 1700)
LARGE = {
    **{place: (defect, LARGE_SIZES) for place, defect in enumerate(RISING)},
    **dict.fromkeys(range(10, 14), (RISING[0], LARGE_SIZES)),
    **dict.fromkeys(range(20, 22), (RISING[0], LARGER_SIZES)),
}
"""Defects in their smallest sizes, by number of the trial: only many showers show that these are small. The
first one with other showers too: fit is said only of some samples. The larger ones take the bundled reference
among ``--showers``."""
ENERGY_SIZES = ((30, 30), (60, 120), (240, 240), (400, 1000))
ENERGY_TRIALS = 2000


@cache
def shell() -> Results:
    """A run of which all that is measured is replaced."""
    return read_results(SHELL).model_copy(
        update={"benchmarks": {}, "verdict": None, "warnings": (), "sample": None}
    )


def compared(pair: Pair, detector: DetectorSpec, seed: int) -> Results:
    """Results of a run on two samples, without pictures and the network on the cells."""
    observables = all_observables()
    scored = evaluate(
        pair.reference, pair.model, detector, observables, paired=pair.paired,
        seed=np.random.SeedSequence((seed, 1)), bootstrap_replicas=20, permuted=PERMUTATIONS,
        level=part_level(ALPHA), scores=(WASSERSTEIN,), workers=1,
    )  # fmt: skip
    many = evaluate_multivariate(
        pair.reference, pair.model, detector, paired=pair.paired,
        seed=np.random.SeedSequence((seed, 3)), replicas=2,
    )  # fmt: skip
    n, m = len(pair.reference), len(pair.model)
    return shell().model_copy(
        update={
            "observables": scored.observables,
            "families": scored.families,
            "energy_dependence": energy_dependence(pair.reference, pair.model, seed=(seed, 2)),
            "quality": measure_quality(pair.reference, pair.model, detector, observables),
            "multivariate": many,
            "run": shell().run.model_copy(
                update={"n": m, "null_replicas": PERMUTATIONS, "copied_showers": 0, "alpha": ALPHA}
            ),
            "reference": shell().reference.model_copy(update={"n": n}),
        }
    )


def null_trial(table: FeatureTable, detector: DetectorSpec, number: int) -> dict[str, Any]:
    """One trial of Geant4 against Geant4: every second one with common conditions."""
    rng = np.random.default_rng((20, number))
    pair = drawn(table, *NULL_SIZES, rng, paired=number % 2 == 0)
    results = compared(pair, detector, number)
    verdict, decision = verdict_of(results), decide(results)
    close = results.multivariate.closeness if results.multivariate else None
    return {
        "trial": number,
        "level": verdict.level.value,
        "sentence": verdict.sentence,
        "parts": {part.name: part.p_value for part in decision.parts},
        "close": None if close is None else close.p_value,
    }


def level_trial(
    showers: Showers,
    detector: DetectorSpec,
    defect: Rising,
    size: float,
    number: int,
    sizes: tuple[int, int] = LEVEL_SIZES,
) -> dict[str, Any]:
    """The verdict on one sample with a defect of one size."""
    rng = np.random.default_rng((30, number))
    rows = rng.permutation(len(showers))
    n, m = sizes
    chosen = showers[rows[n : n + m]]
    pair = Pair(
        features(showers[rows[:n]], detector),
        features(defect.inject(chosen, size, rng), detector),
        paired=False,
    )
    results = compared(pair, detector, number)
    verdict = verdict_of(results)
    scores = {s.name: s for s in results.multivariate.scores} if results.multivariate else {}
    return {
        "task": number,
        "defect": defect.name,
        "size": defect.words(size),
        "sizes": list(sizes),
        "level": verdict.level.value,
        "reason": verdict.reason,
        "auc": scores["auc"].value if "auc" in scores else None,
        "fpd": scores["fpd"].value if "fpd" in scores else None,
        "uses": {name: verdict_of(results, load_use(name)).level.value for name in use_names()},
    }


def energy_rows(table: FeatureTable) -> Iterator[dict[str, Any]]:
    """Fraction of trials in which mean response and resolution object to Geant4, by size and mode."""
    response = FeatureTable(table.conditions, {"response": table.scalars["response"]}, {})
    level = part_level(ALPHA)
    for sizes in ENERGY_SIZES:
        for paired in (False, True):
            rng = np.random.default_rng((10, *sizes, int(paired)))
            pulls: dict[str, list[float]] = {"response": [], "resolution": []}
            objections = at_five = 0
            for _ in range(ENERGY_TRIALS):
                pair = drawn(response, *sizes, rng, paired=paired)
                averages = energy_averages(pair.reference, pair.model)
                tests = ratio_tests(averages, min(sizes))
                objections += bool(tests and len(tests) * tests[0].p_value <= level)
                at_five += bool(tests and len(tests) * tests[0].p_value <= 0.05)
                for one in tests:
                    pulls[one.quantity].append(one.log_ratio / one.error)
            yield {
                "sizes": list(sizes), "paired": paired, "trials": ENERGY_TRIALS,
                "objections": objections, "at_0.05": at_five,
                "pulls": {
                    name: {
                        "sd": float(np.std(values)),
                        "beyond_2": float(np.mean(np.abs(values) > 2)),
                        "p_999": float(np.quantile(np.abs(values), 0.999)),
                    }
                    for name, values in pulls.items()
                },
            }  # fmt: skip


def main() -> None:
    """Do a piece, and write the JSON and the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("piece", choices=["energy", "null", "levels", "large", "page"])
    parser.add_argument("--showers", type=Path, nargs="+", default=[])
    parser.add_argument("--detector", default="FCCeeALLEGRO")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--seconds", type=float, default=300.0, help="Processor time of this piece."
    )
    parser.add_argument("--trials", type=int, default=1000)
    options = parser.parse_args()
    record: dict[str, Any] = {"energy": [], "null": [], "levels": [], "large": []}
    if options.out.exists():
        record |= json.loads(options.out.read_text(encoding="utf-8"))
    if options.piece != "page":
        detector = load_detector(options.detector)
        showers = read(options.showers, detector)
        record |= {
            "detector": detector.name, "showers": len(showers), "alpha": ALPHA, "permutations": PERMUTATIONS,
            "null_sizes": list(NULL_SIZES), "level_sizes": list(LEVEL_SIZES),
        }  # fmt: skip
        table = None if options.piece in ("levels", "large") else features(showers, detector)
        if options.piece == "energy" and table is not None:
            record["energy"] = list(energy_rows(table))
        elif table is not None:
            trials = {k: partial(null_trial, table, detector, k) for k in range(options.trials)}
            _until(options, record, "null", "trial", trials)
        elif options.piece == "large":
            large = {
                k: partial(level_trial, showers, detector, defect, defect.sizes[0], k, sizes)
                for k, (defect, sizes) in LARGE.items()
                if sum(sizes) <= len(showers)
            }
            _until(options, record, "large", "task", large)
        else:
            _until(options, record, "levels", "task", _level_tasks(showers, detector))
    _write(record, options.out)


def _level_tasks(showers: Showers, detector: DetectorSpec) -> dict[int, Task]:
    """Every defect in every size, by number; one size of all defects before the next."""
    tasks: dict[int, Task] = {}
    for place in (1, 3, 2, 0):
        for k, defect in enumerate(RISING):
            number = len(defect.sizes) * k + place
            size = defect.sizes[place]
            tasks[number] = partial(level_trial, showers, detector, defect, size, number)
    return tasks


def _until(
    options: argparse.Namespace,
    record: dict[str, Any],
    name: str,
    key: str,
    tasks: Mapping[int, Task],
) -> None:
    """Do tasks that are not done yet, until the time is over; each is kept at once."""
    start = time.monotonic()
    done = {row[key] for row in record[name]}
    for number, task in tasks.items():
        if number in done:
            continue
        if time.monotonic() - start > options.seconds:
            break
        record[name] = sorted([*record[name], task()], key=lambda row: row[key])
        _write(record, options.out)


def _write(record: dict[str, Any], out: Path) -> None:
    levels = [row["level"] for row in record["null"]]
    record["of_geant4"] = {
        "trials": len(levels),
        "indistinguishable": levels.count("indistinguishable"),
    }
    # Whole or not at all: a piece may be ended while it writes.
    write_text(out, json.dumps(record, indent=1) + "\n")
    write_text(out.with_suffix(".md"), to_markdown(record))


if __name__ == "__main__":
    main()
