"""The page of ``--protocol calochallenge``, from its results alone."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.atomic import write_text
from calobench._util.resources import report_templates_dir
from calobench.benchmarks.calochallenge.figures import draw_layers
from calobench.benchmarks.calochallenge.multiples import Multiple, multiples_of
from calobench.benchmarks.calochallenge.position import (
    AREAS,
    Measure,
    own_measures,
    positions,
    published_measures,
)
from calobench.benchmarks.calochallenge.published import (
    PublishedModel,
    PublishedTable,
    published_table,
)
from calobench.benchmarks.calochallenge.record import (
    CaloChallengeResults,
    ClassifierScore,
    NullScore,
    SeparationRow,
)
from calobench.report import text
from calobench.report.environment import page_environment
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.results.multivariate import MultivariateScore
from calobench.results.seal import digest_of
from calobench.verdict.marks import marked

__all__ = ["render_page", "write_page"]

_NONE = "–"


class Row(NamedTuple):
    """One row of the table, as text."""

    row: SeparationRow
    differs: bool | None
    as_published: tuple[str, ...]
    complete: tuple[str, ...]
    outside: tuple[str, str]
    published: tuple[str, str]


class Test(NamedTuple):
    """A score with its null and its test, as text."""

    label: str
    description: str
    differs: bool
    cells: tuple[str, ...]


class Context(NamedTuple):
    """A line of the published table: name, parameters, FPD, KPD, areas and the separations."""

    name: str
    own: bool
    cells: tuple[str, ...]


def render_page(results: CaloChallengeResults) -> str:
    """The page as text. The same results give the same text."""
    folder = report_templates_dir()
    environment = page_environment()
    table = published_table(results.dataset)
    separations = list(table.models[0].separation)
    areas = [name for name in AREAS if any(name in published_measures(one) for one in table.models)]
    names = ["FPD", "KPD", *areas, *separations]
    return environment.get_template("calochallenge.html.j2").render(
        results=results,
        digest=digest_of(results),
        rows=[_row(row, table.models, results.replicas) for row in results.rows],
        distances=[(d, *_distance(results, d.name, table.models)) for d in results.distances],
        unbiased=[_test(score, 1e3, _NONE, _NONE) for score in results.unbiased],
        diversity=_diversity(results, table.models),
        classifiers=[_classifier(score, table.models) for score in results.classifiers],
        published=table,
        names=names,
        context=_context(results, table, names),
        positions=list(positions(results, table)),
        figures=_figures(results),
        histograms=_histograms(results),
        text=text,
        style=Markup((folder / "report.css").read_text(encoding="utf-8")),
        version=__version__,
    )


def write_page(results: CaloChallengeResults, path: Path) -> None:
    """Write the page atomically.

    Raises:
        OutputError: the place cannot be written.
    """
    write_text(path, render_page(results))


def _row(row: SeparationRow, models: tuple[PublishedModel, ...], replicas: int) -> Row:
    geant4, best = _from_table(row.name, models)
    score = row.as_published
    return Row(
        row,
        None if score is None else marked(score.p_value),
        _score(score, replicas),
        _score(row.complete, replicas),
        (f"{100 * row.outside_generated:.2f}", f"{100 * row.outside_reference:.2f}"),
        (geant4, best),
    )


def _score(score: NullScore | None, replicas: int) -> tuple[str, ...]:
    if score is None:
        return (_NONE,) * 4
    return (
        text.measured(1e3 * score.value, 1e3 * score.error),
        text.number(1e3 * score.null_mean),
        text.number(1e3 * score.null_95),
        # One of the permutations counted is the observed order.
        text.p_value(score.p_value, replicas + 1),
    )


def _from_table(name: str, models: tuple[PublishedModel, ...]) -> tuple[str, str]:
    """The published values for Geant4, and for the best submission."""
    values = {model.name: model.separation.get(name) for model in models}
    geant4 = values.pop("GEANT4", None)
    known = [value for value in values.values() if value is not None]
    return (
        _NONE if geant4 is None else text.number(geant4),
        text.number(min(known)) if known else _NONE,
    )


def _distance(
    results: CaloChallengeResults, name: str, models: tuple[PublishedModel, ...]
) -> tuple[str, str, str]:
    distance = next(d for d in results.distances if d.name == name)
    null = _NONE
    if distance.null_value is not None and distance.null_error is not None:
        null = text.measured(1e3 * distance.null_value, 1e3 * distance.null_error)
    geant4 = next(getattr(model, name.lower()) for model in models if model.name == "GEANT4")
    return text.measured(1e3 * distance.value, 1e3 * distance.error), null, text.measured(*geant4)


def _test(score: MultivariateScore, scale: float, geant4: str, best: str) -> Test:
    low, high = (text.number(scale * end) for end in score.null_interval)
    return Test(
        score.label,
        score.description,
        marked(score.p_value),
        (
            text.measured(scale * score.value, scale * score.error),
            f"{low} to {high}",
            text.p_value(score.p_value, score.null_replicas + 1),
            geant4,
            best,
        ),
    )


def _diversity(results: CaloChallengeResults, models: tuple[PublishedModel, ...]) -> list[Test]:
    """Precision, recall, density and coverage, beside Geant4's and those of the best FPD."""
    others = [model for model in models if model.name != "GEANT4"]
    geant4 = next(model.prdc for model in models if model.name == "GEANT4")
    best = min(others, key=lambda model: model.fpd[0]).prdc
    return [
        _test(score, 1, text.number(of_geant4), text.number(of_best))
        for score, of_geant4, of_best in zip(results.prdc, geant4, best, strict=False)
    ]


