"""False alarms and power of a history, and the time that a site takes.

    python studies/history.py --out docs/history.json

Null histories and steps are sequences of normal numbers with the errors that they are given; the test is
that of ``calobench.stats.change_points``. Writes numbers; ``studies/history_table.py`` makes the page.
"""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench.history.trends import ALPHA
from calobench.report.site.build import SiteRequest, build_site
from calobench.stats.change_points import (
    MIN_RUNS,
    Cusum,
    cusum,
    known_p_values,
    noise_of,
    permutation_p_value,
)

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "helpers"))
factory = importlib.import_module("history_factory")

Array = NDArray[np.float64]

HISTORIES = 1000
# Scores that a run with all benchmarks has; their levels add up to ALPHA.
SCORES = 20
LENGTHS = (10, 20, 50)
STEPS = (1, 2, 3)
SEED = 15


def noise_kinds(
    rng: np.random.Generator, n: int
) -> dict[str, tuple[Callable[[int], Array], Array]]:
    """Sequences without a change: (makes so many, their stated errors)."""
    equal, unequal = np.ones(n), rng.uniform(0.5, 2.0, n)
    tails = np.sqrt(3 / 5)  # Student's t with five degrees of freedom has a variance of 5/3
    return {
        "errors right": (lambda k: rng.standard_normal((k, n)), equal),
        "errors unequal": (lambda k: unequal * rng.standard_normal((k, n)), unequal),
        "errors 1.4 times too large": (lambda k: rng.standard_normal((k, n)) / 1.4, equal),
        "errors 1.5 times too small": (lambda k: 1.5 * rng.standard_normal((k, n)), equal),
        "long tails (Student, 5)": (lambda k: tails * rng.standard_t(5, (k, n)), equal),
    }


def called(values: Array, errors: Array, level: float) -> tuple[NDArray[np.bool_], Cusum]:
    """Sequences that are called changed, and the place; orders are only tried where it depends on them."""
    noise, sums = noise_of(len(errors)), cusum(values, errors)
    hit = known_p_values(sums.largest, errors, noise) <= level
    for index in np.flatnonzero(hit):
        hit[index] = permutation_p_value(values[index], errors, noise) <= level
    return hit, sums


def false_alarms(rng: np.random.Generator, histories: int) -> list[dict[str, Any]]:
    """Of one look at one score, and of one look at all scores of a history."""
    rows = []
    for n in LENGTHS:
        for kind, (make, errors) in noise_kinds(rng, n).items():
            one, _ = called(make(histories), errors, 0.01)
            every, _ = called(make(histories * SCORES), errors, ALPHA / SCORES)
            any_score = every.reshape(histories, SCORES).any(axis=1)
            rows.append(
                {
                    "runs": n,
                    "kind": kind,
                    "one score at 1 %": {"called": int(one.sum()), "of": histories},
                    "all scores": {"called": int(any_score.sum()), "of": histories},
                }
            )
    return rows


def every_night(rng: np.random.Generator, histories: int, nights: int) -> dict[str, Any]:
    """Histories that are looked at after every run: how many are ever called changed."""
    values = rng.standard_normal((histories * SCORES, nights))
    ever = np.zeros(histories, dtype=bool)
    for n in range(MIN_RUNS, nights + 1):
        now, _ = called(values[:, :n], np.ones(n), ALPHA / SCORES)
        ever |= now.reshape(histories, SCORES).any(axis=1)
    return {"nights": nights, "called": int(ever.sum()), "of": histories}


def power(rng: np.random.Generator, histories: int) -> list[dict[str, Any]]:
    """Steps of one score among all of them, by the number of runs after the step."""
    rows = []
    for n in LENGTHS:
        errors = np.ones(n)
        for after in (1, 3, 5, n // 2) if n > 10 else (1, 3, 5):
            for step in STEPS:
                values = rng.standard_normal((histories, n))
                values[:, n - after :] += step
                hit, made = called(values, errors, ALPHA / SCORES)
                near = hit & (np.abs(made.first - (n - after)) <= 2)
                rows.append(
                    {
                        "runs": n, "after": after, "step": step, "called": int(hit.sum()),
                        "within_2_runs": int(near.sum()), "of": histories,
                    }
                )  # fmt: skip
    return rows


def site_times() -> list[dict[str, Any]]:
    """Adding one run to a site of 1,000: CPU and wall time, s, from reading the store on."""
    rows = []
    for models, detectors in ((10, 5), (1, 1)):
        with tempfile.TemporaryDirectory() as place:
            names = [f"model{k}" for k in range(models)], [f"detector{k}" for k in range(detectors)]
            store = factory.fill(Path(place) / "history", factory.make_history(1000, *names))
            request = SiteRequest(Path(place) / "public")
            row: dict[str, Any] = {"models": models, "detectors": detectors, "runs": 1000}
            for what in ("all pages", "one run more"):
                wall, cpu = time.perf_counter(), time.process_time()
                build_site(store, store.read(), request)
                row[what] = {
                    "wall_s": round(time.perf_counter() - wall, 2),
                    "cpu_s": round(time.process_time() - cpu, 2),
                }
                if what == "all pages":
                    store.add(factory.make_record(names[0][0], names[1][0], day=5000))
            rows.append(row)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--histories", type=int, default=HISTORIES)
    given = parser.parse_args()
    rng = np.random.default_rng(SEED)
    document = {
        "machine": "2 cores of an Intel Xeon with AVX-512",
        "python": platform.python_version(),
        "seed": SEED,
        "histories": given.histories,
        "scores": SCORES,
        "alpha": ALPHA,
        "false_alarms": false_alarms(rng, given.histories),
        "every_night": every_night(rng, max(given.histories // 5, 1), 60),
        "power": power(rng, given.histories),
        "site": site_times(),
    }
    given.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
