"""Everything that goes into a folder of plots: figures with their numbers, and tables."""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from calobench import __version__
from calobench.errors import UnknownNameError
from calobench.report.comparison.catalogue import charts_of, further_charts_of
from calobench.report.comparison.charts import Chart
from calobench.report.comparison.drawing import draw
from calobench.report.comparison.runs import Runs
from calobench.report.palette import GEANT4_COLOUR
from calobench.report.publication.content import score_table, summary_table
from calobench.report.publication.files import FIGURE_FORMATS, csv_bytes, figure_bytes
from calobench.report.publication.style import print_style, print_text
from calobench.report.publication.tables import TABLE_FORMATS, Table, table_rows
from calobench.results.seal import digest_of

__all__ = ["FORMATS", "MANIFEST", "Material", "PlotRequest", "build", "build_material"]

FORMATS = (*FIGURE_FORMATS, "csv", *TABLE_FORMATS)
"""Formats of figures and tables."""

MANIFEST = "manifest.json"
"""The file that says what a folder of plots holds, and of which results."""


_MAX_NAME = 100


@dataclass(frozen=True)
class PlotRequest:
    """A request for figures and tables.

    Attributes:
        formats: of :data:`FORMATS`.
        label: above every figure, such as "FCC-ee ALLEGRO simulation"; '' for the detector's name.
        only: patterns of names of figures and tables, such as ``*_profile``; () for all but observables
            against the conditions.
        font: family that is used before all others; None for that of mplhep.
    """

    formats: tuple[str, ...] = ("pdf", "csv", "tex", "md")
    label: str = ""
    only: tuple[str, ...] = ()
    font: str | None = None


class Material(NamedTuple):
    """Figures and tables that can be made of results of any protocol.

    Attributes:
        label: above every figure, where none is asked for.
        charts: figures that are made unasked.
        further: makes those that are made where they are asked for.
        tables: of the results.
        runs: what the manifest says of each run, by its name.
        notes: what a reader has to know.
    """

    label: str
    charts: Sequence[Chart]
    further: Callable[[], Iterable[Chart]]
    tables: Sequence[Table]
    runs: Mapping[str, Mapping[str, object]]
    notes: Sequence[str]


def build(runs: Runs, request: PlotRequest) -> dict[str, bytes]:
    """The files of runs by their names in the folder, the manifest last.

    Args:
        runs: one or more.
        request: what to make.

    Raises:
        UnknownNameError: there is no such figure, format or font.
    """
    described = {
        run.name: {
            "colour": run.look.colour,
            "results": digest_of(run.results),
            "showers": run.results.run.n,
            "reference": run.results.reference.content_sha256 or run.results.reference.sha256,
        }
        for run in runs.runs
    }
    material = Material(
        runs.title,
        tuple(charts_of(runs)),
        lambda: further_charts_of(runs),
        (score_table(runs), summary_table(runs)),
        described,
        runs.notes,
    )
    return build_material(material, request)


def build_material(material: Material, request: PlotRequest) -> dict[str, bytes]:
    """As :func:`build`, of results of any protocol."""
    for form in request.formats:
        if form not in FORMATS:
            raise UnknownNameError("format", form, FORMATS)
    charts, tables = _chosen(material, request.only)
    files = dict(_figures(charts, request, request.label or material.label))
    for table in tables:
        files |= _table(table, request.formats)
    files[MANIFEST] = _manifest(material, charts, tables, files)
    return files


def _chosen(material: Material, only: Sequence[str]) -> tuple[list[Chart], list[Table]]:
    charts, tables = list(material.charts), list(material.tables)
    if not only:
        return charts, tables
    charts += material.further()
    names = [*(one.name for one in charts), *(one.name for one in tables)]
    for pattern in only:
        if not fnmatch.filter(names, pattern):
            raise UnknownNameError("figure or table", pattern, names)
    return (
        [one for one in charts if _matches(one.name, only)],
        [one for one in tables if _matches(one.name, only)],
    )


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _figures(
    charts: Sequence[Chart], request: PlotRequest, label: str
) -> Iterator[tuple[str, bytes]]:
    forms = [form for form in request.formats if form in FIGURE_FORMATS]
    names = _file_names(chart.name for chart in charts)
    with print_style(request.font):
        for chart in charts:
            if forms:
                figure = draw(chart, geant4=GEANT4_COLOUR, text=print_text)
                figure.axes[0].set_title(
                    print_text(label), loc="left", fontsize=12, fontweight="bold", pad=5
                )
                for form in forms:
                    yield f"figures/{names[chart.name]}.{form}", figure_bytes(figure, form)
            if "csv" in request.formats:
                yield f"figures/{names[chart.name]}.csv", csv_bytes(chart.rows())


def _file_names(names: Iterable[str]) -> dict[str, str]:
    """Names of files: those of another package's observables can hold anything."""
    made: dict[str, str] = {}
    for name in names:
        safe = re.sub(r"[^\w-]+", "_", name)[:_MAX_NAME]
        taken = sum(other == safe for other in made.values())
        made[name] = f"{safe}_{len(made)}" if taken or not safe.strip("_") else safe
    return made


def _table(table: Table, formats: Sequence[str]) -> dict[str, bytes]:
    files = {
        f"tables/{table.name}.{form}": write(table).encode()
        for form, write in TABLE_FORMATS.items()
        if form in formats
    }
    if "csv" in formats:
        files[f"tables/{table.name}.csv"] = csv_bytes(table_rows(table))
    return files


def _manifest(
    material: Material, charts: Sequence[Chart], tables: Sequence[Table], files: Iterable[str]
) -> bytes:
    """The list of the folder: no date, so that the same results give the same bytes."""
    content = {
        "calobench": __version__,
        "subject": material.label,
        "runs": material.runs,
        "notes": list(material.notes),
        "titles": {
            **{chart.name: f"{chart.title}: {chart.description}" for chart in charts},
            **{table.name: table.caption for table in tables},
        },
        "files": sorted(files),
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
