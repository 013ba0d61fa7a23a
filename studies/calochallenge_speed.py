r"""The CaloChallenge's own evaluation beside calobench's: the same values, and how long each takes.

    python studies/calochallenge_speed.py --code homepage/code \\
        --reference dataset_2_2.hdf5 --generated generated.hdf5 --out docs/results/calochallenge_speed.json
    python studies/calochallenge_speed.py --jetnet gen_metrics.py --artificial 10000 --repeats 1 \\
        --batches 2 --out docs/results/calochallenge_distances.json

``--code`` is the folder of that name of github.com/CaloChallenge/homepage, with which histograms are
measured; ``--jetnet`` the file jetnet/evaluation/gen_metrics.py of JetNet 0.2.5 (it needs numba), with which
FPD and KPD are. Both are called as they are, nothing of them is here.
Data set 2. The original needs LaTeX for its figures, which is switched off. Histograms of calobench come with
bootstrap and permutations, which the original has not; both read the same two files. Each measurement is a
process of its own, original and calobench in turns: seconds of the processor, of all threads together, and of
the clock. Linear algebra has one thread; calobench reads and scores on all cores, which the original cannot.
Rows of other numbers of showers that are in ``--out`` stay.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import types
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from calobench.harness.provenance import processor

Measured = dict[str, Any]

ROOT = Path(__file__).resolve().parents[1]
# As the CaloChallenge has them.
BATCHES = {"FPD": 20, "KPD": 10}
_MADE_AT_ONCE = 1000
THRESHOLD_MEV = 0.5e-3 / 0.033


def main() -> None:
    """Measure in turns and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--code", type=Path, help="for the histograms")
    parser.add_argument("--jetnet", type=Path, help="for FPD and KPD")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--generated", type=Path)
    parser.add_argument("--artificial", type=int, help="make two files of so many showers")
    parser.add_argument("--batches", type=int, help="of FPD at each size, and of KPD")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--replicas", type=int, default=200)
    parser.add_argument("--only", help="one row, e.g. 'histograms, drawn'")
    parser.add_argument("--out", type=Path, help="JSON, to which the rows are added")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.task:
        print(json.dumps(TASKS[options.task](options)))
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.artificial:
            made = _artificial(Path(folder), options.artificial)
            # The tasks are processes of their own, which are called with the same words.
            for name, path in zip(("reference", "generated"), made, strict=True):
                setattr(options, name, path)
                sys.argv += [f"--{name}", str(path)]
        if options.reference is None or options.generated is None:
            parser.error("give --reference and --generated, or --artificial")
        _compare(options)


def _compare(options: argparse.Namespace) -> None:
    kept = json.loads(options.out.read_text()) if options.out and options.out.exists() else {}
    rows = {(row["what"], row["showers"]): row for row in kept.get("rows", ())}
    comparisons: list[tuple[str, tuple[str, ...]]] = []
    if options.code:
        comparisons += [(f"histograms, {how}", HISTOGRAMS) for how in ("drawn", "not drawn")]
    if options.jetnet:
        comparisons += [(name, (f"{name} of calobench",)) for name in ("FPD", "KPD")]
    for what, tasks in comparisons:
        if options.only not in (None, what):
            continue
        row = _measured(what, tasks, options)
        rows[what, row["showers"]] = row
        table = speed_table if tasks is HISTOGRAMS else distance_table
        print(table({"rows": [row]}), flush=True)
        if options.out:
            ordered = [rows[key] for key in sorted(rows)]
            options.out.write_text(json.dumps({"rows": ordered}, indent=1) + "\n")