def _classifier(score: ClassifierScore, models: tuple[PublishedModel, ...]) -> Test:
    published = {model.name: getattr(model, f"auc_{score.name}") for model in models}
    geant4 = published.pop("GEANT4", None)
    best = min((pair for pair in published.values() if pair is not None), default=None)
    return Test(
        score.name,
        score.label,
        marked(score.p_value),
        (
            text.measured(score.auc.value, score.auc.error),
            text.number(score.auc.spread, 2),
            text.measured(score.auc.null, score.auc.null_spread),
            f"{score.p_value:.2g}",
            text.measured(score.jsd.value, score.jsd.error),
            *(_NONE if pair is None else text.measured(*pair) for pair in (geant4, best)),
        ),
    )


def _context(
    results: CaloChallengeResults, table: PublishedTable, names: list[str]
) -> list[Context]:
    """All submissions and this run, in the order of their FPD; without one, this run first."""
    lines = [
        (
            model.fpd[0],
            Context(model.name, False, _cells(published_measures(model), model.parameters, names)),
        )
        for model in table.models
    ]
    own = own_measures(results)
    first = -math.inf if "FPD" not in own else own["FPD"].value
    lines.append((first, Context("this run", True, _cells(own, None, names))))
    return [line for _, line in sorted(lines, key=lambda one: one[0])]


def _cells(
    measures: dict[str, Measure], parameters: int | None, names: list[str]
) -> tuple[str, ...]:
    cells = [_NONE if parameters is None else text.grouped(parameters)]
    for name in names:
        one = measures.get(name)
        cells.append(
            _NONE if one is None else text.measured(*one) if one.error else text.number(one.value)
        )
    return tuple(cells)


def _figures(results: CaloChallengeResults) -> list[tuple[SeparationRow, Markup]]:
    drawn = []
    with plot_style():
        for index, row in enumerate(results.rows):
            if len(row.histograms) < 2 or row.name == "E total by energy":
                continue
            words = f"Separation power of {row.label} in each layer, and its statistical floor."
            drawn.append((row, inline_svg(draw_layers(row), f"layers{index}", words)))
    return drawn


def _histograms(results: CaloChallengeResults) -> list[tuple[SeparationRow, list[Multiple]]]:
    """Rows that kept their histograms; those of cell energies fall by many decades."""
    made = [(row, multiples_of(row, log=row.name == "cell")) for row in results.rows]
    return [(row, pictures) for row, pictures in made if pictures]
