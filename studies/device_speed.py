"""Measures variants on a device: showers per second, what bounds them, and whether they are those of the CPU.

    python studies/device_speed.py --device cuda --out device.json
    python studies/device_speed.py --join device.json again.json ... --out docs/results/device.json

Noise is drawn by threads of the CPU while the device is at work; the rest is computed there. So there are
five rates: noise alone by one thread, the device alone (its noise is there), ``generate`` from a seed to
cells in MeV in the memory of the CPU, positions of hits, the path of the CPU. All in float32, with products
of matrices in TF32, and in bfloat16. Without a GPU ``--device cpu`` shows that the script runs, and how far
the two paths differ. How fast noise is drawn depends on what the threads of the CPU happen to do: ``--join``
keeps the first of several runs, and the rates from the seed of all of them.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import torch

from calobench.detectors import load_detector
from calobench.placement.hits import global_hits
from calobench.showers import Conditions, Showers
from reference_models.devices import require_device
from reference_models.edm_model import EdmModel
from reference_models.inference.device import BATCH, DeviceChain
from reference_models.inference.noise import noise_of_batch, streams
from reference_models.samplers.noise import noise_draws
from reference_models.variants import VARIANTS, make

DETECTOR = load_detector("ALLEGRO")
SEED = 1
PRECISIONS = {"float32": torch.float32, "tf32": torch.float32, "bfloat16": torch.bfloat16}


def particles(n: int) -> Conditions:
    """Photons of 1 to 100 GeV, evenly in the logarithm, from all over the barrel."""
    rng = np.random.default_rng(SEED)
    energy = np.geomspace(1e3, 1e5, n) if n > 1 else np.array([5e4])
    return Conditions(energy, rng.uniform(0.87, 2.27, n), rng.uniform(0, 2 * np.pi, n))


def seconds(job: Callable[[], object], device: torch.device, limit_s: float) -> float:
    """Median time of a call after one that is not timed; on the CPU that of the process alone."""
    on_cpu, times = device.type == "cpu", list[float]()
    clock = time.process_time if on_cpu else time.perf_counter
    begin = time.perf_counter()
    while len(times) < 2 or (time.perf_counter() - begin < limit_s and len(times) < 50):
        start = clock()
        job()
        if not on_cpu:
            torch.cuda.synchronize(device)
        times.append(clock() - start)
    return float(np.median(times[1:]))


def given_noise(chain: DeviceChain, model: EdmModel, n: int) -> Callable[[], object]:
    """All that the device does for ``n`` showers; noise is one batch that is there and used again."""
    draws = noise_draws(model.sampler, model.sigmas)
    size = model.finished.marginals.model.network.size + draws * int(
        np.prod(DETECTOR.mesh_geometry.shape)
    )
    rows = min(n, max(16, 2**28 // (4 * size) // 16 * 16))
    noise = np.random.default_rng(2).standard_normal((rows, size), dtype=np.float32)
    conditions = particles(rows)

    def call() -> None:
        for _ in range(-(-n // rows)):
            chain.given(conditions, DETECTOR.one_hot_slot, noise)

    return call


def difference(result: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> dict[str, float]:
    """Largest difference of a cell over the hottest of its shower, cells that are empty in one only, bias."""
    hottest = expected.max(axis=(1, 2, 3), keepdims=True)
    totals, true = (x.sum(axis=(1, 2, 3), dtype=np.float64) for x in (result, expected))
    return {
        "of_hottest": float((np.abs(result - expected) / hottest).max()),
        "flipped": float(np.mean((result > 0) != (expected > 0))),
        "response": float(np.mean(totals / true) - 1),
    }


def measure(
    name: str, device: torch.device, batches: list[int], limit_s: float, compared: int
) -> dict[str, Any]:
    """All rates and differences of a variant."""
    variant = next(one for one in VARIANTS if one.name == name)
    model, slot = make(variant), DETECTOR.one_hot_slot
    draws, mesh = noise_draws(model.sampler, model.sigmas), DETECTOR.mesh_geometry.shape
    seed, few = np.random.SeedSequence(SEED), particles(compared)
    expected, cpu = model.generate(few, DETECTOR, seed), torch.device("cpu")
    record: dict[str, Any] = {
        "draws": draws,
        "cpu_per_s": len(few) / seconds(lambda: model.generate(few, DETECTOR, seed), cpu, limit_s),
        "precisions": {},
    }
    n, pinned = max(16, 1024 // draws), device.type == "cuda"
    with ThreadPoolExecutor(1) as pool:
        record["noise_per_s"] = n / seconds(
            lambda: noise_of_batch(seed, draws, slice(0, n), mesh, pool, pinned=pinned),
            cpu,
            limit_s,
        )
    placed = Showers(expected, few)
    record["hits_per_s"] = len(few) / seconds(lambda: global_hits(placed, DETECTOR), cpu, limit_s)
    for precision, products in PRECISIONS.items():
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        chain = DeviceChain(model, device, BATCH, products)
        result = chain.seeded(few, slot, *streams(seed))
        rows = []
        for batch in batches:
            conditions = particles(batch)
            if device.type == "cuda":
                torch.cuda.reset_peak_memory_stats(device)
            whole = seconds(
                lambda c=conditions, x=chain: x.seeded(c, slot, *streams(seed)),  # type: ignore[misc]
                device,
                limit_s,
            )
            alone = seconds(given_noise(chain, model, batch), device, limit_s)
            rows.append(
                {
                    "batch": batch,
                    "per_s": batch / whole,
                    "device_per_s": batch / alone,
                    "peak_bytes": torch.cuda.max_memory_allocated(device) if pinned else None,
                }
            )
        record["precisions"][precision] = {"rates": rows, "cpu": difference(result, expected)}
    return record


def table(name: str, record: dict[str, Any]) -> list[str]:
    """Lines for people."""
    lines = [
        f"{name}: CPU path {record['cpu_per_s']:,.0f}/s, noise {record['noise_per_s']:,.0f}/s, positions of "
        f"hits {record['hits_per_s']:,.0f}/s (one core each)"
    ]
    for precision, of in record["precisions"].items():
        cpu = of["cpu"]
        lines.append(
            f"  {precision}: {cpu['of_hottest']:.1e} of the hottest cell from the CPU's, "
            f"{cpu['flipped']:.1e} of the cells empty in one only, response {cpu['response']:+.1e}"
        )
        lines += [
            f"    batch {row['batch']:>6}: {row['per_s']:>10,.0f}/s from the seed, "
            f"{row['device_per_s']:>10,.0f}/s with noise given"
            for row in of["rates"]
        ]
    return lines


def joined(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The first of several runs, with the rates from the seed of all that have its largest batch.

    Returns:
        The run with ``repeated``: lists of rates in single precision by variant, in thousands.
    """
    repeated: dict[str, list[float]] = {}
    for name, variant in runs[0]["variants"].items():
        batch = _largest(variant)["batch"]
        rows = [_largest(run["variants"][name]) for run in runs if name in run["variants"]]
        repeated[name] = sorted(row["per_s"] / 1000 for row in rows if row["batch"] == batch)
    return {**runs[0], "repeated": repeated}


