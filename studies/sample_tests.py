"""Error rates of the tests of a run: outliers, local differences and closeness to the reference.

    python studies/sample_tests.py --detector ALLEGRO --showers a.h5 b.h5 --foreign SiW.h5

All showers are real Geant4 showers. A trial divides them anew into a reference and a sample that share
none; each test gives a p-value by permutation. Without a defect small ones are false alarms. Means and
widths at fixed energy and angle are fitted once to all showers together, which no division changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from gate_calibration import clopper_pearson, read
from hidden_defects import HIDDEN_DEFECTS, defects_with
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.conditional.model import ConditionalModel
from calobench.evaluation.multivariate.closeness import closeness
from calobench.evaluation.multivariate.features import BOUND
from calobench.evaluation.multivariate.local import local_score
from calobench.evaluation.multivariate.outliers import outlier_score
from calobench.evaluation.multivariate.samples import Comparison, Pool
from calobench.harness.closeness import closeness_warning
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Conditions, Showers

Rows = NDArray[np.intp]
LEVELS = (0.05, 0.01)
REPLICAS = 200
COPIES = 50

CHOSEN = (
    "1 % of showers at 0.8 of their energy",
    "2 % of showers from another detector",
    "the same, with the right energy",
    "a dead layer in 10 % of showers",
    "no tail in a corner of E and theta",
    "theta ignored in that corner",
)


class Sample(NamedTuple):
    """Showers with their residuals, (N, d)."""

    table: FeatureTable
    residuals: NDArray[np.float64]

    def rows(self, index: Rows) -> Sample:
        """Some of the showers."""
        return Sample(self.table.rows(index), self.residuals[index])


def measured(showers: Showers, detector: DetectorSpec, model: ConditionalModel | None) -> Sample:
    """Observables, and residuals if there is a model of their means and widths."""
    table = compute_features(showers, detector, all_observables())
    if model is None:
        return Sample(table, np.empty((len(showers), 0)))
    residuals = np.stack(list(model.standardise(table).values()), axis=1)
    return Sample(table, np.nan_to_num(np.clip(residuals, -BOUND, BOUND), nan=-BOUND))


def p_values(
    reference: Sample, model: Sample, names: tuple[str, ...], rng: np.random.Generator
) -> dict[str, float]:
    """Of every test; 0 for a warning about closeness, 1 for none."""
    pool = Pool.of(reference.residuals, model.residuals, paired=False)
    samples = Comparison.of(pool, pool, REPLICAS, 20, rng)
    both = [one.table.conditions for one in (reference, model)]
    conditions = Conditions(
        *(np.concatenate([getattr(c, name) for c in both]) for name in ("energy", "theta", "phi"))
    )
    scanned, outliers = (
        local_score(samples, names, conditions),
        outlier_score(samples, names, names),
    )
    close = closeness(reference.table, model.table, rng)
    if scanned is None or outliers is None or close is None:
        raise SystemExit("the samples are too small")
    return {
        "outliers": outliers.score.p_value,
        "local": scanned[0].score.p_value,
        "neighbours too near": close.p_value,
        "warning: too close": float(not closeness_warning(close)),
    }


def _of_model(sample: Sample, _reference: Rows, drawn: Rows) -> Sample:
    return sample.rows(drawn)


def main() -> None:
    """Parse, try, write ``<out>.json`` and ``<out>.md``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--detector", default="ALLEGRO")
    parser.add_argument("--showers", type=Path, nargs="+", required=True)
    parser.add_argument("--foreign", type=Path, required=True, help="showers of another detector")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--defect-trials", type=int, default=60)
    parser.add_argument("--n", type=int, default=1000, help="showers of the sample")
    parser.add_argument("--reference", type=int, default=1000, help="showers of the reference")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/sample_tests"))
    arguments = parser.parse_args()
    detector, rng = load_detector(arguments.detector), np.random.default_rng(arguments.seed)
    showers = read(arguments.showers, detector)
    table = compute_features(showers, detector, all_observables())
    model = ConditionalModel.fit(table, staves=detector.staves.count)
    names = tuple(model.fits)
    fitted = np.stack(list(model.standardise_fitted(table).values()), axis=1)
    good = Sample(table, np.nan_to_num(np.clip(fitted, -BOUND, BOUND), nan=-BOUND))
    foreign = read([arguments.foreign], detector)
    defects = {one.name: one for one in HIDDEN_DEFECTS + defects_with(showers, foreign)}
    bad = {name: measured(defects[name].inject(showers, rng), detector, model) for name in CHOSEN}
    noise = rng.normal(1, 0.02, showers.energy.shape).astype(np.float32)
    noisy = measured(Showers(showers.energy * noise, showers.conditions), detector, model)
    del noise

    def near_copies(reference: Rows, drawn: Rows) -> Sample:
        parts = good.rows(drawn[COPIES:]), noisy.rows(reference[:COPIES])
        tables = FeatureTable.concatenate([part.table for part in parts])
        return Sample(tables, np.concatenate([part.residuals for part in parts]))

    cases: dict[str, tuple[int, Callable[[Rows, Rows], Sample]]] = {
        "Geant4": (arguments.trials, lambda _, drawn: good.rows(drawn)),
        **{name: (arguments.defect_trials, partial(_of_model, one)) for name, one in bad.items()},
        "the reference replayed": (arguments.defect_trials, lambda ref, _: good.rows(ref)),
        f"{COPIES} near copies of the reference": (arguments.defect_trials, near_copies),
    }
    counts = {}
    for name, (trials, sample) in cases.items():
        print(name, file=sys.stderr, flush=True)
        values = []
        for _ in range(trials):
            order = rng.permutation(len(showers))
            reference = order[: arguments.reference]
            drawn = order[arguments.reference :][: arguments.n]
            values.append(p_values(good.rows(reference), sample(reference, drawn), names, rng))
        counts[name] = {
            test: {str(level): sum(v[test] <= level for v in values) for level in LEVELS}
            for test in values[0]
        } | {"trials": {"all": trials}}
        write(arguments, len(showers), counts)


def write(
    arguments: argparse.Namespace, pool: int, counts: dict[str, dict[str, dict[str, int]]]
) -> None:
    """Save the trials that are done so far."""
    arguments.out.with_suffix(".json").write_text(json.dumps(counts, indent=1) + "\n")
    tests = [test for test in next(iter(counts.values())) if test != "trials"]
    lines = [
        "# Tests of a run: false alarms and power",
        "",
        f"{pool} Geant4 showers of {arguments.detector}; in each trial a reference of "
        f"{arguments.reference} and a sample of {arguments.n} that share none, divided anew, seed "
        f"{arguments.seed} (`studies/sample_tests.py`). Share of trials with p at most 0.05, and at most "
        "0.01 in brackets, with its 95 % interval (Clopper and Pearson); a warning is there or not.",
        "",
        "| sample | trials | " + " | ".join(tests) + " |",
        "|---|--:|" + "--:|" * len(tests),
    ]
    for name, of_case in counts.items():
        n = of_case["trials"]["all"]
        cells = []
        for test in tests:
            k, few = (of_case[test][str(level)] for level in LEVELS)
            low, high = clopper_pearson(k, n)
            small = "" if test.startswith("warning") else f" ({few / n:.1%})"
            cells.append(f"{k / n:.1%}{small}, {low:.1%} – {high:.1%}")
        lines.append(f"| {name} | {n} | " + " | ".join(cells) + " |")
    arguments.out.with_suffix(".md").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
