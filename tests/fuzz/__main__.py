"""``python -m tests.fuzz --inputs 10000 --seed 1``: mutated inputs through the public commands."""

from __future__ import annotations

import argparse
import collections
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "helpers")]
# Forked processes must not find threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np  # noqa: E402
from driver import attempt  # noqa: E402
from kinds import KINDS, Bench  # noqa: E402

__all__ = ["attack"]


def attack(
    inputs: int, seed: int, only: str | None = None, keep: Path | None = None
) -> dict[str, dict[str, int]]:
    """Kind to counts of how its inputs ended; bad ones are printed and kept.

    Args:
        inputs: in all, shared among the kinds as in the full run.
        seed: input k of a kind depends on it, the kind and k alone.
        only: this kind.
        keep: folder for the files of bad inputs.
    """
    counts: dict[str, dict[str, int]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(folder)
        bench.warm_up()
        watched = [bench.tiny, bench.results, bench.baseline]
        for number, (kind, weight) in enumerate(KINDS.items()):
            if only not in {None, kind}:
                continue
            outcomes = collections.Counter[str]()
            for k in range(max(1, round(inputs * weight / sum(KINDS.values())))):
                one = bench.make(kind, np.random.default_rng((seed, number, k)))
                files = [*watched, *folder.glob("input*")]
                verdict = attempt(one, files)
                outcomes["bad" if verdict.bad else verdict.how] += 1
                if verdict.bad:
                    print(f"BAD {kind} {k} ({one.what!a}): {verdict.bad!a}", flush=True)  # noqa: T201
                    for path in folder.glob("input*") if keep else ():
                        shutil.copy(path, keep / f"{kind}-{k}-{path.name}")
                for path in folder.glob("input*"):
                    path.unlink()
            counts[kind] = dict(outcomes)
            print(f"{kind}: {dict(outcomes)}", flush=True)  # noqa: T201
    return counts


def _main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--keep", type=Path, help="folder for the files of bad inputs")
    arguments = parser.parse_args()
    start = time.monotonic()
    counts = attack(arguments.inputs, arguments.seed, arguments.kind, arguments.keep)
    total = sum(sum(outcomes.values()) for outcomes in counts.values())
    bad = sum(outcomes.get("bad", 0) for outcomes in counts.values())
    print(f"{total} inputs, {bad} bad, {time.monotonic() - start:.0f} s")  # noqa: T201
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(_main())
