"""The table of samplers that CaloDiT's authors showed for ILD, measured: time, quality and pairs of photons.

    python studies/slides_table.py FOLDER [--no-time]
    python studies/claims.py --write

``FOLDER`` holds, with their cards, ``ILD.safetensors`` (a denoiser) and ``ILD_distilled.safetensors`` (its
consistency-distilled student), and showers of ``calobench simulate``: ``ILD_reference.h5`` and other ones,
``ILD_geant4.h5``, with photons of 10 to 90 GeV at right angles, and ``ILD_20GeV.h5`` for the pairs. In it
this runs ``calobench sweep`` (quality and, with the machine to itself, times beside Geant4) and ``calobench
diphoton`` for every row. What is finished is not done again: first with ``--no-time``, then without it when
the machine is quiet.

``docs/results/slides.json`` gets the numbers with the calls, seeds and samples that they are of;
``reports/samples/slides-ILD`` gets the page. ``--out`` and ``--sample`` name other places.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import h5py

sys.path.insert(0, str(Path(__file__).parent))

from model_table import summarised
from slides_page import render

from calobench.benchmarks.diphoton.record import DiphotonResults
from calobench.results.store import read_results
from calobench.suite.sweep import SweepPoint, SweepResults
from calobench.suite.sweep.published import published_times

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "docs" / "results" / "slides.json"
SAMPLE = ROOT / "reports" / "samples" / "slides-ILD"

DETECTOR = "ILD"
DENOISER, STUDENT = f"{DETECTOR}.safetensors", f"{DETECTOR}_distilled.safetensors"
REFERENCE, OTHER, SINGLES = (f"{DETECTOR}_{name}.h5" for name in ("reference", "geant4", "20GeV"))
SAMPLERS = "heun:79,lms:40,dpmpp_2m:25,dpmpp_3m:25"
ENERGIES_GEV = "10:90"
SEPARATION_MM = "0:30"
SEEDS = 3
BINS = 6  # of the separation, as wide as a cell

# What the slides show of the pairs.
_CURVES = ("exactly_two", "at_least_two", "count", "fragments")


def main() -> None:
    """Measure, and write numbers and page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("-n", type=int, default=300, help="showers of every row")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replicas", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=300, help="of photons, of the student")
    parser.add_argument("--pairs-denoiser", type=int, default=45)
    parser.add_argument("--samplers", default=SAMPLERS)
    parser.add_argument("--max-seconds", type=float, default=5, help="of every time")
    parser.add_argument("--no-time", action="store_true", help="all but the times")
    parser.add_argument("--workers", type=int, default=1, help="processes, of all but the times")
    parser.add_argument("--geant4-data", type=Path, help="folder of Geant4's data sets")
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--sample", type=Path, default=SAMPLE)
    options = parser.parse_args()

    folder = options.folder
    calls = [sweep_call(options)]
    _run(folder, [*calls[0], "--no-time", "--workers", str(options.workers)])
    swept = _sweep(folder)
    calls += [pairs_call(point, options) for point in _models(swept)]
    with ThreadPoolExecutor(options.workers) as threads:
        list(threads.map(partial(_run, folder), calls[1:]))
    if not options.no_time:
        # Where Geant4's data lie changes no number.
        data = [] if options.geant4_data is None else ["--geant4-data", str(options.geant4_data)]
        _run(folder, [*calls[0], *data])
        swept = _sweep(folder)
    result = collected(folder, swept, calls)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    points = tuple(point.model_copy(update={"folder": None}) for point in swept.points)
    alone = swept.model_copy(update={"points": points})
    options.sample.mkdir(parents=True, exist_ok=True)
    (options.sample / "sweep.json").write_text(alone.model_dump_json(indent=1) + "\n")
    (options.sample / "index.html").write_text(render(alone, result))


def sweep_call(options: argparse.Namespace) -> list[str]:
    """The call that measures quality and times of all rows."""
    students = ",".join(f"{STUDENT}:nfe={nfe}" for nfe in (2, 1))
    return [
        "calobench", "sweep", "--detector", DETECTOR, "--model", DENOISER, "--samplers", options.samplers,
        "--models", f"{students},{OTHER}", "-n", str(options.n), "--seed", str(options.seed),
        "--replicas", str(options.replicas), "--reference", REFERENCE, "--geant4", "--energies",
        ENERGIES_GEV, "--max-seconds", f"{options.max_seconds:g}", "--out", "sweep",
    ]  # fmt: skip


def pairs_call(point: SweepPoint, options: argparse.Namespace) -> list[str]:
    """The call that lays pairs of a row's showers over each other, and adds them to its run."""
    pairs = options.pairs_denoiser if point.model.startswith(DENOISER) else options.pairs
    return [
        "calobench", "diphoton", "--model", point.model, "--detector", DETECTOR, "--reference", SINGLES,
        "--separation", SEPARATION_MM, "--seeds", str(SEEDS), "-n", str(BINS * pairs), "--seed",
        str(options.seed), "--replicas", str(options.replicas), "--into",
        f"sweep/{point.name}/results.json",
    ]  # fmt: skip


