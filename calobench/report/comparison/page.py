"""One self-contained HTML page that puts several runs side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench._util.resources import report_templates_dir
from calobench.report import text
from calobench.report.comparison.catalogue import benchmark_charts
from calobench.report.comparison.charts import Chart
from calobench.report.comparison.differences import (
    DifferenceTable,
    difference_tables,
    standings,
)
from calobench.report.comparison.drawing import draw
from calobench.report.comparison.heat import BOUNDS, heat_table
from calobench.report.comparison.observables import energy_charts, observable_charts
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.report.environment import page_environment, page_script
from calobench.report.figures.style import plot_style
from calobench.report.svg import inline_svg
from calobench.report.swatch import swatch
from calobench.results.seal import digest_of
from calobench.verdict import Verdict, verdict_of

__all__ = ["render_comparison"]


class Drawn(NamedTuple):
    """A chart on the page."""

    chart: Chart
    anchor: str
    svg: Markup


class Group(NamedTuple):
    """Charts of one family; those first that every physicist looks at."""

    name: str
    main: list[Drawn]
    more: list[Drawn]


class ModelCard(NamedTuple):
    """Statements about one model."""

    run: ComparedRun
    swatch: Markup
    verdict: Verdict
    facts: list[tuple[str, str]]


def render_comparison(runs: Runs, paired: Sequence[DifferenceTable] = ()) -> str:
    """The page as text. The same results give the same text.

    Args:
        runs: two or more.
        paired: comparisons of two models on the same showers' conditions and seeds.
    """
    folder = report_templates_dir()
    environment = page_environment()
    script = page_script("comparison.js")
    style = "".join(
        (folder / name).read_text(encoding="utf-8") for name in ("report.css", "comparison.css")
    )
    with plot_style():
        energy = _drawn(energy_charts(runs), runs, "e")
        observables = _drawn(observable_charts(runs), runs, "o")
        further = _drawn(benchmark_charts(runs), runs, "b")
    return environment.get_template("comparison.html.j2").render(
        runs=runs,
        cards=[_card(run) for run in runs.runs],
        heat=heat_table(runs),
        bounds=BOUNDS,
        energy=energy,
        groups=_groups(runs, observables),
        anchors={one.chart.name: one.anchor for one in (*energy, *observables)},
        further=further,
        standings=standings(runs),
        differences=list(difference_tables(runs)),
        paired=paired,
        provenance=[_provenance(run) for run in runs.runs],
        text=text,
        style=Markup(style),
        script=script.text,
        script_hash=script.digest,
        version=__version__,
    )


def _drawn(charts: Iterable[Chart], runs: Runs, key: str) -> list[Drawn]:
    """Anchors are counted, not named: the name of another package's observable can hold anything."""
    names = ", ".join(run.name for run in runs.runs)
    made = []
    for index, chart in enumerate(charts):
        words = f"{chart.title}: {chart.description} Models: {names}."
        svg = inline_svg(draw(chart), f"{key}{index}p", words)
        made.append(Drawn(chart, f"{key}{index}", svg))
    return made


def _groups(runs: Runs, drawn: Iterable[Drawn]) -> list[Group]:
    """By family; main ones are those of the table in the terminal, and profiles."""
    shown = {
        one.name
        for run in runs.runs
        for one in run.results.observables
        if one.terminal or one.data.kind == "profile"
    }
    groups: dict[str, Group] = {}
    for one in drawn:
        group = groups.setdefault(one.chart.group, Group(one.chart.group, [], []))
        (group.main if one.chart.name in shown else group.more).append(one)
    return list(groups.values())


def _card(run: ComparedRun) -> ModelCard:
    results = run.results
    facts = [
        ("showers", f"{text.grouped(results.run.n)}, seed {results.run.seed}"),
        ("NFE", "not stated" if results.model.nfe is None else text.grouped(results.model.nfe)),
    ]
    if results.model.parameters is not None:
        facts.append(("parameters", text.grouped(results.model.parameters)))
    return ModelCard(run, swatch(run.look), verdict_of(results), facts)


def _provenance(run: ComparedRun) -> list[str]:
    results, reference = run.results, run.results.reference
    return [
        run.name,
        results.model.description,
        results.run.command,
        f"{reference.source}, {text.grouped(reference.n)} showers, "
        f"{(reference.content_sha256 or reference.sha256)[:12]}",
        results.provenance.created_utc,
        results.provenance.versions.get("calobench", "not stated"),
        digest_of(results)[:12],
    ]
