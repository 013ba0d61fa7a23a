#!/usr/bin/env python3
"""Error rates of the verdict on Geant4 itself, and its words on defects, before and after.

    python studies/verdict_calibration.py --showers a.h5 b.h5 --out docs/verdict_calibration

All showers are real Geant4 showers of one detector. In a trial reference and model are drawn from them
without a common shower. Paired trials take groups of showers of nearly the same energy, give all of a group
their mean energy and angles, and deal them at random to reference and model: exchanging them is then
as good as true. "Before" is what was said until then, from the same permutations: a binomial count of
observables with p <= 0.05 as if they were independent, and a resolution averaged with weights 1 / error^2.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from defects import DEFECTS, Defect, with_cells
from gate_calibration import clopper_pearson, read
from numpy.typing import NDArray
from scipy.stats import binom
from verdict_table import to_markdown

from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.multivariate.evaluate import evaluate_multivariate
from calobench.evaluation.univariate import Distributions, all_scores
from calobench.evaluation.univariate.energy_dependence import energy_dependence
from calobench.evaluation.univariate.evaluate import samples_of
from calobench.evaluation.univariate.uncertainty import scored
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.results.schema import EnergyBin
from calobench.results.significance import ALPHA
from calobench.showers import Conditions, Showers
from calobench.stats.family import adjusted_p_values, count_objections, own_p_values, studentised
from calobench.stats.multiple import benjamini_hochberg
from calobench.stats.permutation import permutations
from calobench.stats.resampling import as_they_are, bootstrap
from calobench.verdict.parts import PARTS, part_level

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

# Of both samples, and shifts in standard deviations, for the coverage of intervals.
COVERAGE_SIZES, SHIFTS = (150, 300), (0.0, 0.2, 0.5)

# Showers of both samples for the resolution: six bins.
FORTY_PER_BIN = 240, 240

# 1 / 500 is the level of a part.
PERMUTATIONS = 499
LEVEL = 0.05
WASSERSTEIN = next(one for one in all_scores() if one.name == "wasserstein")


class Pair(NamedTuple):
    """Two samples to compare."""

    reference: FeatureTable
    model: FeatureTable
    paired: bool


def features(showers: Showers, detector: DetectorSpec) -> FeatureTable:
    """Observables of all showers."""
    parts = [showers[slice(first, first + 500)] for first in range(0, len(showers), 500)]
    return FeatureTable.concatenate(
        [compute_features(part, detector, all_observables()) for part in parts]
    )


def with_conditions(table: FeatureTable, conditions: Conditions) -> FeatureTable:
    """The same observables of showers that are said to have other conditions."""
    return FeatureTable(conditions, table.scalars, table.profiles)


def drawn(table: FeatureTable, n: int, m: int, rng: np.random.Generator, *, paired: bool) -> Pair:
    """Reference and model without a common shower."""
    if not paired:
        rows = rng.permutation(len(table))
        return Pair(table.rows(rows[:n]), table.rows(rows[n : n + m]), paired)
    members = -(-m // n) + 1
    chosen = rng.permutation(len(table))[: n * members]
    by_energy = chosen[np.argsort(table.conditions.energy[chosen], kind="stable")]
    groups = rng.permuted(rng.permutation(by_energy.reshape(n, members)), axis=1)
    all_of = table.conditions
    conditions = Conditions(
        all_of.energy[groups].mean(axis=1),
        all_of.theta[groups].mean(axis=1),
        all_of.phi[groups[:, 0]],
    )
    model = groups[:, 1:].T.ravel()[:m]
    return Pair(
        with_conditions(table.rows(groups[:, 0]), conditions),
        with_conditions(table.rows(model), conditions.repeated(m)),
        paired,
    )


def statistics(pair: Pair, detector: DetectorSpec, rng: np.random.Generator) -> Array:
    """W1 of every observable in every permutation, the observed one first, (K, B+1)."""
    replicas = permutations(
        len(pair.reference), len(pair.model), paired=pair.paired, replicas=PERMUTATIONS, rng=rng
    )
    rows = []
    for observable in all_observables():
        pooled = samples_of(pair.reference, pair.model, detector, observable).coarse().pooled()
        rows.append(np.concatenate([WASSERSTEIN(pooled, w).value for w in replicas.blocks()]))
    return np.stack(rows)


def of_observables(scores: Array) -> dict[str, float]:
    """Statements about the observables one by one, before and after."""
    p = own_p_values(scores)[:, 0]
    count = count_objections(scores, LEVEL)
    adjusted = adjusted_p_values(studentised(scores).values)
    null_95 = np.quantile(scores[:, 1:], 0.95, axis=1)
    return {
        "tests": count.tests,
        "objections": count.observed,
        "binomial": float(binom.sf(count.observed - 1, count.tests, LEVEL)),
        "count_p": count.p_value,
        "family_p": float(adjusted.min()),
        "differ": int(np.count_nonzero(adjusted <= part_level(ALPHA))),
        "smallest_q": float(benjamini_hochberg(p).min()),
        "above_null": float(np.mean(scores[:, 0] > null_95)),
    }


def of_resolution(pair: Pair) -> dict[str, float]:
    """Pulls of the average resolution from one, before and after."""
    data = energy_dependence(pair.reference, pair.model)
    ratios = [
        (m.resolution / r.resolution, np.hypot(_relative(m), _relative(r)))
        for r, m in zip(data.reference, data.model, strict=True)
        if r is not None and m is not None and min(r.resolution, m.resolution) > 0
    ]
    value, relative = (np.array(column) for column in zip(*ratios, strict=True))
    weight = 1 / (value * relative) ** 2
    before = float(weight @ value / weight.sum())
    after = next(one for one in data.averages if one.quantity == "resolution")
    return {
        "before": before,
        "pull_before": (before - 1) * float(weight.sum()) ** 0.5,
        "after": float(np.exp(after.log_ratio)),
        "pull_after": after.log_ratio / after.error,
    }


def _relative(energy_bin: EnergyBin) -> float:
    return energy_bin.resolution_error / energy_bin.resolution


def of_all_together(
    pair: Pair, detector: DetectorSpec, seed: np.random.SeedSequence
) -> dict[str, float]:
    """P-values of the scores by permutation as one family, and of boosted trees."""
    results = evaluate_multivariate(
        pair.reference, pair.model, detector,
        paired=pair.paired, seed=seed, replicas=2, permutations=PERMUTATIONS,
    )  # fmt: skip
    if results is None or results.family is None:
        raise SystemExit("too few showers to look at all observables together")
    scores = {score.name: score for score in results.scores}
    trees = scores.get("auc")
    worst = results.equivalent.worst if results.equivalent else None
    return {
        "together": results.family.p_value,
        "trees": trees.p_value if trees else 1.0,
        "auc": trees.value if trees else 0.5,
        "fpd": scores["fpd"].value,
        "repeats": scores["repeats"].value,
        "equivalent": results.equivalent.showers if results.equivalent else float("nan"),
        "worst": worst.showers if worst else float("nan"),
        "worst_of_geant4": worst.geant4 if worst else float("nan"),
    }


def scale(factor: float) -> Callable[[Showers, np.random.Generator], Showers]:
    """All cells times a factor."""
    return lambda showers, _: with_cells(showers, showers.energy * np.float32(factor))


def cut(showers: Showers, _: np.random.Generator) -> Showers:
    """Cells below 0.05 MeV are empty."""
    return with_cells(showers, np.where(showers.energy < 0.05, np.float32(0), showers.energy))


def scrambled(showers: Showers, rng: np.random.Generator) -> Showers:
    """The cells of each ring and layer change places in azimuth."""
    order = rng.random(showers.energy.shape, dtype=np.float32).argsort(axis=2)
    return with_cells(showers, np.take_along_axis(showers.energy, order, axis=2))


def repeated(showers: Showers, rng: np.random.Generator) -> Showers:
    """A fifth of the showers are others of the sample once more, scaled to their energy."""
    rows = np.arange(len(showers))
    replaced = rng.choice(rows, len(rows) // 5, replace=False)
    kept = np.setdiff1d(rows, replaced)
    energy = showers.conditions.energy
    nearest = kept[np.abs(np.log(energy[replaced][:, None] / energy[kept])).argmin(axis=1)]
    cells = showers.energy.copy()
    factor = (energy[replaced] / energy[nearest]).astype(np.float32)
    cells[replaced] = showers.energy[nearest] * factor[:, None, None, None]
    return with_cells(showers, cells)


MORE = (
    Defect("energy scale +0.5 %", scale(1.005), ()),
    Defect("energy scale +3 %", scale(1.03), ()),
    Defect("cells below 0.05 MeV cut", cut, ()),
    Defect("azimuth scrambled", scrambled, ()),
    Defect("20 % of showers repeated", repeated, ()),
)


def defect_rows(
    showers: Showers, detector: DetectorSpec, sizes: tuple[int, int], rng: np.random.Generator
) -> list[dict[str, object]]:
    """Statements about a sample with each defect, against one reference."""
    n, m = sizes
    order = rng.permutation(len(showers))
    reference = features(showers[order[:n]], detector)
    made = []
    for defect in (Defect("none", lambda s, _: s, ()), *MORE, *DEFECTS):
        rows = order[n : n + m]
        if defect.repeats is not None:
            rows = np.resize(rows[: defect.repeats], m)
        model = features(defect.inject(showers[rows], rng), detector)
        pair = Pair(reference, model, paired=False)
        row = {
            "defect": defect.name,
            **of_observables(statistics(pair, detector, rng)),
            **of_all_together(pair, detector, np.random.SeedSequence(int(rng.integers(2**31)))),
        }
        print(json.dumps(row), file=sys.stderr, flush=True)
        made.append(row)
    return made


class Trials(NamedTuple):
    """Inputs that all trials of one mode share."""

    table: FeatureTable
    response: FeatureTable
    detector: DetectorSpec
    sizes: tuple[int, int]
    together: int
    paired: bool


# Forked processes share the tables.
_TRIALS: list[Trials] = []


def _trial(task: tuple[int, np.random.SeedSequence]) -> dict[str, float]:
    number, seed = task
    shared, rng = _TRIALS[-1], np.random.default_rng(seed)
    pair = drawn(shared.table, *shared.sizes, rng, paired=shared.paired)
    forty = drawn(shared.response, *FORTY_PER_BIN, rng, paired=shared.paired)
    row = {**of_observables(statistics(pair, shared.detector, rng)), **of_resolution(forty)}
    if number < shared.together:
        row |= of_all_together(pair, shared.detector, seed)
    return row


def null_rows(
    table: FeatureTable, detector: DetectorSpec, options: argparse.Namespace, paired: bool
) -> list[dict[str, float]]:
    """Trials of Geant4 against Geant4; the first ones look at all observables together too."""
    response = FeatureTable(table.conditions, {"response": table.scalars["response"]}, {})
    sizes = (options.null_sizes[0], options.null_sizes[1])
    _TRIALS.append(Trials(table, response, detector, sizes, options.together, paired))
    seeds = np.random.SeedSequence((options.seed, int(paired))).spawn(options.trials)
    made = []
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(options.workers, context) as executor:
        for row in executor.map(_trial, enumerate(seeds)):
            made.append(row)
            if time.monotonic() > options.end:
                executor.shutdown(cancel_futures=True)
                break
    return made


def coverage(trials: int, rng: np.random.Generator) -> list[dict[str, object]]:
    """Coverage of 68 % intervals of the expected score: Gaussians of 150 and 300, shifted."""
    n, m = COVERAGE_SIZES
    made: list[dict[str, object]] = []
    for shift in SHIFTS:

        def samples(shift: float = shift) -> Distributions:
            return Distributions.of(rng.standard_normal(n), rng.standard_normal(m) + shift)

        once = as_they_are(n, m)
        values = [
            [f(s, once).value[0] for f in all_scores()] for s in (samples() for _ in range(800))
        ]
        expected, spread = np.mean(values, axis=0), np.std(values, axis=0)
        rows = [
            scored(
                all_scores(),
                samples(),
                bootstrap(n, m, paired=False, replicas=100, rng=rng),
                permutations(n, m, paired=False, replicas=100, rng=rng),
            )
            for _ in range(trials)
        ]
        for k, function in enumerate(all_scores()):
            scores = [row[k].score for row in rows]
            inside = sum(bool(s.interval[0] <= expected[k] <= s.interval[1]) for s in scores)
            error = float(np.mean([s.error for s in scores]) / spread[k])
            row = {"score": function.name, "shift": shift, "error_over_spread": error}
            made.append(row | {"covered": fraction(inside, trials)})
    return made


def fraction(hits: int, n: int) -> dict[str, object]:
    """A count with its exact 95 % interval."""
    return {"count": hits, "of": n, "interval": clopper_pearson(hits, n)}


def summary(rows: list[dict[str, float]]) -> dict[str, object]:
    """Rates of false alarms, before and after."""
    level, n = part_level(ALPHA), len(rows)
    both = [row for row in rows if "together" in row]

    def rate(name: str, limit: float, among: list[dict[str, float]]) -> dict[str, object]:
        return fraction(sum(row[name] <= limit for row in among), len(among))

    objects = [min(row["family_p"], row["together"], row["trees"]) <= level for row in both]
    return {
        "trials": n,
        "tests": rows[0]["tests"],
        "variance_of_count": float(np.var([row["objections"] for row in rows])),
        "headline_before": rate("binomial", LEVEL, rows),
        "less_than_0.001_before": rate("binomial", 1e-3, rows),
        "count_after": rate("count_p", LEVEL, rows),
        "observables_at_0.05": rate("family_p", LEVEL, rows),
        "observables_at_level": rate("family_p", level, rows),
        "together_at_0.05": rate("together", LEVEL, both),
        "together_at_level": rate("together", level, both),
        "trees_at_0.05": rate("trees", LEVEL, both),
        "trees_at_level": rate("trees", level, both),
        "headline_after": fraction(sum(objects), len(both)),
        "above_null_95": float(np.mean([row["above_null"] for row in rows])),
        "resolution_before": float(np.mean([row["before"] for row in rows])),
        "resolution_after": float(np.mean([row["after"] for row in rows])),
        "beyond_2_before": fraction(sum(abs(row["pull_before"]) > 2 for row in rows), n),
        "beyond_2_after": fraction(sum(abs(row["pull_after"]) > 2 for row in rows), n),
        "worst_below_geant4": fraction(
            sum(row["worst"] < row["worst_of_geant4"] for row in both), len(both)
        ),
    }


def main() -> None:
    """Parse, calibrate, write ``<out>.md`` and ``<out>.json``; what that holds already is kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--showers", type=Path, nargs="+", required=True, help="LEMURS files")
    parser.add_argument("--detector", default="ALLEGRO")
    parser.add_argument("--trials", type=int, default=500, help="of each mode; 0 for none")
    parser.add_argument("--together", type=int, default=50, help="of those, with everything")
    parser.add_argument("--null-sizes", type=int, nargs=2, default=(100, 200))
    parser.add_argument("--sizes", type=int, nargs=2, default=(400, 1000), help="with defects")
    parser.add_argument("--minutes", type=float, default=1e6, help="stop trials of a mode after")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--coverage", type=int, default=200, help="trials of intervals; 0 for none")
    parser.add_argument("--no-defects", action="store_true", help="trials of Geant4 alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/verdict_calibration"))
    options = parser.parse_args()
    detector = load_detector(options.detector)
    showers = read(options.showers, detector)
    record: dict[str, object] = {
        "detector": options.detector, "showers": len(showers), "seed": options.seed,
        "alpha": ALPHA, "parts": PARTS, "permutations": PERMUTATIONS,
        "null_sizes": list(options.null_sizes), "sizes": list(options.sizes),
    }  # fmt: skip
    if options.out.with_suffix(".json").exists():
        record |= json.loads(options.out.with_suffix(".json").read_text(encoding="utf-8"))
    table = features(showers, detector)
    for paired in (True, False) if options.trials else ():
        options.end = time.monotonic() + 60 * options.minutes
        name = "paired" if paired else "unpaired"
        record[name] = summary(null_rows(table, detector, options, paired))
        write(record, options.out)
    if not options.no_defects:
        rng = np.random.default_rng(options.seed)
        record["defects"] = defect_rows(showers, detector, tuple(options.sizes), rng)
    if options.coverage:
        record["coverage"] = coverage(options.coverage, np.random.default_rng(options.seed))
    write(record, options.out)


def write(record: dict[str, object], out: Path) -> None:
    """Keep finished parts: this takes long."""
    out.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    out.with_suffix(".md").write_text(to_markdown(record), encoding="utf-8")


if __name__ == "__main__":
    main()