def _run(folder: Path, call: list[str]) -> None:
    subprocess.run([sys.executable, "-m", *call], cwd=folder, check=True)


def _sweep(folder: Path) -> SweepResults:
    return SweepResults.model_validate_json((folder / "sweep" / "sweep.json").read_bytes())


def _models(swept: SweepResults) -> Iterator[SweepPoint]:
    return (point for point in swept.points if point.nfe is not None and point.state == "done")


def collected(folder: Path, swept: SweepResults, calls: list[list[str]]) -> dict[str, Any]:
    """All numbers of the table and of the pairs, from the runs that lie in the folder."""
    rows, pairs = [], {}
    for point in swept.points:
        place = folder / "sweep" / point.name / "results.json"
        done = point.state == "done"
        rows.append(
            {
                **point.model_dump(mode="json", include={"name", "sampler", "nfe", "published"}),
                "label": label(point),
                "time": None if point.time is None else point.time.model_dump(mode="json"),
                # A run that failed leaves its time, and says so by its absence.
                "run": summarised(json.loads(place.read_text(encoding="utf-8"))) if done else None,
            }
        )
        record = read_results(place).benchmark("diphoton", DiphotonResults) if done else None
        if record is not None:
            pairs[label(point)] = record
    return {
        "detector": swept.detector,
        "processor": swept.processor,
        "energies_mev": swept.spectrum_mev,
        "geant4_ms": swept.geant4_ms,
        "invalid": list(swept.invalid),
        "published": published_times().model_dump(mode="json", exclude={"rows"}),
        "calls": [shlex.join(call) for call in calls],
        "showers": {name: _made(folder / name) for name in (REFERENCE, OTHER, SINGLES)},
        "weights": {name: _card(folder / name) for name in (DENOISER, STUDENT)},
        "rows": rows,
        "pairs": pairs_of(pairs),
    }


def label(point: SweepPoint) -> str:
    """A row's name for people."""
    if point.nfe is None:
        return "Geant4, other showers"
    name = point.published.label if point.published else (point.sampler or point.name)
    return f"{name}, {point.nfe}"


def pairs_of(records: Mapping[str, DiphotonResults]) -> dict[str, Any]:
    """The curves of all rows against the separation, Geant4's first.

    Raises:
        ValueError: rows were held against other showers of Geant4, or in other bins.
    """
    first = next(iter(records.values()))
    for record in records.values():
        if (
            record.reference != first.reference
            or record.settings.edges_mm != first.settings.edges_mm
        ):
            raise ValueError("the rows are not of the same pairs of Geant4; give them one folder")
    curves = []
    for place, curve in enumerate(first.curves):
        if curve.name not in _CURVES:
            continue
        own = {name: record.curves[place] for name, record in records.items()}
        curves.append(
            {
                "name": curve.name,
                "label": curve.label,
                "unit": curve.unit,
                "values": {"Geant4": _bins(curve.reference)}
                | {name: _bins(one.model) for name, one in own.items()},
                "p_values": {
                    name: None if one.score is None else one.score.p_value
                    for name, one in own.items()
                },
            }
        )
    return {
        "edges_mm": first.settings.edges_mm,
        "energies_mev": first.settings.energies_mev,
        "seeds": first.reference.seeds,
        "vertex_z_mm": first.settings.vertex_z_mm,
        "pairs": {"Geant4": first.reference.pairs}
        | {name: record.model.pairs for name, record in records.items()},
        "half_mm": {"Geant4": _measured(first.turnon.reference_mm)}
        | {name: _measured(record.turnon.model_mm) for name, record in records.items()},
        "curves": curves,
    }


def _bins(bins: Any) -> list[dict[str, Any]]:
    kept = {"n", "value", "low", "high", "seeds"}
    return [one.model_dump(mode="json", include=kept) for one in bins]


def _measured(value: Any) -> dict[str, float] | None:
    return None if value is None else value.model_dump(mode="json")


def _made(path: Path) -> dict[str, Any]:
    """How a file of Geant4 showers was made."""
    with h5py.File(path) as file:
        provenance = json.loads(file.attrs["provenance"])
        return {**provenance, "geant4": str(file.attrs["geant4"])}


def _card(path: Path) -> dict[str, Any]:
    """What the card of weights says about their training."""
    card = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    kept = ("kind", "training_showers", "steps_done", "wall_s", "machine", "network_sha256")
    return {name: card.get(name) for name in kept} | {
        "calibrated": sorted(card.get("calibrations", {}))
    }


if __name__ == "__main__":
    main()
