"""The gate on two photons with Geant4 itself: how often it is wrong, and which defects it finds.

Baseline and candidate are drawn from the pairs of one sample again and again, without a pair in both; the
reference is the whole sample. For the defects, the candidate's pairs are those of damaged copies of the
same showers. The error of the half-way point is that of all pairs, scaled to fewer: a bootstrap in every
trial would take hours. All trials share the pairs, and those of a defect one damaged copy.

    python studies/diphoton_gate.py --detector CLD --trials 300 --defect-trials 50

The counts go into ``docs/results/diphoton_gate.json``, beside those of other detectors.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from diphoton_defects import DAMAGES
from diphoton_gate_table import table
from numpy.typing import NDArray

from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.counting import fit_turnon
from calobench.benchmarks.diphoton.curves import EventTable, turnon
from calobench.benchmarks.diphoton.gate import metric_entries
from calobench.benchmarks.diphoton.metrics import diphoton_metrics
from calobench.benchmarks.diphoton.record import DiphotonMetrics, Measured, TurnonRecord
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import (
    GEANT4,
    MODEL,
    SingleTable,
    pair_table,
    single_table,
)
from calobench.benchmarks.diphoton.singles import bundled_singles, read_singles
from calobench.detectors import load_detector
from calobench.gate import Policy
from calobench.gate.changes import judge_entries
from calobench.results.gate import Change
from calobench.results.quality import EstimateMetric
from calobench.showers import Showers

Floats = NDArray[np.float32]
RESULT = Path(__file__).resolve().parents[1] / "docs" / "results" / "diphoton_gate.json"

Damage = Callable[[Floats, np.random.Generator], Floats]

NO_FLOOR = {"absolute": 0.0, "relative": 0.0}
KINDS = (
    "separation", "efficiency", "multiplicity", "photon_energy", "photon_resolution", "fake",
)  # fmt: skip
POLICIES = {
    "the defaults": Policy(),
    "no floors": Policy.model_validate({"floors": dict.fromkeys(KINDS, NO_FLOOR)}),
    "no floors, alpha 5 %": Policy.model_validate(
        {"alpha": 0.05, "floors": dict.fromkeys(KINDS, NO_FLOOR)}
    ),
}


def fainter(energy: Floats, rng: np.random.Generator) -> Floats:  # noqa: ARG001
    """Every cell 3 % lower."""
    return energy * np.float32(0.97)


DEFECTS: dict[str, Damage] = {
    "response 3 % lower": fainter,
    "hot cells aligned": DAMAGES["hot cells aligned"],
    "cores smeared": DAMAGES["cores smeared in azimuth"],
}


class Measurement(NamedTuple):
    """Pairs of showers, and the single ones that they are made of: first ones, then second ones."""

    pairs: EventTable
    singles: SingleTable

    def chosen(self, rows: NDArray[np.intp], bins: int) -> Measurement:
        """Some of the pairs."""
        events, table = (rows[:, None] * bins + np.arange(bins)).ravel(), self.pairs
        chosen = EventTable(
            seed=table.seed[events],
            pair=table.pair[events],
            bin=table.bin[events],
            separation=table.separation[events],
            values={name: column[events] for name, column in table.values.items()},
        )
        alone = np.concatenate([rows, rows + len(table.pair) // bins])
        return Measurement(
            chosen,
            SingleTable(self.singles.photons[alone], self.singles.response[alone]),
        )


class Bench:
    """Geant4's pairs as reference, measured once.

    Args:
        chain: what happens to every pair.
        first: showers of the first photons, (N,).
        second: of the second ones, (N,).
    """

    def __init__(self, chain: Chain, first: Showers, second: Showers) -> None:
        self._chain, self._showers = chain, (first, second)
        self.pairs = len(first)
        self.geant4 = self._measured(first, second, GEANT4)
        table = self.geant4.pairs
        rng = np.random.default_rng(1)
        half = turnon(chain.bins, table, table, replicas=100, rng=rng).reference_mm
        if half is None:
            raise SystemExit("half of the pairs is never found as two: nothing to calibrate with")
        self._half = half

    def _measured(self, first: Showers, second: Showers, side: int) -> Measurement:
        both = (single_table(one, self._chain, side + k) for k, one in enumerate((first, second)))
        singles = SingleTable(*(np.concatenate(part) for part in zip(*both, strict=True)))
        return Measurement(pair_table([(first, second)], self._chain, side), singles)

    def damaged(self, damage: Damage, rng: np.random.Generator) -> Measurement:
        """The same showers, damaged and reconstructed anew."""
        first, second = (Showers(damage(one.energy, rng), one.conditions) for one in self._showers)
        return self._measured(first, second, MODEL)

    def metrics(self, sample: Measurement, rows: NDArray[np.intp]) -> DiphotonMetrics:
        """Metrics of a run with these pairs of the sample."""
        few = sample.chosen(rows, self._chain.bins)
        fit = fit_turnon(few.pairs.separation, few.pairs.values["exactly_two"])
        half = None
        if fit is not None:
            error = self._half.error * (self.pairs / len(rows)) ** 0.5
            half = Measured(value=fit.half_mm, error=error)
        return diphoton_metrics(
            (self.geant4.pairs, few.pairs),
            (self.geant4.singles, few.singles),
            TurnonRecord(reference_mm=self._half, model_mm=half),
            self._chain.bins,
        )

    def trials(
        self, candidate: Measurement, pairs: int, trials: int, rng: np.random.Generator
    ) -> Iterator[tuple[DiphotonMetrics, DiphotonMetrics]]:
        """Baseline of Geant4 and candidate, with no pair of showers in common."""
        for _ in range(trials):
            order = rng.permutation(self.pairs)
            yield (
                self.metrics(self.geant4, order[:pairs]),
                self.metrics(candidate, order[pairs : 2 * pairs]),
            )


def worse(baseline: DiphotonMetrics, candidate: DiphotonMetrics, policy: Policy) -> list[Change]:
    """Names of the metrics that the gate calls worse."""
    entries, _ = metric_entries(candidate, baseline, policy)
    return [change for change in judge_entries(entries, policy) if change.status == "worse"]


def bundled_bench(detector_name: str, singles: Path | None = None, most: int = 10**6) -> Bench:
    """All pairs of a sample of single showers at 20 GeV, no shower twice.

    Args:
        detector_name: the detector.
        singles: the showers; None for the bundled ones.
        most: pairs at most.
    """
    detector = load_detector(detector_name)
    path = singles or bundled_singles(detector, 20e3)
    showers = read_singles(path, detector).showers
    half = min(len(showers) // 2, most)
    chain = make_chain(DiphotonRequest(detector=detector))
    return Bench(chain, showers[:half], showers[half : 2 * half])


def spreads(trials: list[tuple[DiphotonMetrics, DiphotonMetrics]]) -> dict[str, float]:
    """Standard deviation of the differences in their quoted errors, by metric: 1 where errors are right."""
    pulls: dict[str, list[float]] = {}
    for before, after in trials:
        for one, other in zip(before.metrics, after.metrics, strict=True):
            if isinstance(one, EstimateMetric) and isinstance(other, EstimateMetric):
                error = float(np.hypot(one.error, other.error))
                pulls.setdefault(one.name, []).append((other.value - one.value) / error)
    return {name: float(np.std(values)) for name, values in pulls.items()}


def calibrate(bench: Bench, trials: int, defect_trials: int, seed: int) -> dict[str, Any]:
    """Counts of alarms for several numbers of pairs."""
    rng = np.random.default_rng(seed)
    damaged = {name: bench.damaged(damage, rng) for name, damage in DEFECTS.items()}
    rows = []
    for pairs in (bench.pairs // 2, bench.pairs // 4, 50, 25):
        null = list(bench.trials(bench.geant4, pairs, trials, rng))
        alarms = {
            name: sum(bool(worse(*trial, policy)) for trial in null)
            for name, policy in POLICIES.items()
        }
        detected = {
            name: sum(
                bool(worse(*trial, Policy()))
                for trial in bench.trials(sample, pairs, defect_trials, rng)
            )
            for name, sample in damaged.items()
        }
        rows.append(
            {"pairs": pairs, "alarms": alarms, "detected": detected, "spread": spreads(null)}
        )
    return {
        "pairs": bench.pairs,
        "trials": trials,
        "defect_trials": defect_trials,
        "seed": seed,
        "rows": rows,
    }


def main() -> None:
    """Calibrate, and put the result beside those of other detectors."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--singles", type=Path, help="default: the bundled ones")
    parser.add_argument("--trials", type=int, default=300)
    parser.add_argument("--defect-trials", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()

    bench = bundled_bench(options.detector, options.singles)
    result = calibrate(bench, options.trials, options.defect_trials, options.seed)
    kept = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    kept[options.detector] = result
    options.out.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    print(table(kept))


if __name__ == "__main__":
    main()
