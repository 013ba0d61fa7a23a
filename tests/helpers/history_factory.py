"""Made-up histories: records of many runs, quickly made."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from calobench.history.record import HistoryRecord, LightMark
from calobench.history.store import HistoryStore
from calobench.results.main_score import MainScore
from calobench.results.verdict import Level, Topic

__all__ = ["START", "fill", "make_history", "make_record"]

START = dt.datetime(2026, 1, 5, 3, 30, tzinfo=dt.UTC)

_SCORES = (
    ("distance", "mean distance over what chance stays under", 0.95, 0.08, None, "high"),
    ("response", "response, model / Geant4 − 1", 0.16, 0.08, 0.0, "both"),
    ("fpd", "FPD", 1.44, 0.32, 0.0, "high"),
    ("auc", "classifier AUC", 0.74, 0.017, 0.5, "high"),
    ("recall", "recall", 0.83, 0.03, 0.88, "low"),
    ("equivalent", "independent Geant4 showers that the sample is worth", 239.0, 80.0, None, "low"),
)
_WORDS = {
    Level.INDISTINGUISHABLE: "Indistinguishable from Geant4 with 1000 and 400 showers.",
    Level.FIT: "Fit for fast-sim-default: all 8 tolerances are met.",
    Level.FLAWS: "Visible flaws for fast-sim-default: FPD 1.4 ± 0.3; tolerance 1.0.",
    Level.UNUSABLE: "Unusable for fast-sim-default: response 12 ± 1 % too large.",
    Level.NO_VERDICT: "No verdict: fewer than 50 showers.",
}


def make_record(
    model: str = "distilled",
    detector: str = "FCCeeALLEGRO",
    day: int = 0,
    *,
    level: Level = Level.FLAWS,
    shifts: dict[str, float] | None = None,
    time_ms: float | None = None,
    seed: int | None = None,
    **changes: object,
) -> HistoryRecord:
    """A run of a day; ``shifts`` are in errors of each score, beyond chance."""
    number = int(hashlib.sha256(f"{model} {detector} {day} {seed}".encode()).hexdigest(), 16)
    rng = np.random.default_rng(number)
    scores = [
        MainScore(
            name=name, label=label, unit="%" if name == "response" else "",
            value=value + error * (float(rng.normal()) + (shifts or {}).get(name, 0.0)),
            error=error, agrees=agrees, worse=worse, p_value=0.001,
        )
        for name, label, value, error, agrees, worse in _SCORES
    ]  # fmt: skip
    if time_ms is not None:
        scores.append(
            MainScore(
                name="timing.shower", label="time per shower of 50 GeV, best batch", unit="ms",
                value=time_ms, error=0.02 * time_ms, cost=True, setup="a machine",
            )
        )  # fmt: skip
    made = {
        "results": f"{number % 16**64:064x}",
        "model": model,
        "description": f"the {model}",
        "weights_hash": "9f" * 32,
        "nfe": 1,
        "parameters": 1_600_000,
        "detector": detector,
        "geometry_hash": "3c" * 32,
        "use": "fast-sim-default",
        "use_title": "general fast simulation",
        "level": level,
        "sentence": _WORDS[level],
        "lights": tuple(
            LightMark(topic=topic, level=level, words="FPD 1.4 ± 0.3") for topic in Topic
        ),
        "n": 1000,
        "n_reference": 400,
        "reference": "dd" * 32,
        "seed": 1,
        "created_utc": (START + dt.timedelta(days=day)).isoformat(),
        "versions": {"calobench": "0.1.0", "numpy": "2.4.6"},
        "git_commit": f"{number % 16**12:012x}",
        "scores": tuple(scores),
        **changes,
    }
    return HistoryRecord.sealed(**made)


def make_history(
    runs: int,
    models: Sequence[str] = ("distilled", "solver", "gflash"),
    detectors: Sequence[str] = ("FCCeeALLEGRO", "FCCeeCLD"),
) -> list[HistoryRecord]:
    """So many runs, models and detectors in turns; each turn is a day."""
    panels = [(model, detector) for detector in detectors for model in models]
    levels = (Level.FIT, Level.FLAWS, Level.UNUSABLE, Level.INDISTINGUISHABLE)
    return [
        make_record(
            *panels[k % len(panels)],
            day=k // len(panels),
            level=levels[k % len(models) % len(levels)],
            time_ms=10.0 * (1 + k % len(models)),
        )
        for k in range(runs)
    ]


def fill(folder: Path, records: Sequence[HistoryRecord]) -> HistoryStore:
    """A store with these records; their files are written plainly, which is quick."""
    store = HistoryStore(folder, create=True)
    (folder / "records").mkdir(exist_ok=True)
    for record in records:
        line = f"{record.line()}\n"
        (folder / "records" / f"{record.results}.jsonl").write_text(line, encoding="utf-8")
    return store
