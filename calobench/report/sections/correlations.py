"""Correlations between the numbers of a shower, on the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure

from calobench.report.figures.matrix import draw_layers, draw_triangles
from calobench.report.figures.style import plot_style
from calobench.report.section import Section
from calobench.report.svg import inline_svg
from calobench.report.text import number
from calobench.results.sample import CorrelationMatrix, Kind
from calobench.results.schema import Results

__all__ = ["SECTIONS"]

_TEMPLATE = Path(__file__).with_name("correlations.html.j2")

_TITLES: dict[Kind, str] = {
    "observables": "all showers",
    "at_fixed_conditions": "fixed energy and angle",
    "layers": "layers along z",
}
_TRIANGLES = "Above the diagonal Geant4, below it the model."
_PULL_RANGE = 5.0
_LARGE_PULL = 3.0
_MAX_PAIRS = 8
_MINUS = "\N{MINUS SIGN}"


class _Square(NamedTuple):
    """A drawn matrix."""

    title: str
    anchor: str
    svg: Markup
    note: str


class _Summary(NamedTuple):
    """A line of the table."""

    title: str
    pairs: int
    large: int
    expected: str
    difference: str
    noise: str


class _Pair(NamedTuple):
    """Two numbers that go together differently."""

    first: str
    second: str
    reference: str
    model: str
    pull: str


def _context(results: Results) -> Mapping[str, object] | None:
    if results.sample is None:
        return None
    matrices = {one.kind: one for one in results.sample.correlations if len(one.names) > 1}
    if not matrices:
        return None
    labels = {one.name: one.label for one in results.observables}
    with plot_style():
        return {
            "squares": _squares(matrices, labels),
            "layers": _layers(matrices.get("layers")),
            "summaries": [_summary(one) for one in matrices.values()],
            "pairs": _pairs(matrices.get("at_fixed_conditions"), labels),
        }


def _squares(
    matrices: Mapping[Kind, CorrelationMatrix], labels: Mapping[str, str]
) -> list[_Square]:
    squares = []
    plain, fixed = matrices.get("observables"), matrices.get("at_fixed_conditions")
    for one in (plain, fixed):
        if one is None:
            continue
        names = [labels.get(name, name) for name in one.names]
        words = ("Geant4", "model", "Pearson r")
        figure = draw_triangles(names, np.array(one.reference), np.array(one.model), 1.0, words)
        title = f"Correlations, {_TITLES[one.kind]}"
        squares.append(_square(title, one, figure, f"r-{one.kind}", _TRIANGLES))
    if plain is not None and fixed is not None and plain.names == fixed.names:
        names = [labels.get(name, name) for name in fixed.names]
        words = (_TITLES[fixed.kind], _TITLES[plain.kind], "(model − Geant4) / error")
        figure = draw_triangles(
            names, np.array(fixed.pull), np.array(plain.pull), _PULL_RANGE, words
        )
        note = "Above the diagonal at fixed energy and angle, below it over all showers."
        squares.append(_square("Their difference, in errors", fixed, figure, "r-pull", note))
    return squares


def _layers(one: CorrelationMatrix | None) -> list[_Square]:
    if one is None:
        return []
    layers = [int(name) for name in one.names]
    words = ("Geant4", "model", "Pearson r")
    matrices = draw_layers(layers, np.array(one.reference), np.array(one.model), 1.0, words)
    pull = np.array(one.pull)
    words = ("", "", "(model − Geant4) / error")
    pulls = draw_layers(layers, pull, pull, _PULL_RANGE, words)
    note = f"Of the fractions of the visible energy in two layers. {_TRIANGLES}"
    return [
        _square("Correlations", one, matrices, "layers-r", note),
        _square("Their difference, in errors", one, pulls, "layers-pull", _in_words(one)),
    ]


def _square(title: str, one: CorrelationMatrix, figure: Figure, anchor: str, note: str) -> _Square:
    return _Square(title, anchor, inline_svg(figure, anchor, f"{title}: {_in_words(one)}"), note)


def _in_words(one: CorrelationMatrix) -> str:
    summary = _summary(one)
    return f"{summary.large} of {summary.pairs} pairs differ by more than 3 errors."


def _summary(one: CorrelationMatrix) -> _Summary:
    pulls = np.abs(np.array(one.pull))
    return _Summary(
        title=_TITLES[one.kind],
        pairs=len(pulls),
        large=int(np.count_nonzero(pulls > _LARGE_PULL)),
        expected=_by_chance(one),
        difference=number(one.rms_difference, 2),
        noise=number(one.rms_expected, 2),
    )


def _by_chance(one: CorrelationMatrix) -> str:
    if one.chance is None:
        return "not known"
    chance = one.chance
    p = f"p {number(chance.p_value, 2)}"
    return f"{number(chance.expected, 2)}, up to {number(chance.upper, 2)} in 95 %; {p}"


def _pairs(one: CorrelationMatrix | None, labels: Mapping[str, str]) -> Sequence[_Pair]:
    if one is None:
        return ()
    rows, columns = np.triu_indices(len(one.names), 1)
    order = np.argsort(-np.abs(np.array(one.pull)), kind="stable")[:_MAX_PAIRS]
    return [
        _Pair(
            labels.get(one.names[rows[k]], one.names[rows[k]]),
            labels.get(one.names[columns[k]], one.names[columns[k]]),
            f"{one.reference[k]:+.2f}".replace("-", _MINUS),
            f"{one.model[k]:+.2f}".replace("-", _MINUS),
            f"{one.pull[k]:+.1f}".replace("-", _MINUS),
        )
        for k in order.tolist()
        if abs(one.pull[k]) > _LARGE_PULL
    ]


SECTIONS = (
    Section(
        "correlations",
        "Correlations",
        60,
        _context,
        _TEMPLATE,
    ),
)
