"""A suite of four models on five detectors: anew, again, and, for one of them, from kept showers.

python studies/suite_sample.py --n 100 --workers 2
python studies/suite_sample.py --n 100 --workers 2 --keep FOLDER     # also a history and its site

The figures go into ``docs/results/suite.json``; ``studies/claims.py --write`` puts them into the docs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import calobench as cb
from calobench.harness.provenance import processor
from calobench.io import write_lemurs
from calobench.models.cache import ShowerCache

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "suite.json"
EXAMPLE = ROOT / "docs" / "examples" / "calobench-gflash"
MODELS = ("distilled", "geant4-library", "gflash", "few-cells")
DETECTORS = ("Par04SiW", "Par04SciPb", "ODD", "FCCeeCLD", "FCCeeALLEGRO")
ELSEWHERE = {
    "gflash": "calobench_gflash.model:gflash",
    "few-cells": f"{ROOT / 'studies' / 'few_cells.py'}:make",
}


def suite_text(n: int, seed: int, replicas: int, detectors: Sequence[str], folder: Path) -> str:
    """The file of the suite, whose references lie in ``folder``."""
    models = ", ".join(f'{{name: {name}, model: "{ELSEWHERE.get(name, name)}"}}' for name in MODELS)
    references = ", ".join(f"{name}: {folder / name}.h5" for name in detectors)
    return (
        f"models: [{models}]\ndetectors: [{', '.join(detectors)}]\nn: {n}\nseed: {seed}\n"
        f"replicas: {replicas}\nreferences: {{{references}}}\n"
    )


def write_references(folder: Path, n: int) -> None:
    """The first ``n`` bundled showers of every detector."""
    for name in DETECTORS:
        mesh = cb.load_detector(name).mesh_geometry
        write_lemurs(folder / f"{name}.h5", [cb.reference(name)[:n]], detector=name, mesh=mesh)


def timed(call: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Wall and CPU time of a call."""
    start, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(call, env=environment, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": time.monotonic() - start, "cpu_s": cpu}


def measure(n: int, seed: int, workers: int, keep: Path | None) -> dict[str, Any]:
    """The three calls, in a folder that is kept, or in one that is not."""
    with contextlib.ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        cache = folder / "cache"
        path = os.pathsep.join([str(EXAMPLE), *sys.path])
        environment = {**os.environ, "CALOBENCH_CACHE": str(cache), "PYTHONPATH": path}
        call = [sys.executable, "-m", "calobench", "suite"]
        write_references(folder, 2 * n)
        files = {}
        for replicas, detectors in ((20, DETECTORS), (21, DETECTORS[-1:])):
            files[replicas] = folder / f"suite{replicas}.yaml"
            files[replicas].write_text(suite_text(n, seed, replicas, detectors, folder))
        more = ["--workers", str(workers), "--out"]
        first = timed([*call, str(files[20]), *more, str(folder / "out")], environment)
        calls = ShowerCache(cache).entries()
        again = timed([*call, str(files[20]), *more, str(folder / "out")], environment)
        start = time.time()
        kept = timed([*call, str(files[21]), *more, str(folder / "other")], environment)
        after = ShowerCache(cache).entries()
        rows = json.loads((folder / "out" / "suite.json").read_text())["rows"]
        return {
            "machine": processor(),
            "n": n,
            "n_reference": 2 * n,
            "seed": seed,
            "workers": workers,
            "runs": len(rows),
            "first": first,
            "again": again,
            "kept": kept,
            "calls": len(calls),
            "hits": sum(one.used >= start for one in after) - (len(after) - len(calls)),
            "misses": len(after) - len(calls),
            "showers": sum(one.n for one in calls),
            "cache_bytes": sum(one.size for one in calls),
            "rows": [
                {
                    "model": row["model"],
                    "detector": row["detector"],
                    "level": row["level"],
                    "auc": next((s["value"] for s in row["scores"] if s["name"] == "auc"), None),
                }
                for row in rows
            ],
        }


def make_site(folder: Path) -> None:
    """A history of all runs of the suite, and its site, beside it."""
    call, store = [sys.executable, "-m", "calobench"], str(folder / "history")
    runs = [str(path.parent) for path in sorted((folder / "out").glob("*/results.json"))]
    subprocess.run([*call, "history", "add", *runs, "--store", store], check=True)
    site = [
        "site",
        store,
        "--out",
        str(folder / "public"),
        "--title",
        "Four models, five detectors",
    ]
    subprocess.run([*call, *site], check=True)


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="an empty folder for all runs, and their site")
    given = parser.parse_args()
    result = measure(given.n, given.seed, given.workers, given.keep)
    RESULT.write_text(json.dumps(result, indent=1, sort_keys=True) + "\n")
    if given.keep is not None:
        make_site(given.keep)


if __name__ == "__main__":
    main()
