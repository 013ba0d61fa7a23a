"""Tables and page of ``studies/slides_table.py``, from its JSON."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from model_table import equivalent, measured

from calobench.report.comparison.charts import Axis, Curve, Curves, Series
from calobench.report.comparison.drawing import draw
from calobench.report.figures.style import plot_style
from calobench.report.palette import looks
from calobench.report.publication.rounding import pdg_rounded
from calobench.report.svg import inline_svg
from calobench.suite.sweep import SweepResults
from calobench.suite.sweep.page import Section, render_sweep

__all__ = [
    "count_table",
    "exactly_two_table",
    "fragments_table",
    "quality_table",
    "render",
    "times_table",
]

_SIGNIFICANT = 0.05
_AXES = {
    "exactly_two": "efficiency",
    "at_least_two": "efficiency",
    "count": "photons",
    "fragments": "energy fraction",
}

Result = Mapping[str, Any]


def times_table(result: Result) -> str:
    """Published and measured times, one row per sampler."""
    own = result["geant4_ms"]
    geant4 = "–" if own is None else _plain(*own)
    theirs = result["published"]
    lines = [
        "| | evaluations | published: ms per shower | speed-up | here: CPU ms per shower | speed-up |",
        "|---|--:|--:|--:|--:|--:|",
        f"| Geant4 | | {_plain(theirs['geant4_ms'], theirs['geant4_error_ms'])} | 1 "
        f"| {geant4} | 1 |",
    ]
    for row in _models(result):
        published, time = row["published"], row["time"]
        cells = [row["label"].rpartition(", ")[0], str(row["nfe"]), "–", "–", "–", "–"]
        if published is not None:
            cells[2] = _plain(published["time_ms"], published["error_ms"])
            cells[3] = f"{published['speed_up']:.2g}"
        if time is not None:
            cells[4] = f"{time['cpu_ms']:.3g}"
            cells[5] = _plain(time["speed_up_cpu"], time["speed_up_cpu_error"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def quality_table(result: Result) -> str:
    """How good the showers of every row are; one row is of Geant4 itself."""
    lines = [
        "| | evaluations | AUC of trees (null 0.5) | FPD | worth Geant4 showers | response / Geant4 "
        "| resolution / Geant4 | verdict |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in sorted(result["rows"], key=lambda row: row["nfe"] is not None):
        name = row["label"] if row["nfe"] is None else row["label"].rpartition(", ")[0]
        cells = [name, "" if row["nfe"] is None else str(row["nfe"]), *_quality(row["run"])]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines).replace("|  |", "| |")


def _quality(run: Result | None) -> Iterator[str]:
    if run is None:
        yield from ("–", "–", "–", "–", "–", "not judged")
        return
    yield from (_starred(run["scores"][name]) for name in ("auc", "fpd"))
    yield equivalent(run["equivalent"])
    yield from (measured(run["ratio"][name]) for name in ("response", "resolution"))
    yield run["level"].replace("_", " ")


def pairs_table(result: Result, name: str) -> str:
    """One curve of the pairs, a column per bin of separation and a row per model.

    Args:
        result: of the study.
        name: of the curve.
    """
    pairs = result["pairs"]
    curve = next(one for one in pairs["curves"] if one["name"] == name)
    edges = itertools.pairwise(pairs["edges_mm"])
    heads = [f"{low:.3g} to {high:.3g} mm" for low, high in edges]
    lines = [
        f"| {curve['label']} | pairs | {' | '.join(heads)} | p |",
        "|---|--:|" + "--:|" * (len(heads) + 1),
    ]
    for who, bins in curve["values"].items():
        p_value = curve["p_values"].get(who)
        cells = [
            "–" if one["value"] is None else _plain(one["value"], (one["high"] - one["low"]) / 2)
            for one in bins
        ]
        shown = "" if p_value is None else f"{p_value:.2g}"
        lines.append(f"| {who} | {pairs['pairs'][who]} | {' | '.join(cells)} | {shown} |")
    return "\n".join(lines)


def exactly_two_table(result: Result) -> str:
    """The efficiency to find exactly two."""
    return pairs_table(result, "exactly_two")


def count_table(result: Result) -> str:
    """The mean number of photons."""
    return pairs_table(result, "count")


def fragments_table(result: Result) -> str:
    """The fraction of energy outside the leading two."""
    return pairs_table(result, "fragments")


def render(swept: SweepResults, result: Result) -> str:
    """The page of the sweep with the curves of the pairs."""
    pairs = result["pairs"]
    energies = " and ".join(
        f"{energy / 1e3:g} GeV" for energy in sorted(set(pairs["energies_mev"]))
    )
    numbers = ", ".join(f"{count} of {name}" for name, count in pairs["pairs"].items())
    text = (
        f"Single showers laid over each other: photons of {energies}, apart along the beam, "
        f"mid-point at {pairs['vertex_z_mm']:g} mm, {pairs['seeds']} seeds. Pairs of showers: {numbers}; "
        "each is one event in every bin of separation."
    )
    with plot_style():
        figures = [
            (inline_svg(draw(chart), f"pairs-{number}", chart.description), chart.title)
            for number, chart in enumerate(_charts(pairs))
        ]
    return render_sweep(swept, (Section("Two photons close together", text, figures),))


def _charts(pairs: Result) -> Iterator[Curves]:
    edges = np.array(pairs["edges_mm"], dtype=np.float64)
    for curve in pairs["curves"]:
        models = {who: bins for who, bins in curve["values"].items() if who != "Geant4"}
        look = looks(list(models))
        geant4 = _curve(curve["values"]["Geant4"])
        yield Curves(
            curve["name"],
            curve["label"][:1].upper() + curve["label"][1:],
            "two photons close together",
            f"{curve['label']} against the true separation.",
            Axis("true separation", "mm"),
            Axis(_AXES[curve["name"]], curve["unit"]),
            tuple(
                Series(who, look[who], edges, _curve(bins), geant4) for who, bins in models.items()
            ),
            steps=False,
        )


def _curve(bins: list[dict[str, Any]]) -> Curve:
    """Values with half the width of their 68 % interval."""
    values = [np.nan if one["value"] is None else one["value"] for one in bins]
    errors = [np.nan if one["low"] is None else (one["high"] - one["low"]) / 2 for one in bins]
    return Curve(np.array(values, dtype=np.float64), np.array(errors, dtype=np.float64))


def _models(result: Result) -> Iterator[Result]:
    return (row for row in result["rows"] if row["nfe"] is not None)


def _starred(score: Result) -> str:
    return measured(score) + ("*" if score["p_value"] <= _SIGNIFICANT else "")


def _plain(value: float, error: float) -> str:
    rounded = pdg_rounded(value, error)
    return rounded.value if rounded.error is None else f"{rounded.value} ± {rounded.error}"