def _largest(variant: Mapping[str, Any]) -> Mapping[str, Any]:
    """The rates of its largest batch, in single precision."""
    rates: list[Mapping[str, Any]] = variant["precisions"]["float32"]["rates"]
    return max(rates, key=lambda row: float(row["batch"]))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cuda", help="cpu, cuda or cuda:N")
    parser.add_argument("--variants", default="distilled-small,distilled,distilled2,solver,full")
    parser.add_argument("--batches", default="1,100,1000,10000", help="showers of one call")
    parser.add_argument("--compared", type=int, default=256, help="showers held against the CPU's")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each rate")
    parser.add_argument("--out", type=Path, help="write all numbers here, as JSON")
    parser.add_argument(
        "--join", type=Path, nargs="+", metavar="RUN", help="measure nothing: see above"
    )
    arguments = parser.parse_args()
    if arguments.join:
        if arguments.out is None:
            parser.error("--join needs --out")
        whole = joined([json.loads(path.read_text(encoding="utf-8")) for path in arguments.join])
        arguments.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        return
    device = require_device(arguments.device)
    batches = [int(word) for word in arguments.batches.split(",")]
    found = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor()
    document: dict[str, Any] = {"device": found, "torch": torch.__version__, "variants": {}}
    for name in arguments.variants.split(","):
        document["variants"][name] = measure(
            name, device, batches, arguments.seconds, arguments.compared
        )
        print("\n".join(table(name, document["variants"][name])), flush=True)
    if arguments.out:
        arguments.out.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
