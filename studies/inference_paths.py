"""Cost of evaluating ``distilled`` on one core, path by path, and where the rest of the time goes.

    OMP_NUM_THREADS=1 taskset -c 1 python studies/inference_paths.py --markdown paths.md

All paths do the same in turn, so that a change of the machine's load meets all of them. Times are CPU
time of the thread unless ``--clock wall``: the machine may be shared, but caches and clock rate are
shared too, so the quantile that is quoted is a low one. The limit is the arithmetic of one evaluation
over the rate of a large product of matrices in single precision on the same core.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
from inference_candidates import candidates, compiled

from calobench.detectors import load_detector
from calobench.placement import hits
from calobench.showers import Conditions, Showers
from reference_models import edm_model
from reference_models.calibration.cells import CellCorrection
from reference_models.inference.arrays import Correlator, Restorer, encode
from reference_models.inference.choose import BACKENDS
from reference_models.inference.flops import evaluation_flops
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.scale import SumsScale
from reference_models.network.preconditioning import SIGMA_MAX, SIGMA_MIN, Denoiser
from reference_models.variants import MODELS
from reference_models.weights_io import FinishedModel

DETECTOR = load_detector("ALLEGRO")
BATCHES = (1, 16)
SHOWERS = 16
PEAK_SIZE = 512
COLD = """
import time; start = time.perf_counter()
import torch; torch.set_num_threads(1); imported = time.perf_counter()
import numpy as np
from calobench.detectors import load_detector
from calobench.showers import Conditions
from reference_models.variants import MODELS
detector = load_detector("ALLEGRO"); ready = time.perf_counter()
model = MODELS["distilled"](backend="{name}"); loaded = time.perf_counter()
one = Conditions(np.array([5e4]), np.array([1.57]), np.array([0.3]))
model.generate(one, detector, np.random.SeedSequence(1)); first = time.perf_counter()
print(imported - start, loaded - ready, first - loaded)
"""

Record = dict[str, Any]


def in_turn(
    jobs: Mapping[str, Callable[[], object]], repeats: int, clock: Callable[[], float]
) -> dict[str, Record]:
    """Times of each job, ms: minimum, 10 % quantile and median."""
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start = clock()
            job()
            times[name].append(1e3 * (clock() - start))
    names = ("minimum", "low", "median")
    return {
        name: dict(zip(names, np.quantile(of_path, [0, 0.1, 0.5]).tolist(), strict=True))
        for name, of_path in times.items()
    }


def conditions_of(n: int) -> Conditions:
    """50 GeV photons."""
    return Conditions(np.full(n, 5e4), np.full(n, 1.57), np.full(n, 0.3))


def encoded(finished: FinishedModel, conditions: Conditions) -> torch.Tensor:
    """Inputs of the network: the conditions, and marginals drawn for them."""
    slot = DETECTOR.one_hot_slot
    sums = finished.marginals.model.sample(conditions, slot, torch.Generator().manual_seed(1))
    told = finished.scale.standardised(sums, conditions.energy, slot)
    return torch.from_numpy(np.concatenate([encode(conditions, slot), told], axis=1))


def deviations(paths: dict[str, Any], finished: FinishedModel) -> dict[str, Record]:
    """Largest difference to the network in single and in double precision, normalised units."""
    network = finished.network
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(SHOWERS, *network.config.mesh, generator=generator) * SIGMA_MAX
    rng = np.random.default_rng(1)
    spread = Conditions(
        rng.uniform(1e3, 1e5, SHOWERS), rng.uniform(0.87, 2.27, SHOWERS), rng.uniform(0, 6, SHOWERS)
    )
    conditions = encoded(finished, spread)
    with torch.inference_mode():
        levels = torch.full((SHOWERS,), SIGMA_MAX)
        single = Denoiser(network, SIGMA_MIN)(x, levels, conditions).double()
        double = Denoiser(deepcopy(network).double(), SIGMA_MIN)(
            x.double(), levels.double(), conditions.double()
        )
        of_path = {}
        for name, path in paths.items():
            rows = range(SHOWERS)
            own = torch.cat([path(x[k : k + 1], SIGMA_MAX, conditions[k : k + 1]) for k in rows])
            of_path[name] = {
                "from_single": float((own - single).abs().max()),
                "from_double": float((own - double).abs().max()),
            }
    return of_path


def peak(repeats: int, clock: Callable[[], float]) -> float:
    """FLOP/s of a product of matrices, the best of numpy's BLAS and PyTorch's."""
    a, b = torch.randn(2, PEAK_SIZE, PEAK_SIZE)
    left, right = a.numpy(), b.numpy()
    best = in_turn({"numpy": lambda: left @ right, "torch": lambda: a @ b}, repeats, clock)
    seconds = 1e-3 * min(float(times["minimum"]) for times in best.values())
    return 2 * PEAK_SIZE**3 / seconds


def cold(name: str) -> Record:
    """Seconds, in a fresh process: import of PyTorch, loading of the model, first shower."""
    command = [sys.executable, "-c", COLD.format(name=name)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    values = [float(word) for word in printed.split()]
    return dict(zip(("import_s", "load_s", "first_s"), values, strict=True))


def whole(model: Any, n: int) -> Callable[[], object]:
    """All that a user pays for ``n`` showers."""
    conditions, seeds = conditions_of(n), iter(range(10**9))

    def call() -> object:
        seed = np.random.SeedSequence(next(seeds))
        return hits.global_hits(
            Showers(model.generate(conditions, DETECTOR, seed), conditions), DETECTOR
        )

    return call


class Parts:
    """Time of each part of a job without the parts inside it, so that they add up to the whole."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._inside = clock, [0.0]
        self.times: dict[str, list[float]] = {}

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its time added to that of a part of the present job."""

        def call(*arguments: Any, **keywords: Any) -> Any:
            self._inside.append(0.0)
            start = self._clock()
            result = function(*arguments, **keywords)
            passed = 1e3 * (self._clock() - start)
            self.times[name][-1] += passed - self._inside.pop()
            self._inside[-1] += passed
            return result

        self.times[name] = []
        return call

    def begin(self) -> None:
        """A job begins."""
        for of_part in self.times.values():
            of_part.append(0.0)


def breakdown(model: Any, repeats: int, clock: Callable[[], float]) -> Record:
    """Parts of the time of one shower and their sum, ms (10 % quantile)."""
    parts = Parts(clock)
    places: list[tuple[Any, str, str]] = [
        (edm_model, "streams", "seeds"),
        (MarginalsModel, "uncorrelated", "network of the marginals"),
        (MarginalsModel, "sample", "the rest of the marginals"),
        (edm_model, "encode", "conditions"),
        (SumsScale, "standardised", "conditions"),
        (model, "_backend", "network"),
        (Correlator, "__call__", "correlation of the noise"),
        (model, "_sample", "noise and sampler"),
        (Restorer, "centre", "back to MeV"),
        (Restorer, "restore", "back to MeV"),
        (CellCorrection, "__call__", "cells calibrated"),
        (edm_model, "fit_to_sums", "cells scaled to the sums"),
        (hits, "global_hits", "hits"),
    ]
    job = parts.timed("nothing of these", whole(model, 1))
    patches = [
        mock.patch.object(at, name, parts.timed(to, getattr(at, name))) for at, name, to in places
    ]
    try:
        for patch in patches:
            patch.start()
        for _ in range(repeats):
            parts.begin()
            job()
    finally:
        mock.patch.stopall()
    table = {name: np.array(of_part[5:]) for name, of_part in parts.times.items()}
    table["everything"] = np.sum(list(table.values()), axis=0)
    table["everything but the network"] = table["everything"] - table["network"]
    return {name: float(np.quantile(of_part, 0.1)) for name, of_part in table.items()}


def made(makers: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    """The paths that can be had here."""
    paths = {}
    for name, make in makers.items():
        try:
            paths[name] = make()
        except ImportError as error:
            print(f"left out: {name} ({error})", file=sys.stderr)
    return paths


def measure(arguments: argparse.Namespace) -> Record:
    """All tables."""
    clock = time.perf_counter if arguments.clock == "wall" else time.thread_time
    repeats = arguments.repeats
    models = made({name: partial(MODELS["distilled"], backend=name) for name in BACKENDS})
    network = models["eager"].finished.network
    makers = candidates(network, SIGMA_MIN)
    paths = made(makers | (compiled(network, SIGMA_MIN) if arguments.compile else {}))
    rate = peak(repeats, clock)
    generator = torch.Generator().manual_seed(1)
    network_ms, whole_ms = {}, {}
    for n in BATCHES:
        x = torch.randn(n, *network.config.mesh, generator=generator) * SIGMA_MAX
        told = encoded(models["eager"].finished, conditions_of(n))
        # Traced with a batch of one.
        able = {k: v for k, v in paths.items() if n == 1 or not k.startswith("TorchScript")}
        jobs = {name: partial(path, x, SIGMA_MAX, told) for name, path in able.items()}
        in_turn(jobs, 3, clock)
        network_ms[n] = in_turn(jobs, max(repeats // n, 10), clock)
        users = {name: whole(model, n) for name, model in models.items()}
        in_turn(users, 3, clock)
        whole_ms[n] = in_turn(users, max(repeats // n, 10), clock)
    flops = evaluation_flops(network.config)
    return {
        "flops": flops,
        "peak_flops": rate,
        "limit_ms": 1e3 * flops / rate,
        "clock": arguments.clock,
        "repeats": repeats,
        "torch": torch.__version__,
        "network_ms": network_ms,
        "whole_ms": whole_ms,
        "deviation": deviations(paths, models["eager"].finished),
        "cold": {name: cold(name) for name in models},
        "breakdown_ms": {name: breakdown(m, repeats, clock) for name, m in models.items()},
        "default": MODELS["distilled"]().info.backend,
    }


def to_markdown(record: Record) -> str:
    """The tables for people."""
    limit = record["limit_ms"]
    lines = [
        f"One evaluation: {record['flops'] / 1e6:.1f} MFLOP; one core: {record['peak_flops'] / 1e9:.1f} "
        f"GFLOP/s (float32 product of {PEAK_SIZE} x {PEAK_SIZE}); limit {limit:.2f} ms.",
        f"Default: {record['default']}. Clock: {record['clock']}; minimum / 10 % quantile of "
        f"{record['repeats']} repeats, milliseconds per shower.",
        "",
        "| network only | batch 1 | of the limit | batch 16 | from eager float32 | from float64 |",
        "|---|---|---|---|---|---|",
    ]
    one, many = (record["network_ms"][n] for n in BATCHES)
    for name, times in one.items():
        off = record["deviation"][name]
        lines.append(
            f"| {name} | {_both(times)} | {times['minimum'] / limit:.2f} | "
            f"{_both(many.get(name), SHOWERS)} | {off['from_single']:.1e} | {off['from_double']:.1e} |"
        )
    lines += [
        "",
        "| everything a user pays | batch 1 | batch 16 | load s | first shower s |",
        "|---|---|---|---|---|",
    ]
    one, many = (record["whole_ms"][n] for n in BATCHES)
    for name, times in one.items():
        start = record["cold"][name]
        lines.append(
            f"| {name} | {_both(times)} | {_both(many[name], SHOWERS)} | {start['load_s']:.2f} | "
            f"{start['first_s']:.3f} |"
        )
    names = list(record["breakdown_ms"])
    lines += ["", "| where the time of one shower goes | " + " | ".join(names) + " |"]
    lines.append("|---" * (len(names) + 1) + "|")
    for part in next(iter(record["breakdown_ms"].values())):
        values = " | ".join(f"{record['breakdown_ms'][name][part]:.3f}" for name in names)
        lines.append(f"| {part} | {values} |")
    return "\n".join(lines) + "\n"


def _both(times: Record | None, showers: int = 1) -> str:
    if times is None:
        return "-"
    return f"{times['minimum'] / showers:.2f} / {times['low'] / showers:.2f}"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--repeats", type=int, default=200)
    parser.add_argument("--clock", choices=("cpu", "wall"), default="cpu")
    parser.add_argument(
        "--compile", action="store_true", help="torch.compile as well: a minute more"
    )
    parser.add_argument("--json", type=Path)
    parser.add_argument("--markdown", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    record = measure(arguments)
    table = to_markdown(record)
    print(table)
    if arguments.json:
        arguments.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if arguments.markdown:
        arguments.markdown.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
