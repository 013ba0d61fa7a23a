"""The models that ship, side by side: numbers of several runs, kept in one file, and the tables made of it.

    python studies/model_table.py RUN/results.json [RUN/results.json ...]
    python studies/claims.py --write

The first replaces the runs of these models, the second puts them into the texts. ``docs/results/models.json``
holds what the tables of README.md and docs/models.md show of ALLEGRO, and with which commit, seed and numbers
of showers it was measured; ``docs/results/detectors.json`` the same by model and detector, with the models of
the first release (``first_generation.py``) beside them. Of runs against the training showers
``docs/results/memorisation.json`` keeps how close the model comes to them.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from calobench.report.publication.rounding import pdg_rounded

__all__ = [
    "RESULTS",
    "aims_table",
    "detector_table",
    "equivalent",
    "measured",
    "memory_table",
    "observable_table",
    "readme_table",
    "summarised",
]

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "docs" / "results" / "models.json"
DETECTORS = RESULTS.with_name("detectors.json")
MEMORISATION = RESULTS.with_name("memorisation.json")

# In the order of the tables.
_MODELS = {
    "full": "`full`",
    "solver": "`solver`",
    "distilled2": "`distilled2`",
    "distilled": "`distilled`",
    "distilled-small": "`distilled-small`",
    "gflash": "`gflash`, a parametrised shower",
    "geant4-library": "`geant4-library`, the training showers",
}
_OWN = ("full", "solver", "distilled2", "distilled", "distilled-small")
_FIRST = {
    "first-full": "`full` of the first release",
    "first-distilled": "`distilled` of the first release",
}
_OBSERVABLES = {
    "response": "response E_vis / E_inc",
    "centre_of_gravity_z": "mean depth",
    "width_z": "width in depth",
    "shower_maximum": "shower maximum",
    "centre_of_gravity_r": "mean radius",
    "width_r": "width in radius",
    "centre_of_gravity_x": "centre of gravity in x",
    "width_phi": "width in azimuth",
    "cells_above_100kev": "cells above 0.1 MeV",
    "hottest_cell": "hottest cell / E_vis",
    "weakest_layer": "weakest layer / neighbours",
    "azimuthal_coherence": "azimuthal coherence of layers",
}
_SIGNIFICANT = 0.05
# What the models were to reach: at most, or of the equivalent statistics at least.
_OF_ONE_EVALUATION = {
    "auc": 0.80, "cell_auc": 0.75, "worth": 300, "response": 1, "resolution": 10,
}  # fmt: skip
_AIMS = {
    "full": {"auc": 0.65, "cell_auc": 0.60, "worth": 1000, "response": 0.5, "resolution": 5},
    "distilled2": {"auc": 0.70, "cell_auc": 0.65, "worth": 600, "response": 0.5, "resolution": 5},
    "distilled": _OF_ONE_EVALUATION,
    "distilled-small": _OF_ONE_EVALUATION,
}
_MAIN_DETECTOR = "FCCeeALLEGRO"

Run = Mapping[str, Any]


def summarised(results: Run) -> dict[str, Any]:
    """Numbers of the tables from a ``results.json``."""
    scores = {one["name"]: one for one in results["multivariate"]["scores"]}
    cells = results.get("benchmarks", {}).get("cells")
    statistics = results["multivariate"]["equivalent"]
    averages = {one["quantity"]: one for one in results["energy_dependence"]["averages"]}
    return {
        "n": results["run"]["n"],
        "n_reference": results["reference"]["n"],
        "seed": results["run"]["seed"],
        "detector": results["detector"]["name"],
        "evaluations": results["model"]["nfe"],
        "created": results["provenance"]["created_utc"],
        "commit": results["provenance"]["git_commit"],
        "machine": results["provenance"]["machine"],
        "scores": {name: _score(scores[name]) for name in ("fpd", "auc", "repeats")}
        | ({"cell_auc": _score(cells["score"])} if cells else {}),
        "equivalent": {name: statistics[name] for name in ("showers", "low", "high")},
        "ratio": {name: _ratio(one) for name, one in averages.items()},
        "worst_bin": _worst_bin(results["energy_dependence"]),
        "level": results["verdict"]["level"],
        "observables": {
            one["name"]: _wasserstein(one)
            for one in results["observables"]
            if one["name"] in _OBSERVABLES
        },
    }


def _score(score: Run) -> dict[str, Any]:
    return {name: score[name] for name in ("value", "error", "p_value", "null_interval")}


def _worst_bin(dependence: Run) -> dict[str, float]:
    """Response over Geant4's in the bin of incident energy where it is farthest from 1."""

    def ratio(pair: tuple[Run, Run]) -> dict[str, float]:
        reference, model = pair
        value = model["response"] / reference["response"]
        errors = [one["response_error"] / one["response"] for one in pair]
        return {
            "value": value,
            "error": value * math.hypot(*errors),
            "energy_gev": reference["mean_energy_mev"] / 1e3,
        }

    bins = zip(dependence["reference"], dependence["model"], strict=True)
    return max(map(ratio, bins), key=lambda one: abs(one["value"] - 1))


