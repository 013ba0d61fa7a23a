"""Error rates of an escalation of the gate, and its number of showers.

    python studies/escalation_calibration.py --showers a.h5 b.h5

A sequence is a baseline of N showers and a candidate that grows, real Geant4 showers of one detector, none
of them in both. The evidence is looked at whatever the gate says of the first N showers, so that its rate of
false alarms is an upper limit for the gate, which escalates where it is red only. Means, widths, slopes,
correlations, local means, histograms and counts are those of the gate; they are worked out for all sequences
at once, from sums over showers whose residuals end at five widths.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from defects import DEFECTS
from escalation_sums import Moments, Sums, sums_of
from escalation_table import Escalations, Row, to_markdown
from gate_calibration import CHUNK, clopper_pearson, read
from hidden_defects import HIDDEN_DEFECTS
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.conditional.yardstick import Yardstick
from calobench.gate import Policy
from calobench.gate.escalation import CLEARED
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.showers import Showers

Chosen = NDArray[np.float32]

NAMES = ("energy scale +2 %", "resolution +20 %", "1 % of showers at 0.8 of their energy")


def table(showers: Showers, detector: DetectorSpec) -> FeatureTable:
    """Observables of all showers."""
    return FeatureTable.concatenate(
        [
            compute_features(showers[k : k + CHUNK], detector, all_observables())
            for k in range(0, len(showers), CHUNK)
        ]
    )


def draws(
    pool: int, n: int, sizes: list[int], sequences: int, rng: np.random.Generator
) -> tuple[Chosen, list[Chosen]]:
    """Showers of the baseline, and of the candidate at each size, (sequences, pool) of 0 and 1."""
    order = np.argsort(rng.random((sequences, pool)), axis=1)
    rows = np.arange(sequences)[:, None]

    def chosen(columns: slice) -> Chosen:
        chosen_rows = np.zeros((sequences, pool), np.float32)
        chosen_rows[rows, order[:, columns]] = 1
        return chosen_rows

    return chosen(slice(0, n)), [chosen(slice(n, n + size)) for size in sizes]


def row(
    name: str,
    before: Moments,
    looks: list[Moments],
    sizes: list[int],
    policy: Policy,
    reference: Moments,
) -> Row:
    """Outcome of all sequences of one kind."""
    threshold = 1 / policy.alpha
    e_values = np.stack([look.evidence(before, reference, policy) for look in looks])
    red = looks[0].red(before, reference, policy)
    reached = e_values >= threshold
    ever = np.asarray(reached.any(axis=0))
    stopped = np.where(ever, reached.argmax(axis=0), len(sizes) - 1)
    showers = np.array(sizes)[stopped]
    cleared = ~ever & (e_values[-1] <= CLEARED)
    total = len(ever)
    return Row(
        name=name,
        sequences=total,
        ever=int(ever.sum()),
        interval=clopper_pearson(int(ever.sum()), total),
        red=int(red.sum()),
        confirmed=int((red & ever).sum()),
        cleared=int((red & cleared).sum()),
        open=int((red & ~ever & ~cleared).sum()),
        mean_showers=float(showers[red].mean()) if red.any() else 0.0,
        mean_e_value=float(np.minimum(e_values[-1], threshold).mean()),
    )


def main() -> None:
    """Simulate, write ``<out>.json`` and ``<out>.md``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--showers", type=Path, nargs="+", required=True, help="files, or shards")
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--detector", default="FCCeeALLEGRO")
    parser.add_argument("--n", type=int, default=500, help="showers of baseline and candidate")
    parser.add_argument("--max-n", type=int, default=1500)
    parser.add_argument("--step", type=int, default=125)
    parser.add_argument("--sequences", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/escalation_calibration"))
    arguments = parser.parse_args()
    detector = load_detector(arguments.detector)
    showers, policy = read(arguments.showers, detector), Policy()
    if arguments.n + arguments.max_n > len(showers):
        raise SystemExit(
            f"{len(showers)} showers are too few for {arguments.n} + {arguments.max_n}"
        )
    yardstick = Yardstick.fit(
        table(read([arguments.reference], detector), detector), detector, all_observables()
    )
    rng = np.random.default_rng(arguments.seed)
    sizes = list(range(arguments.n, arguments.max_n + 1, arguments.step))
    chosen, growing = draws(len(showers), arguments.n, sizes, arguments.sequences, rng)
    everything = np.ones((1, len(yardstick.reference)), np.float32)
    reference = Sums.of(yardstick, yardstick.reference).moments(everything)
    good = sums_of(yardstick, table(showers, detector))
    before = good.moments(chosen)
    rows = [row("", before, [good.moments(one) for one in growing], sizes, policy, reference)]
    for defect in DEFECTS + HIDDEN_DEFECTS:
        if defect.name in NAMES:
            bad = sums_of(yardstick, table(defect.inject(showers, rng), detector))
            looks = [bad.moments(one) for one in growing]
            rows.append(row(defect.name, before, looks, sizes, policy, reference))
    files = " ".join(path.name for path in arguments.showers)
    record = Escalations(
        detector=arguments.detector,
        command=f"python studies/escalation_calibration.py --showers {files} --reference "
        f"{arguments.reference.name} --n {arguments.n} --max-n {arguments.max_n} --step {arguments.step} "
        f"--sequences {arguments.sequences} --seed {arguments.seed}",
        seed=arguments.seed,
        pool=len(showers),
        reference=len(yardstick.reference),
        n=arguments.n,
        sizes=sizes,
        alpha=policy.alpha,
        rows=rows,
    )
    arguments.out.with_suffix(".json").write_text(json.dumps(asdict(record), indent=1) + "\n")
    arguments.out.with_suffix(".md").write_text(to_markdown(record))
    print(to_markdown(record))


if __name__ == "__main__":
    main()
