"""Failures of a few showers in a thousand: how often the gate finds them, and how often it is wrong.

    python studies/rare_failures.py --showers FOLDER --references FOLDER

Real Geant4 showers of each detector. A trial draws a baseline and a candidate of N showers that share none,
and compares the two counts of failures as the gate does, each at its part of alpha; the other metrics are
left out, and with them what they would find.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from defects import with_cells
from escalation_calibration import table
from gate_calibration import clopper_pearson, read
from numpy.typing import NDArray
from rare_failures_table import RareFailures, Row, to_markdown

from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.conditional.failures import empty_fraction, response_failed
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.gate import Policy
from calobench.gate.changes import effect, weights
from calobench.gate.comparison import compare
from calobench.observables import all_observables
from calobench.results.quality import CountMetric
from calobench.showers import Showers

Flags = NDArray[np.bool_]

DETECTORS = ("FCCeeALLEGRO", "FCCeeCLD", "ODD", "Par04SciPb", "Par04SiW")
NAMES = ("sample.response_outliers", "sample.empty")
OTHERS = 840
"""Metrics of a run that are not main ones."""


@dataclass(frozen=True)
class Defect:
    """A factor on the energy of a fraction of the showers.

    Attributes:
        name: for the table.
        factor: on all cells.
        share: of the candidate's showers.
        before: of the baseline's.
    """

    name: str
    factor: float
    share: float
    before: float = 0.0


DEFECTS = (
    Defect("none", 1.0, 0.0),
    Defect("1 % at 0.8 of their energy", 0.8, 0.01),
    Defect("1 % at 1.3 of their energy", 1.3, 0.01),
    Defect("2 % at 0.8 of their energy", 0.8, 0.02),
    Defect("1 in 1,000 empty", 0.0, 0.001),
    Defect("0.4 % at half of their energy, in both", 0.5, 0.004, 0.004),
    Defect("1 % at half of their energy, in both", 0.5, 0.01, 0.01),
)


class Failing:
    """True for showers of a pool that fail, as they are and with a factor on their energy."""

    def __init__(self, detector: DetectorSpec, reference: Showers, pool: Showers) -> None:
        self._detector = detector
        self._yardstick = Yardstick.fit(table(reference, detector), detector, all_observables())
        names = [column.name for column in self._yardstick.columns]
        self._response = names.index("response")
        self.reference = self._flags(self._yardstick.reference)
        self.possible = empty_fraction(detector)
        self.with_factor = {
            factor: self._flags(
                self._yardstick.measure(
                    table(with_cells(pool, pool.energy * np.float32(factor)), detector)
                )
            )
            for factor in {one.factor for one in DEFECTS}
        }

    def _flags(self, sample: Sample) -> dict[str, Flags]:
        far = response_failed(sample.residuals[:, self._response])
        return {"sample.response_outliers": far, "sample.empty": sample.empty}

    def metric(self, name: str, flags: Flags) -> CountMetric:
        """The count of a sample, as the gate has it."""
        there = self.reference[name]
        empty = name == "sample.empty"
        return CountMetric(
            name=name, kind="empty" if empty else "sample", columns=(), count=int(flags.sum()),
            n=len(flags), reference_count=int(there.sum()), n_reference=len(there), failure=True,
            possible=self.possible if empty else None,
        )  # fmt: skip


def drawn(
    failing: Failing, defect: Defect, share: float, rows: NDArray[np.intp], rng: np.random.Generator
) -> Callable[[str], Flags]:
    """Flags of a sample, each shower of which has the defect with a probability of ``share``."""
    hit = rng.random(len(rows)) < share

    def flags(name: str) -> Flags:
        good, bad = (failing.with_factor[factor][name][rows] for factor in (1.0, defect.factor))
        return np.where(hit, bad, good)

    return flags


def trial(
    failing: Failing, defect: Defect, n: int, pool: int, rng: np.random.Generator
) -> tuple[bool, int, int]:
    """Whether the gate objects, and both counts of responses that failed."""
    rows = rng.permutation(pool)[: 2 * n]
    before = drawn(failing, defect, defect.before, rows[:n], rng)
    after = drawn(failing, defect, defect.share, rows[n:], rng)
    objects = any(
        _objects(failing.metric(name, before(name)), failing.metric(name, after(name)))
        for name in NAMES
    )
    return objects, int(before(NAMES[0]).sum()), int(after(NAMES[0]).sum())


def _objects(before: CountMetric, after: CountMetric) -> bool:
    """Whether a metric is worse at its part of alpha: the first step of Holm's procedure."""
    comparison, policy = compare(before, after), Policy()
    if comparison is None or not comparison.worse:
        return False
    floor = policy.floor(after.name, after.kind).absolute
    level = policy.alpha * _weight(after.name, by_itself=comparison.by_itself)
    return comparison.p_value / 2 <= level and effect(comparison, floor) == "worse"


@cache
def _weight(name: str, *, by_itself: bool) -> float:
    """The part of alpha that a metric has among all of a run."""
    policy = Policy()
    main = [one for one in policy.headline if not one.startswith("diphoton.")]
    names = [*dict.fromkeys([*main, *NAMES]), *(f"other_{k}" for k in range(OTHERS))]
    headline = np.array([policy.is_headline(one) for one in names])
    alone = np.array([by_itself and one == name for one in names])
    return float(weights(headline, alone, policy)[names.index(name)])


def main() -> None:
    """Measure, write ``<out>.json`` and ``<out>.md``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--showers", type=Path, required=True, help="folder of DETECTOR_*.h5")
    parser.add_argument("--references", type=Path, required=True, help="folder of DETECTOR.h5")
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--null-trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/rare_failures"))
    arguments = parser.parse_args()
    rows, pools = [], {}
    for number, name in enumerate(DETECTORS):
        detector = load_detector(name)
        pool = read(sorted(arguments.showers.glob(f"{name}_*.h5")), detector)
        reference = read([arguments.references / f"{name}.h5"], detector)
        failing, pools[name] = Failing(detector, reference, pool), len(pool)
        for k, defect in enumerate(DEFECTS):
            rng = np.random.default_rng((arguments.seed, number, k))
            unchanged = defect.share == defect.before
            trials = arguments.null_trials if unchanged else arguments.trials
            results = [trial(failing, defect, arguments.n, len(pool), rng) for _ in range(trials)]
            objects, before, after = (np.array(one) for one in zip(*results, strict=True))
            count = int(objects.sum())
            rows.append(
                Row(
                    name, len(reference), defect.name, trials, count,
                    clopper_pearson(count, trials), float(before.mean()), float(after.mean()),
                )
            )  # fmt: skip
    command = (
        f"python studies/rare_failures.py --showers data_specs/training --references data_specs/reference "
        f"--n {arguments.n} --trials {arguments.trials} --null-trials {arguments.null_trials} "
        f"--seed {arguments.seed}"
    )
    result = RareFailures(command, arguments.n, arguments.seed, pools, rows)
    arguments.out.with_suffix(".json").write_text(json.dumps(asdict(result), indent=1) + "\n")
    arguments.out.with_suffix(".md").write_text(to_markdown(result))
    print(to_markdown(result))


if __name__ == "__main__":
    main()