def _ratio(average: Run) -> dict[str, float]:
    ratio = math.exp(average["log_ratio"])
    return {"value": ratio, "error": ratio * average["error"]}


def _wasserstein(observable: Run) -> dict[str, float]:
    score = next(one for one in observable["scores"] if one["name"] == "wasserstein")
    return {name: score[name] for name in ("value", "error", "null_95", "p_value")}


def readme_table(models: Mapping[str, Run]) -> str:
    """One row per model, for README.md."""
    shown = {name: models[name] for name in _MODELS if name in models}
    first = next(iter(shown.values()))
    lines = [
        f"| {first['detector'].removeprefix('FCCee')}, {first['n_reference']:,} Geant4 showers, seed "
        f"{first['seed']} | evaluations | AUC of trees (null 0.5) | FPD | worth Geant4 showers "
        "| mean response / Geant4 |",
        "|---|---|---|---|---|---|",
    ]
    for name, run in shown.items():
        cells = [
            f"{_MODELS[name]} (N = {run['n']:,})",
            _evaluations(name, run),
            measured(run["scores"]["auc"]),
            measured(run["scores"]["fpd"]),
            f"{run['equivalent']['showers']:.0f}",
            measured(run["ratio"]["response"]),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def observable_table(models: Mapping[str, Run]) -> str:
    """One row per observable and score, one column per model, for docs/models.md."""
    shown = {name: models[name] for name in _OWN if name in models}
    largest = max(shown.values(), key=lambda run: run["n"])
    heads = [f"{_MODELS[name]} (N = {run['n']:,})" for name, run in shown.items()]
    lines = [
        f"| observable | null 95 % (N = {largest['n']:,}) | {' | '.join(heads)} |",
        "|---" * (len(shown) + 2) + "|",
    ]

    def row(label: str, null: str, cells: list[str]) -> None:
        lines.append(_row(label, null, *cells))

    for name, label in _OBSERVABLES.items():
        values = [run["observables"][name] for run in shown.values()]
        null = largest["observables"][name]["null_95"]
        row(label, f"{null:.2g}", [measured(one) + _star(one) for one in values])
    labels = {
        "fpd": ("all together: FPD", ""),
        "auc": ("area under the ROC curve of trees", "0.5"),
        "cell_auc": ("area under the ROC curve of the network on the cells", "0.5"),
    }
    for name, (label, null) in labels.items():
        scores = [run["scores"].get(name) for run in shown.values()]
        row(label, null, [_starred(one) for one in scores])
    worth = [run["equivalent"] for run in shown.values()]
    row(
        "equivalent Geant4 statistics",
        "",
        [equivalent(one) for one in worth],
    )
    for name, label in {"response": "mean response", "resolution": "resolution"}.items():
        ratios = [run["ratio"][name] for run in shown.values()]
        row(f"{label}, model / Geant4", "1", [measured(one) for one in ratios])
    row("evaluations of the network", "", [_evaluations(*item) for item in shown.items()])
    return "\n".join(lines)


def detector_table(models: Mapping[str, Mapping[str, Run]]) -> str:
    """One row per detector and model, below what Geant4 itself would get, for docs/models.md."""
    lines = [
        "| detector | model | showers, of Geant4 | verdict | AUC of trees | AUC of the network on the cells "
        "| FPD | worth Geant4 showers | response / Geant4 | resolution / Geant4 |",
        "|---|---|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    labels = {name: _MODELS[name] for name in _OWN} | _FIRST
    for detector in _detectors(models):
        runs = {name: models[name][detector] for name in labels if detector in models.get(name, {})}
        nulls = [_null(runs.values(), score) for score in ("auc", "cell_auc", "fpd")]
        n = next(iter(runs.values()))["n"]
        lines.append(_row(detector, "*null, 95 %*", "", "", *nulls, f"{n:,}", "1", "1"))
        for name, run in runs.items():
            cells = [
                detector,
                labels[name],
                f"{run['n']:,}, {run['n_reference']:,}",
                run["level"].replace("_", " "),
                *(_starred(run["scores"].get(score)) for score in ("auc", "cell_auc", "fpd")),
                equivalent(run["equivalent"]),
                *(measured(run["ratio"][key]) for key in ("response", "resolution")),
            ]
            lines.append(_row(*cells))
    return "\n".join(lines)


def aims_table(models: Mapping[str, Mapping[str, Run]]) -> str:
    """What the models were to reach, and what they do in each detector, for docs/models.md."""
    detectors = _detectors(models)
    lines = [
        f"| | aim | {' | '.join(detectors)} |",
        "|---|--:|" + "--:|" * len(detectors),
    ]
    for (name, aims), (quantity, label) in itertools.product(_AIMS.items(), _AIMED_AT.items()):
        aim = aims[quantity]
        reached = [_reached(models[name][detector], quantity, aim) for detector in detectors]
        limit = f"{aim:,}" if quantity == "worth" else f"{aim:g}" + label.unit
        lines.append(_row(f"{_MODELS[name]}, {label.words}", limit, *reached))
    return "\n".join(lines)


def memory_table(runs: Mapping[str, Run]) -> str:
    """One row per model: how close it comes to its training showers, for docs/models.md."""
    lines = [
        "| model | showers, training showers | nearest of the other sample | expected | p | copies |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for name in (name for name in _OWN if name in runs):
        run = runs[name]
        lines.append(
            f"| {_MODELS[name]} | {run['n_model']:,}, {run['n_reference']:,} | {run['cross_neighbours']:.3f} "
            f"| {run['cross_neighbours_null']:.3f} | {run['p_value']:.2f} | {run['exact'] + run['near']} |"
        )
    return "\n".join(lines)


class _Aim(NamedTuple):
    words: str
    unit: str = ""


_AIMED_AT = {
    "auc": _Aim("AUC of trees at most"),
    "cell_auc": _Aim("AUC of the network on the cells at most"),
    "worth": _Aim("worth Geant4 showers at least"),
    "response": _Aim("response in any energy bin off by at most", " %"),
    "resolution": _Aim("resolution off by at most", " %"),
}


def _reached(run: Run, quantity: str, aim: float) -> str:
    """A figure in bold where it misses its aim; empty where it was not measured."""
    if quantity == "worth":
        value = run["equivalent"]["showers"]
        shown, missed = equivalent(run["equivalent"]), value < min(aim, run["n"])
    elif quantity in ("response", "resolution"):
        ratio = run.get("worst_bin") if quantity == "response" else run["ratio"]["resolution"]
        if ratio is None:
            return ""
        off = {"value": 100 * abs(ratio["value"] - 1), "error": 100 * ratio["error"]}
        shown, missed = measured(off), off["value"] > aim
    elif quantity in run["scores"]:
        score = run["scores"][quantity]
        shown, missed = measured(score), score["value"] > aim
    else:
        return ""
    return f"**{shown}**" if missed else shown


def _row(*cells: str) -> str:
    return f"|{'|'.join(f' {cell} ' if cell else ' ' for cell in cells)}|"


def _detectors(models: Mapping[str, Mapping[str, Run]]) -> list[str]:
    return sorted({detector for of_model in models.values() for detector in of_model})


def _null(runs: Iterable[Run], score: str) -> str:
    """Of the first model that has that score: that of the others differs by chance alone."""
    of_models = (run["scores"].get(score, {}).get("null_interval") for run in runs)
    low, high = next(filter(None, of_models), (None, None))
    return "" if low is None else f"{low:.2f} to {high:.2f}"


def _starred(score: Run | None) -> str:
    return measured(score) + _star(score) if score else ""


def _evaluations(name: str, run: Run) -> str:
    return str(run["evaluations"]) if name in _OWN else ""


def equivalent(statistics: Run) -> str:
    """Equivalent Geant4 statistics with their interval, which may be open."""
    low, high = statistics["low"], statistics["high"]
    interval = f"{low:.0f}-{high:.0f}" if high else f"{low:.0f} or more"
    return f"{statistics['showers']:.0f} ({interval})"


def measured(number: Run) -> str:
    """A value with its error, rounded as the Particle Data Group does."""
    rounded = pdg_rounded(number["value"], number["error"])
    return rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"


def _star(number: Run) -> str:
    return "*" if number["p_value"] <= _SIGNIFICANT else ""


def main() -> None:
    """Put the runs that are named into the file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("results", nargs="+", type=Path)
    files = RESULTS, DETECTORS, MEMORISATION
    models, detectors, training = (_kept(path) for path in files)
    for path in parser.parse_args().results:
        results = json.loads(path.read_text(encoding="utf-8"))
        model, detector = (results[key]["name"] for key in ("model", "detector"))
        if results["reference"]["source"] != "bundled":
            training[model] = results["multivariate"]["closeness"]
            continue
        if detector == _MAIN_DETECTOR and model in _MODELS:
            models[model] = summarised(results)
        if model in (*_OWN, *_FIRST):
            detectors.setdefault(model, {})[detector] = summarised(results)
    for path, content in zip(files, (models, detectors, training), strict=True):
        path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _kept(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return content


if __name__ == "__main__":
    main()
