"""Shards: the same bytes whoever makes them, what they cost beyond their work, and where they stop scaling.

python studies/scaling.py bytes [--geant4-data FOLDER]  # one file of showers, made in many ways
python studies/scaling.py costs              # overhead per shard
python studies/scaling.py speed-up           # of 2 workers over 1, on a machine at rest
python studies/scaling.py simulate           # those costs, on up to 1,000 workers, up to 1e8 showers
python studies/scaling.py join kills.json .. # results of studies/kills.py

Each puts its part into ``docs/results/scaling.json``; ``simulate`` draws ``docs/scaling.svg``.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from kills import cluster
from scaling_model import Costs, simulated, speed_up

from calobench.detectors import load_detector
from calobench.executors.dask_cluster import DaskExecutor
from calobench.executors.processes import ProcessExecutor
from calobench.harness.generation import shard_size
from calobench.harness.reference import read_reference
from calobench.harness.sources import model_source
from calobench.io.readers.lemurs import LemursFile
from calobench.io.writers.lemurs import LemursWriter
from calobench.models.registry import load_model
from calobench.simulate import SHARD_SIZE

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "scaling.json"
FIGURE = ROOT / "docs" / "scaling.svg"
CALL = (sys.executable, "-m", "calobench")
ROUNDS = 3
# Showers of two files: the difference is work, the rest is the start of the program.
FILES = (500, 2500)
SWEEP = ROOT / "reports" / "samples" / "sweep-FCCeeALLEGRO" / "sweep.json"


def same_bytes(geant4_data: Path | None) -> dict[str, Any]:
    """SHA-256 of files, and of results but for their times, that are made in many ways."""
    kept = json.loads(RESULT.read_text()).get("bytes", {}) if RESULT.exists() else {}
    table = kept.get("sha256", {})
    generated = ["generate", "--model", "geant4-library", "--detector", "CLD", "-n", "500"]
    simulated = ["simulate", "--detector", "CLD", "-n", "200", "--energy", "1"]
    evaluated = ["run", *generated[1:], "--seed", "2", "--replicas", "20"]
    if geant4_data is None:
        table["generate"] = _ways(generated, (1, 2, 8))
        table["run"] = _ways(evaluated, (1, 2, 8))
    else:
        table["simulate"] = _ways([*simulated, "--geant4-data", str(geant4_data)], (1, 2))
    calls = {"generate": generated, "run": evaluated, "simulate": simulated}
    return {"calls": calls, "sha256": table}


def _ways(call: list[str], workers: tuple[int, ...]) -> dict[str, str]:
    sums = {}
    with tempfile.TemporaryDirectory() as name, cluster() as (address, _):
        out = Path(name) / ("out" if call[0] == "run" else "out.h5")

        def made(way: str, *calls: list[str]) -> None:
            for more in calls:
                subprocess.run([*CALL, *call, "--out", str(out), *more], check=True)
            sums[way] = hashlib.sha256(_lasting(out)).hexdigest()
            shutil.rmtree(out) if out.is_dir() else out.unlink()

        for n in workers:
            made(f"{n} process{'es' if n > 1 else ''}", ["--workers", str(n)])
        made("Dask, 2 workers", ["--scheduler", address])
        parts = [["--workers", "1", "--shard", f"{k}/3"] for k in (3, 1, 2)]
        made("array of 3 jobs", *parts, ["--workers", "1"])
    return sums


def _lasting(out: Path) -> bytes:
    """A file; of a run everything that results say, but for times and what belongs to them."""
    if out.is_file():
        return out.read_bytes()
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    kept = {k: v for k, v in results.items() if k not in {"stages", "provenance", "digest"}}
    return json.dumps(kept, sort_keys=True).encode()


def nothing(key: int) -> int:
    """A shard that does nothing."""
    return key


def measure_costs() -> dict[str, Any]:
    """Cost of shards beyond their work, in CPU time."""
    detector = load_detector("ALLEGRO")
    conditions = read_reference(None, detector).conditions
    costs: dict[str, Any] = {
        "generate_s": {},
        "processor_of": "one core, CPU time, median of rounds",
    }
    for model in ("geant4-library", "distilled"):
        source = model_source(load_model(model), conditions, detector, 400, 1)
        chunks = source.chunks(100)
        next(chunks)
        costs["generate_s"][model] = _median(partial(next, chunks)) / 100
        showers = next(iter(source.chunks(100)))
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "shard.h5"

        def write() -> None:
            with LemursWriter(file, detector=detector.name, mesh=detector.mesh_geometry) as writer:
                writer.append(showers)

        def merge() -> None:
            merged = LemursWriter(Path(name) / "all.h5", mesh=detector.mesh_geometry)
            with merged as writer, LemursFile(file) as shard:
                writer.append_file(shard)

        costs["write_s"], costs["merge_s"] = _median(write) / 100, _median(merge) / 100
    costs["process"] = _dispatch(lambda: contextlib.closing(ProcessExecutor(2)))
    with cluster() as (address, _):
        costs["dask"] = _dispatch(lambda: contextlib.closing(DaskExecutor(address)))
    return costs


def _median(do: Callable[[], object]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        do()
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def _dispatch(make: Callable[[], Any]) -> dict[str, float]:
    """Per shard that does nothing: CPU time of the caller; and wall time of starting, with two workers."""
    with make() as executor:
        start = time.monotonic()
        list(executor.map_shards(nothing, [0]))
        begin_s = time.monotonic() - start
        used, wall = time.process_time(), time.monotonic()
        list(executor.map_shards(nothing, list(range(1000))))
    return {
        "caller_cpu_s": (time.process_time() - used) / 1000,
        "wall_s": max(0.0, time.monotonic() - wall - begin_s) / 1000,
        "begin_wall_s": begin_s,
    }


def measure_speed_up(model: str, rounds: int, files: tuple[int, int]) -> dict[str, Any]:
    """Wall times of a small and a large file with 1 and 2 workers, in turn."""
    load = os.getloadavg()[0]
    walls: dict[int, list[tuple[float, float]]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(rounds):
            for workers, wall in walls.items():
                small, large = (_generated(model, n, workers, Path(name)) for n in files)
                wall.append((small, large))
    return {"model": model, "rounds": rounds, "load_before": load, **speed_up(walls, files)}


def _generated(model: str, n: int, workers: int, folder: Path) -> float:
    """Wall time of one file, s."""
    out = folder / "out.h5"
    words = ["--model", model, "--detector", "ALLEGRO", "-n", str(n), "--out", str(out)]
    start = time.monotonic()
    subprocess.run(
        [*CALL, "generate", *words, "--workers", str(workers)], check=True, capture_output=True
    )
    wall = time.monotonic() - start
    out.unlink()
    return wall


def simulate(costs: dict[str, Any]) -> dict[str, Any]:
    """Wall time on many workers, from what was measured."""
    curves = []
    # Of 50 GeV in ALLEGRO, as the sample of a sweep measured it.
    geant4_s = json.loads(SWEEP.read_text())["geant4_ms"][0] / 1000
    per_shower = {**costs["generate_s"], "Geant4": geant4_s}
    for name, seconds in per_shower.items():
        for n in (10**6, 10**8):
            size = SHARD_SIZE if name == "Geant4" else shard_size(n)
            model = Costs(
                shower_s=seconds + costs["write_s"],
                shard_s=costs["dask"]["caller_cpu_s"],
                begin_s=5.0,
                merge_s=costs["merge_s"],
            )
            for workers in (1, 10, 100, 1000):
                shards, joined = simulated(model, n, size, workers)
                curves.append(
                    {
                        "model": name,
                        "n": n,
                        "workers": workers,
                        "shards_s": shards,
                        "join_s": joined,
                    }
                )
    return {"curves": curves, "geant4_s": geant4_s, "begin_s": 5.0}


def draw(curves: list[dict[str, Any]]) -> None:
    """Speed-up against workers: with the joining of the shards, and of the shards alone."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "calobench"
    figure, axes = plt.subplots(figsize=(6.4, 4.2), layout="constrained")
    for k, name in enumerate(dict.fromkeys(one["model"] for one in curves)):
        rows = [one for one in curves if one["model"] == name and one["n"] == 10**8]
        workers = [one["workers"] for one in rows]
        alone = rows[0]["shards_s"]
        for style, label, wall in (
            ("-", f"{name}, one file", [one["shards_s"] + one["join_s"] for one in rows]),
            ("--", f"{name}, shards", [one["shards_s"] for one in rows]),
        ):
            first = alone + rows[0]["join_s"] if style == "-" else alone
            axes.plot(workers, first / np.array(wall), style, color=f"C{k}", label=label)
    axes.plot([1, 1000], [1, 1000], ":", color="0.5", label="ideal")
    axes.set(xscale="log", yscale="log", xlabel="workers", ylabel="speed-up")
    axes.set_title("Simulated from measured costs: 100 million showers", loc="left", fontsize=10)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(FIGURE, metadata={"Date": None})


def main() -> None:
    """Do one part and put it beside the others."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["bytes", "costs", "speed-up", "simulate", "join"])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--geant4-data", type=Path)
    parser.add_argument("--model", default="distilled", help="of the speed-up")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of the speed-up")
    parser.add_argument("--showers", type=int, nargs=2, default=FILES, help="of its two files")
    given = parser.parse_args()
    kept = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    if given.what == "bytes":
        kept["bytes"] = same_bytes(given.geant4_data)
    elif given.what == "costs":
        kept["costs"] = measure_costs()
    elif given.what == "speed-up":
        kept["speed_up"] = measure_speed_up(given.model, given.rounds, tuple(given.showers))
    elif given.what == "simulate":
        kept["simulated"] = simulate(kept["costs"])
        draw(kept["simulated"]["curves"])
    else:
        more = [json.loads(file.read_text()) for file in given.files]
        kept["kills"] = [one for one in kept.get("kills", []) if one not in more] + more
    RESULT.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