def speed_table(result: Mapping[str, Any]) -> str:
    """The table of histograms in ``docs/calochallenge.md``: processor seconds, means of the repeats."""
    lines = [
        "| | showers of each sample | repeats | original | calobench | with `deflate` | ratios |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for row in result["rows"]:
        sides = (row["original"], *row["calobench"].values())
        means = [float(np.mean(side["cpu_s"])) for side in sides]
        cells = " | ".join(f"{mean:.2f}" if mean < 10 else f"{mean:.1f}" for mean in means)
        ratios = ", ".join(f"{means[0] / mean:.3g}" for mean in means[1:])
        repeats = len(row["original"]["cpu_s"])
        lines.append(f"| {row['what']} | {row['showers']:,} | {repeats} | {cells} | {ratios} |")
    return "\n".join(lines)


def distance_table(result: Mapping[str, Any]) -> str:
    """The table of FPD and KPD there: processor seconds and values."""
    lines = [
        "| | showers of each sample | batches | original, s | calobench, s | ratio | original, × 1000 "
        "| calobench, × 1000 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for row in result["rows"]:
        sides = (row["original"], *row["calobench"].values())
        seconds = [float(np.mean(side["cpu_s"])) for side in sides]
        values = [f"{1000 * value:.4f} ± {1000 * error:.4f}" for value, error in row["values"]]
        times = [f"{one:.3g}" for one in (*seconds, seconds[0] / seconds[1])]
        counts = f"{row['showers']:,}", str(row["batches"])
        lines.append(f"| {' | '.join((row['what'], *counts, *times, *values))} |")
    return "\n".join(lines)


def _artificial(folder: Path, showers: int) -> tuple[Path, Path]:
    """Two files of made-up showers, as the tests have them; the second has other noise, 2 % higher."""
    sys.path.insert(0, str(ROOT / "tests" / "helpers"))
    helper: Any = importlib.import_module("challenge_showers")
    paths = folder / "reference.hdf5", folder / "generated.hdf5"
    for number, path in enumerate(paths):
        parts = []
        for first in range(0, showers, _MADE_AT_ONCE):
            salt = 2 * first // _MADE_AT_ONCE + number + 1
            n = min(_MADE_AT_ONCE, showers - first)
            parts.append(helper.challenge_showers("2", n, salt, 1.0 + 0.02 * number))
        energies, cells = (np.concatenate(part) for part in zip(*parts, strict=True))
        helper.write_challenge(path, energies, cells.astype(np.float32), compression_opts=1)
    return paths


def _measured(what: str, tasks: tuple[str, ...], options: argparse.Namespace) -> Measured:
    """One row: seconds of each repeat, and the largest difference of a value."""
    runs: dict[str, list[Measured]] = {task: [] for task in (what, *tasks)}
    for _ in range(options.repeats):
        for task, done in runs.items():
            done.append(_run(task))
    values = [done[0]["values"] for done in runs.values()]
    original, *others = (np.array(one, dtype=float) for one in values)
    seconds = {
        task: {key: [one[key] for one in done] for key in ("cpu_s", "wall_s")}
        for task, done in runs.items()
    }
    return {
        "what": what,
        "machine": processor(),
        "showers": _showers(options.reference),
        **(
            {}
            if tasks is HISTOGRAMS
            else {"batches": options.batches or BATCHES[what], "values": values}
        ),
        "replicas": options.replicas,
        "largest_difference": max(float(np.nanmax(np.abs(one - original))) for one in others),
        "load": os.getloadavg()[1],
        "original": seconds[what],
        "calobench": {task: seconds[task] for task in tasks},
    }


def _showers(path: Path) -> int:
    import h5py

    with h5py.File(path) as file:
        return len(file["incident_energies"])


class _Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.process_time(), time.perf_counter()

    def with_values(self, values: list[Any]) -> Measured:
        cpu, wall = self._start
        return {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall,
                "values": values}  # fmt: skip


def _run(task: str) -> Measured:
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
    done = subprocess.run(
        [sys.executable, *sys.argv, "--task", task],
        env={**os.environ, **threads}, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def our_histograms(options: argparse.Namespace, *, deflate: bool) -> Measured:
    """Both files to all separation powers with errors and nulls; zlib or the package deflate unpacks."""
    from calobench.io import packed

    if not deflate:
        packed._DEFLATE = None
    elif packed._DEFLATE is None:
        raise SystemExit("pip install deflate")
    from calobench._util.progress import SilentProgress
    from calobench.benchmarks.calochallenge import run
    from calobench.benchmarks.calochallenge.datasets import load_dataset
    from calobench.benchmarks.calochallenge.features import FeatureExtractor
    from calobench.benchmarks.calochallenge.showers import ChallengeFiles
    from calobench.harness.stages import Stages

    stopwatch = _Stopwatch()
    dataset = load_dataset("2")
    request = run.ProtocolRequest(
        (options.generated,), (options.reference,), "2", Path(), replicas=options.replicas
    )
    extractor, stages = FeatureExtractor(dataset.binning), Stages(SilentProgress())
    with (
        ChallengeFiles(request.reference, dataset) as reference,
        ChallengeFiles(request.generated, dataset) as generated,
    ):
        samples = run._read(reference, generated, dataset, extractor, stages)
        rows = run._rows(request, dataset, extractor, samples, stages)
    measured = stopwatch.with_values([])
    by_name = {row.name: [one.as_published for one in row.histograms] for row in rows}
    order = ("E total", "E layer", "EC eta", "EC phi", "EC eta std", "EC phi std", "cell")
    measured["values"] = [value for name in order for value in by_name[name]]
    return measured


def original_histograms(options: argparse.Namespace, *, drawn: bool) -> Measured:
    """The mode hist-chi: it draws all figures, and keeps none."""
    import matplotlib as mpl

    mpl.use("agg")
    generated, reference = (path.resolve() for path in (options.generated, options.reference))
    sys.path.insert(0, str(options.code.resolve()))
    sys.argv = [""]
    import h5py
    import matplotlib.pyplot as plt

    # Modules of that code, which has no types.
    evaluate: Any = importlib.import_module("evaluate")
    helper: Any = importlib.import_module("evaluate_plotting_helper")
    features_of: Any = importlib.import_module("HighLevelFeatures").HighLevelFeatures

    plt.rc("text", usetex=False)
    if not drawn:
        helper.plt = _Undrawn()
    with tempfile.TemporaryDirectory() as out, contextlib.redirect_stdout(io.StringIO()):
        settings = types.SimpleNamespace(
            mode="hist-chi", dataset="2", output_dir=out, min_energy=THRESHOLD_MEV, x_scale="log"
        )
        stopwatch = _Stopwatch()
        sides = []
        for path in (generated, reference):
            with h5py.File(path) as file:
                showers, energy = evaluate.extract_shower_and_energy(file, "")
            showers = np.where(showers < THRESHOLD_MEV, np.zeros_like(showers), showers)
            features = features_of(
                "electron", filename=str(options.code.resolve() / "binning_dataset_2.xml")
            )
            features.CalculateFeatures(showers)
            features.Einc = energy
            sides.append((showers, features))
        evaluate.plot_histograms(sides[0][1], sides[1][1], settings)
        helper.plot_cell_dist(sides[0][0], sides[1][0], settings)
        measured = stopwatch.with_values([])
        text = (Path(out) / "histogram_chi2_2.txt").read_text()
    values = re.findall(r": *\n([-+.\deinfa]+)\n", text)
    return {**measured, "values": [float(value) for value in values]}


class _Undrawn:
    """Stands for matplotlib.pyplot: counts, and draws nothing."""

    def hist(self, values: Any, bins: Any, density: bool, **_: Any) -> Any:
        counts, edges = np.histogram(values, bins=bins, density=density)
        return counts, edges, None

    def __getattr__(self, _: str) -> Any:
        return lambda *_arguments, **_keywords: None


def our_distance(options: argparse.Namespace, name: str) -> Measured:
    """FPD or KPD with the settings of the CaloChallenge."""
    from calobench.evaluation.multivariate import fpd_jetnet, kpd_jetnet

    features = _features(options)
    batches = options.batches or BATCHES[name]
    stopwatch = _Stopwatch()
    if name == "FPD":
        value = fpd_jetnet(*features, min_samples=10_000, num_batches=batches)
    else:
        value = kpd_jetnet(*features, batch_size=10_000, num_batches=batches)
    return stopwatch.with_values([*value])


def original_distance(options: argparse.Namespace, name: str) -> Measured:
    """The same by JetNet, without the packages that its other metrics need."""
    for module in ("energyflow", "energyflow.emd", "jetnet", "jetnet.utils", "jetnet.datasets"):
        sys.modules[module] = types.ModuleType(module)
    sys.modules["energyflow.emd"].emds = None  # type: ignore[attr-defined]
    sys.modules["jetnet"].utils = None  # type: ignore[attr-defined]
    sys.modules["jetnet.datasets"].JetNet = None  # type: ignore[attr-defined]
    spec = importlib.util.spec_from_file_location("gen_metrics", options.jetnet)
    assert spec is not None
    assert spec.loader is not None
    jetnet = importlib.util.module_from_spec(spec)
    sys.modules["gen_metrics"] = jetnet
    spec.loader.exec_module(jetnet)
    features = _features(options)
    batches = options.batches or BATCHES[name]
    warnings.simplefilter("ignore")
    if name == "KPD":
        jetnet.kpd(*(side[:100] for side in features), batch_size=50)  # compiles
    stopwatch = _Stopwatch()
    if name == "FPD":
        value = jetnet.fpd(*features, min_samples=10_000, num_batches=batches)
    else:
        value = jetnet.kpd(*features, batch_size=10_000, num_batches=batches)
    return stopwatch.with_values([*value])


def _silent(_items: int = 1, /) -> None:
    pass


def _features(options: argparse.Namespace) -> list[np.ndarray[Any, Any]]:
    from calobench.benchmarks.calochallenge.datasets import load_dataset
    from calobench.benchmarks.calochallenge.features import FeatureExtractor, classifier_features
    from calobench.benchmarks.calochallenge.sample import scan
    from calobench.benchmarks.calochallenge.showers import ChallengeFiles

    dataset = load_dataset("2")
    extractor = FeatureExtractor(dataset.binning)
    features = []
    for path in (options.reference, options.generated):
        with ChallengeFiles([path], dataset) as files:
            table = scan(files, extractor, _silent).table
        features.append(classifier_features(table, extractor.layout))
    return features


HISTOGRAMS = ("zlib", "deflate")

TASKS: dict[str, Callable[[argparse.Namespace], Measured]] = {
    "histograms, drawn": lambda options: original_histograms(options, drawn=True),
    "histograms, not drawn": lambda options: original_histograms(options, drawn=False),
    "zlib": lambda options: our_histograms(options, deflate=False),
    "deflate": lambda options: our_histograms(options, deflate=True),
    "FPD": lambda options: original_distance(options, "FPD"),
    "KPD": lambda options: original_distance(options, "KPD"),
    "FPD of calobench": lambda options: our_distance(options, "FPD"),
    "KPD of calobench": lambda options: our_distance(options, "KPD"),
}


if __name__ == "__main__":
    main()
