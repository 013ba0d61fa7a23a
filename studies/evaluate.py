r"""Time and memory of an evaluation, on a large sample.

    python studies/evaluate.py --source REAL.h5 [REAL2.h5 ...] --showers 20000 \
        --json docs/results/evaluation.json

Makes two files of showers from real ones, then reads them, computes all observables and 1-D
scores, and errors, nulls and p-values, each in a process of its own. Beside it stands a plain
numpy script, on fewer showers and scaled. Prints a table in Markdown.

Times mean little on a busy machine: the load is noted, and the processor time beside the wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from calobench.harness.provenance import processor

HERE = Path(__file__).parent

Measured = dict[str, float]


def main() -> None:
    """Parse the command line, measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--source", type=Path, nargs="+", help="real showers, LEMURS layout")
    parser.add_argument("--showers", type=int, default=100_000, help="in each of two files")
    parser.add_argument("--replicas", type=int, default=1000)
    parser.add_argument("--plain", type=int, default=2000, help="showers for the plain script")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="folder of the two files, used if they exist")
    parser.add_argument("--json", type=Path, help="write all numbers there")
    parser.add_argument("--whole-run", action="store_true", help="time 'calobench run' as well")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        perform(json.loads(options.task))
        return
    if not options.source:
        parser.error("--source is needed")
    scratch = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory()
    with scratch as folder:
        times = measure(options, Path(folder))
    sys.stdout.write(to_markdown(times))
    if options.json:
        options.json.write_text(json.dumps(times, indent=1) + "\n")


def perform(request: dict[str, Any]) -> None:
    """Do one task and tell what it measured as JSON."""
    # Only here: the process that starts the others stays small.
    from evaluate_tasks import TASKS

    sys.stdout.write(json.dumps(TASKS[request.pop("task")](**request)))


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Make the files, then measure one task after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{name}_{options.showers}.h5" for name in ("reference", "model")]
    sources = [str(path.absolute()) for path in options.source]

    def make(path: Path) -> None:
        if not path.exists():
            seed = options.seed + files.index(path)
            run("make", target=str(path), sources=sources, showers=options.showers, seed=seed)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, files))
    names = [str(path) for path in files]
    replicas, seed = options.replicas, options.seed
    loads = [os.getloadavg()[0]]
    tasks = {
        "read_hdf5": run("read_hdf5", files=names),
        "read": run("read", files=names),
        "score": run("score", files=names, replicas=replicas, seed=seed),
        "plain": run("plain", files=names, showers=options.plain, replicas=replicas, seed=seed),
    }
    if options.whole_run:
        out = str(folder / "run")
        tasks["whole_run"] = run("whole_run", files=names, replicas=replicas, out=out)
    loads.append(os.getloadavg()[0])
    return {
        "showers": options.showers,
        "replicas": replicas,
        "plain_showers": options.plain,
        "seed": seed,
        "file_mb": [path.stat().st_size / 1e6 for path in files],
        "machine": f"{os.cpu_count()} cores of {processor()}",
        "load_average": loads,
        **tasks,
    }


def run(task: str, **request: object) -> Measured:
    """Do a task in a fresh process, numpy with one thread (calobench brings its own)."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, __file__, "--task", json.dumps({"task": task, **request})],
        cwd=HERE, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    measured: Measured = json.loads(done.stdout)
    return measured


def to_markdown(times: dict[str, Any]) -> str:
    """The table."""
    score, plain = times["score"], times["plain"]
    rows = [
        row("reading: h5py alone, one thread", times["read_hdf5"], "read"),
        row("reading: calobench, values checked", times["read"], "read"),
        row(f"reading and {score['observables']} observables", score, "observables"),
        row("all 1-D scores of them", score, "scores"),
        row(
            f"bootstrap, nulls and permutations, {times['replicas']} replicas each",
            score,
            "replicas",
        ),
        row("plain numpy: observables, without reading", plain, "observables"),
        row("plain numpy: chi-square and W1 of the numbers", plain, "scores"),
        row("plain numpy: their replicas", plain, "replicas"),
    ]
    if "whole_run" in times:
        rows.append(row("`calobench run`, everything and the report", times["whole_run"], "run"))
    sizes = " and ".join(f"{size:.0f} MB" for size in times["file_mb"])
    load = " to ".join(f"{load:.1f}" for load in times["load_average"])
    total = score["observables_wall_s"] + score["scores_wall_s"]
    return "\n".join(
        [
            f"Two files of {times['showers']} showers of 6,480 cells ({sizes}), seed "
            f"{times['seed']}; {times['machine']}, load average {load}.",
            "",
            "| | wall, s | processor, s | peak memory, MB |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Reading, observables and 1-D scores take {total / times['read']['read_wall_s']:.2f} "
            "times as long as reading with calobench, "
            f"{total / times['read_hdf5']['read_wall_s']:.2f} times as long as reading with h5py. "
            f"Plain numpy was measured on {times['plain_showers']} showers of each file, and with 3 "
            "replicas, and scaled; its scores agree to "
            f"{plain['largest_difference']:.0e}.",
            "",
        ]
    )


def row(label: str, measured: Measured, name: str) -> str:
    """One line of the table."""
    numbers = (measured[f"{name}_{what}"] for what in ("wall_s", "cpu_s", "peak_mb"))
    return f"| {label} | " + " | ".join(f"{number:.1f}" for number in numbers) + " |"


if __name__ == "__main__":
    main()
