"""Error rates of the gate: false alarms of Geant4 against Geant4, and defects that it misses.

    python studies/gate_calibration.py --showers Par04SciPb.h5
    python studies/gate_calibration.py --detector ALLEGRO --showers a.h5 b.h5 --fixed reference.h5 \
        --foreign SiW.h5

All showers are real Geant4 showers of one detector. A trial draws a baseline and a candidate of N
showers each that share no shower, and compares both with a reference that shares none with either:
drawn from the same showers, or a file of its own.
False alarms are counted over trials in which nothing was done to the candidate, misses over trials in
which one defect was put into it. Trials draw from the same pool and therefore overlap: the table says
how much.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from calibration_table import (
    Calibration,
    Coverage,
    DefectRow,
    NullRow,
    from_json,
    to_markdown,
    with_rows,
)
from defects import DEFECTS, Defect
from hidden_defects import HIDDEN_DEFECTS, defects_with
from kept import kept
from model_defects import defects_of
from numpy.typing import NDArray

from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.conditional.metrics import Meter
from calobench.evaluation.conditional.yardstick import Sample, Yardstick
from calobench.gate import Policy
from calobench.gate.changes import judge_entries, quality_entries
from calobench.gate.output.terminal import MAX_ROWS
from calobench.gate.output.wording import ranked
from calobench.io.readers.lemurs import LemursFile
from calobench.observables import FeatureTable, all_observables, compute_features
from calobench.results.gate import Change
from calobench.results.quality import EstimateMetric, QualityRecord
from calobench.showers import Conditions, Showers

CHUNK = 500
SIGMAS = (1.0, 1.959964)
LEVELS = (0.01, 0.05, 0.1)


class Tables(NamedTuple):
    """Observables of the pool as it is, of a reference of its own, and of the pool with each defect."""

    good: FeatureTable
    fixed: FeatureTable | None
    defects: tuple[Defect, ...]
    bad: dict[str, FeatureTable]
    bad_before: dict[str, FeatureTable]


@dataclass
class Tally:
    """Results of a block of trials."""

    trials: int = 0
    with_defects: int = 0
    alarms: int = 0
    significant: int = 0
    at_level: Counter[float] = field(default_factory=Counter)
    covered: Counter[tuple[str, float]] = field(default_factory=Counter)
    compared: Counter[str] = field(default_factory=Counter)
    alarmed_by: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    first_rows: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Count another block too."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass(frozen=True)
class Block:
    """Trials that share a reference.

    Attributes:
        reference: rows of the pool, (M,); None for the reference of its own.
        others: the other rows.
        trials: how many.
        with_defects: how many of them are repeated with every defect.
        n: showers of baseline and candidate.
        seed: of the draws.
        keep: folder for what is done; None: nowhere.
    """

    reference: NDArray[np.intp] | None
    others: NDArray[np.intp]
    trials: int
    with_defects: int
    n: int
    seed: np.random.SeedSequence
    keep: Path | None = None


def read(paths: Sequence[Path], detector: DetectorSpec) -> Showers:
    """Showers of files, or of the finished shards of productions."""
    parts = []
    for path in paths:
        for file in sorted(path.glob("shard-*.h5")) if path.is_dir() else [path]:
            with LemursFile(file, detector.mesh_geometry.shape) as opened:
                parts.append(opened.read())
    return together(parts)


def together(parts: Sequence[Showers]) -> Showers:
    """The showers of all parts."""
    conditions = [
        np.concatenate([getattr(part.conditions, name) for part in parts])
        for name in ("energy", "theta", "phi")
    ]
    return Showers(np.concatenate([part.energy for part in parts]), Conditions(*conditions))


def tables(
    showers: Showers,
    fixed: Showers | None,
    detector: DetectorSpec,
    defects: tuple[Defect, ...],
    seed: np.random.SeedSequence,
    keep: Path | None,
) -> Tables:
    """Observables of all showers, with and without the defects, each from a seed of its own."""

    def features(sample: Showers) -> FeatureTable:
        chunks = [slice(first, first + CHUNK) for first in range(0, len(sample), CHUNK)]
        return FeatureTable.concatenate(
            [compute_features(sample[chunk], detector, all_observables()) for chunk in chunks]
        )

    def with_defect(k: int) -> tuple[FeatureTable, FeatureTable | None]:
        defect, before = defects[k], None
        print(f"  {defect.name}", file=sys.stderr, flush=True)
        rng = np.random.default_rng(seeds[k])
        after = features(defect.inject(showers, rng))
        if defect.baseline is not None:
            before = features(defect.baseline(showers, rng))
        return after, before

    seeds = seed.spawn(len(defects))
    bad, before = {}, {}
    for k, defect in enumerate(defects):
        after, origin = kept(keep, f"defect-{k}", partial(with_defect, k))
        bad[defect.name] = after
        if origin is not None:
            before[defect.name] = origin
    own = None if fixed is None else features(fixed)
    return Tables(features(showers), own, defects, bad, before)


class Measured(NamedTuple):
    """The pool in the units of a reference."""

    meter: Meter
    good: Sample
    bad: dict[str, Sample]
    bad_before: dict[str, Sample]


def measured(reference: FeatureTable, pool: Tables, detector: DetectorSpec) -> Measured:
    """Every sample of the pool, measured."""
    yardstick = Yardstick.fit(reference, detector, all_observables())
    bad, before = (
        {name: yardstick.measure(table) for name, table in tables.items()}
        for tables in (pool.bad, pool.bad_before)
    )
    return Measured(Meter(yardstick), yardstick.measure(pool.good), bad, before)


# What a reference of its own measures is the same in all blocks.
_MEASURED: list[Measured] = []


def run_block(block: Block, pool: Tables, detector: DetectorSpec) -> Tally:
    """All trials of one reference, or some of one that all share."""
    rng = np.random.default_rng(block.seed)
    if block.reference is not None:
        meter, good, bad, bad_before = measured(pool.good.rows(block.reference), pool, detector)
    elif pool.fixed is not None:
        if not _MEASURED:
            _MEASURED.append(measured(pool.fixed, pool, detector))
        meter, good, bad, bad_before = _MEASURED[0]
    policy, tally = Policy(), Tally()
    for trial in range(block.trials):
        drawn = rng.permutation(block.others)[: 2 * block.n]
        before, after = drawn[: block.n], drawn[block.n :]
        baseline = meter.measure(good.rows(before))
        candidate = meter.measure(good.rows(after))
        count_null(tally, baseline, candidate, policy)
        if trial >= block.with_defects:
            continue
        tally.with_defects += 1
        for defect in pool.defects:
            sample = meter.measure(drawn_with(defect, bad[defect.name], after, rng))
            origin = baseline
            if defect.name in bad_before:
                origin = meter.measure(bad_before[defect.name].rows(before))
            count_defect(tally, defect, compared(origin, sample, policy))
    return tally


def drawn_with(
    defect: Defect, showers: Sample, index: NDArray[np.intp], rng: np.random.Generator
) -> Sample:
    """The candidate's showers, a few of them repeated, or pairs of them."""
    if defect.halves:
        half = len(showers) // 2
        first = rng.choice(half, len(index) // 2, replace=False)
        return showers.rows(np.concatenate([first, first + half]))
    if defect.repeats is None:
        return showers.rows(index)
    few = rng.choice(index, defect.repeats, replace=False)
    return showers.rows(np.resize(few, len(index)))


def compared(
    baseline: QualityRecord, candidate: QualityRecord, policy: Policy
) -> tuple[Change, ...]:
    """The gate's view of all metrics."""
    entries, _ = quality_entries(candidate, baseline, policy)
    return judge_entries(entries, policy)


def count_null(
    tally: Tally, baseline: QualityRecord, candidate: QualityRecord, policy: Policy
) -> None:
    """Nothing was done to the candidate: any REGRESSION is wrong."""
    changes = compared(baseline, candidate, policy)
    worse = [change for change in changes if abs(change.after) > abs(change.before)]
    smallest = min((change.p_adjusted for change in worse), default=1.0)
    alarms = ranked(changes, "worse")
    tally.trials += 1
    tally.alarms += bool(alarms)
    tally.significant += smallest <= policy.alpha
    tally.at_level.update(level for level in LEVELS if smallest <= level)
    tally.alarmed_by.update(change.name for change in alarms[:1])
    for first, second in zip(baseline.metrics, candidate.metrics, strict=True):
        if isinstance(first, EstimateMetric) and isinstance(second, EstimateMetric):
            error = float(np.hypot(first.error, second.error))
            tally.compared[first.kind] += 1
            for sigma in SIGMAS:
                inside = abs(first.value - second.value) <= sigma * error
                tally.covered[first.kind, sigma] += inside


def count_defect(tally: Tally, defect: Defect, changes: Sequence[Change]) -> None:
    """The gate must object, and its table must hold the right name."""
    worse = ranked(changes, "worse")
    right = [any(fnmatchcase(one.name, name) for name in defect.named_by) for one in worse]
    tally.found[defect.name] += bool(worse)
    tally.named[defect.name] += any(right[:MAX_ROWS])
    tally.first[defect.name] += any(right[:1])
    if worse:
        tally.first_rows[defect.name, worse[0].name] += 1


# Forked processes share the tables instead of copying them for every block.
_INHERITED: list[tuple[Tables, DetectorSpec]] = []


def _inherit(pool: Tables, detector: DetectorSpec) -> None:
    _INHERITED.append((pool, detector))


def _inherited_block(block: Block) -> Tally:
    name = "block-" + "-".join(map(str, block.seed.spawn_key))
    return kept(block.keep, name, lambda: run_block(block, *_INHERITED[0]))


def clopper_pearson(count: int, n: int) -> tuple[float, float]:
    """The exact 95 % interval of a fraction."""
    from scipy.stats import beta

    low = float(beta.ppf(0.025, count, n - count + 1)) if count else 0.0
    high = float(beta.ppf(0.975, count + 1, n - count)) if count < n else 1.0
    return low, high


def calibrate(arguments: argparse.Namespace) -> None:
    """All trials, a block a reference; the table is written after each."""
    detector = load_detector(arguments.detector)
    seed = np.random.SeedSequence(arguments.seed)
    injected, order, *blocks = seed.spawn(2 + arguments.references)
    showers = read(arguments.showers, detector)
    drawn, fixed = len(showers), None
    defects: tuple[Defect, ...] = DEFECTS + HIDDEN_DEFECTS
    if arguments.fixed is not None:
        fixed = read([arguments.fixed], detector)
        arguments.reference = len(fixed)
        if arguments.model is not None:
            defects += defects_of(arguments.model, detector)
        if arguments.foreign is not None:
            defects += defects_with(fixed, read([arguments.foreign], detector))
    chosen = arguments.only or ["*"]
    defects = tuple(one for one in defects if any(fnmatchcase(one.name, name) for name in chosen))
    needed = 2 * arguments.n + (arguments.reference if fixed is None else 0)
    if needed > drawn:
        raise SystemExit(f"{drawn} showers are too few, the trials need {needed}")
    print(f"{drawn} showers; observables of", file=sys.stderr)
    pool = tables(showers, fixed, detector, defects, injected, arguments.keep)
    rng = np.random.default_rng(order)
    work = []
    for trials, with_defects, block_seed in zip(
        shared(arguments.trials, arguments.references),
        shared(arguments.defect_trials, arguments.references),
        blocks,
        strict=True,
    ):
        if arguments.fixed is None:
            reference, others = np.split(rng.permutation(drawn), [arguments.reference])
        else:
            reference, others = None, np.arange(drawn)
        work.append(
            Block(reference, others, trials, with_defects, arguments.n, block_seed, arguments.keep)
        )
    total = Tally()
    context = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(
        arguments.workers, context, initializer=_inherit, initargs=(pool, detector)
    ) as executor:
        for done, tally in enumerate(executor.map(_inherited_block, work), start=1):
            total.add(tally)
            print(f"block {done} of {len(work)}", file=sys.stderr, flush=True)
            # What is done is kept: this takes long.
            result = summary(total, drawn, defects, arguments, Policy())
            if not arguments.add:
                write(result, arguments.out)
    if arguments.add:
        whole = json.loads(arguments.out.with_suffix(".json").read_text(encoding="utf-8"))
        write(with_rows(from_json(whole), result), arguments.out)


def shared(trials: int, blocks: int) -> list[int]:
    """Trials divided among blocks as evenly as possible."""
    parts: list[int] = np.diff(np.linspace(0, trials, blocks + 1).astype(int)).tolist()
    return parts


def write(calibration: Calibration, out: Path) -> None:
    """``<out>.json`` and ``<out>.md``."""
    out.with_suffix(".json").write_text(json.dumps(asdict(calibration), indent=1) + "\n")
    out.with_suffix(".md").write_text(to_markdown(calibration))


def summary(
    tally: Tally,
    pool: int,
    defects: tuple[Defect, ...],
    arguments: argparse.Namespace,
    policy: Policy,
) -> Calibration:
    """Counts as fractions with their intervals."""
    n = tally.trials
    others = pool - arguments.reference if arguments.fixed is None else pool
    return Calibration(
        detector=arguments.detector,
        command=arguments.command,
        seed=arguments.seed,
        pool=pool,
        reference=arguments.reference,
        fixed=arguments.fixed is not None,
        references=arguments.references,
        n=arguments.n,
        alpha=policy.alpha,
        # Of two trials with one reference, and of two with different ones.
        overlap=(arguments.n / others, arguments.n / pool),
        null=NullRow(
            trials=n,
            alarms=tally.alarms,
            interval=clopper_pearson(tally.alarms, n),
            significant=tally.significant,
            at_level={str(level): tally.at_level[level] / n for level in LEVELS},
            alarmed_by=dict(tally.alarmed_by.most_common(5)),
        ),
        coverage=[
            Coverage(kind, count // n, *(tally.covered[kind, s] / count for s in SIGMAS))
            for kind, count in tally.compared.items()
        ],
        defects=[
            DefectRow(
                name=defect.name,
                expected=list(defect.named_by),
                trials=tally.with_defects,
                found=tally.found[defect.name],
                interval=clopper_pearson(tally.found[defect.name], tally.with_defects),
                named=tally.named[defect.name],
                first=tally.first[defect.name],
                first_rows={
                    metric: count
                    for (name, metric), count in tally.first_rows.most_common()
                    if name == defect.name
                },
            )
            for defect in defects
        ],
    )


def main() -> None:
    """Parse, calibrate, write ``<out>.md`` and ``<out>.json``."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--showers", type=Path, nargs="+", required=True, help="files, or shards")
    parser.add_argument(
        "--fixed", type=Path, help="the reference; otherwise drawn from the showers"
    )
    parser.add_argument("--foreign", type=Path, help="showers of another detector")
    parser.add_argument("--model", help="for defects of how a model is run")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="defects, or patterns for them")
    parser.add_argument("--detector", default="Par04SciPb")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--defect-trials", type=int, default=1000, help="of those, with defects")
    parser.add_argument("--n", type=int, default=1000, help="showers of a sample")
    parser.add_argument("--reference", type=int, default=2000, help="showers of a reference")
    parser.add_argument("--references", type=int, default=25, help="drawn, for all trials")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder: what is done is not done again")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("docs/gate_calibration"))
    parser.add_argument(
        "--add",
        action="store_true",
        help="put the rows of the defects into the table that is there",
    )
    arguments = parser.parse_args()
    named = {key: getattr(arguments, key) for key in ("fixed", "foreign")}
    arguments.command = " ".join(
        ["python studies/gate_calibration.py", "--detector", arguments.detector, "--showers"]
        + [path.name for path in arguments.showers]
        + [f"--{key} {path.name}" for key, path in named.items() if path is not None]
        + [f"--model {arguments.model}" for _ in range(arguments.model is not None)]
        + [f"--only {shlex.join(arguments.only)}" for _ in range(arguments.only is not None)]
        + [
            f"--{name.replace('_', '-')} {getattr(arguments, name)}"
            for name in ("trials", "defect_trials", "n", "reference", "references", "seed")
        ]
    )
    calibrate(arguments)
    print(arguments.out.with_suffix(".md").read_text())


if __name__ == "__main__":
    main()
