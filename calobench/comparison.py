"""Several results in the hands of a physicist: names, verdicts, tables and figures of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from calobench.report.comparison.runs import Runs, Source, compared
from calobench.result import Result

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Comparison", "Given", "compare", "plot"]

Given: TypeAlias = "Result | str | PathLike[str]"
"""A result, or where one is: a ``results.json`` or the folder of a run."""


def compare(
    results: Sequence[Given] | Mapping[str, Given], *, any_reference: bool = False
) -> Comparison:
    """Put results side by side.

    Args:
        results: of one detector and reference; a mapping gives them names of your own, else they have
            those of their models.
        any_reference: also results against other reference samples, each held against its own.

    Raises:
        ResultsError: a file is missing, damaged, or of another version.
        ComparisonError: they are of other detectors or references, or two are the same.
    """
    return Comparison(_runs(results, any_reference=any_reference))


def plot(results: Given | Sequence[Given] | Mapping[str, Given], name: str) -> Figure:
    """One figure: every model over Geant4, with the ratio.

    Args:
        results: one, or several of one detector and reference.
        name: an observable, ``response_against_energy``, ``resolution_against_energy``, or an observable
            in bins of a condition: ``width_r_in_energy``, ``..._in_theta``, ``..._in_azimuth``.

    Raises:
        UnknownNameError: there is no such figure.
        ComparisonError: the results may not be compared.
    """
    several = [results] if isinstance(results, Result | str | PathLike) else results
    return compare(several).plot(name)


class Comparison:
    """Results side by side.

    Attributes:
        runs: the results with their names and colours.
    """

    def __init__(self, runs: Runs) -> None:
        self.runs = runs

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict of each model in one sentence."""
        from calobench.verdict import verdict_of

        return {run.name: verdict_of(run.results).sentence for run in self.runs.runs}

    @property
    def notes(self) -> tuple[str, ...]:
        """Settings that are not the same in all runs."""
        return self.runs.notes

    def table(self) -> pd.DataFrame:
        """Scores of all models: rows and columns as :meth:`Result.table`, the model's name outermost."""
        import pandas as pd

        tables = {run.name: Result(run.results).table() for run in self.runs.runs}
        return pd.concat(tables, names=["model"])

    def plot(self, name: str) -> Figure:
        """One figure, see :func:`plot`.

        Raises:
            UnknownNameError: there is no such figure.
        """
        from calobench.report.comparison.catalogue import chart_named
        from calobench.report.comparison.drawing import draw
        from calobench.report.palette import GEANT4_COLOUR
        from calobench.report.publication.style import ALWAYS_THERE, print_style, print_text

        chart = chart_named(self.runs, name)
        # It is rendered later, with settings of the caller: in the font that matplotlib always has.
        with print_style(ALWAYS_THERE):
            return draw(chart, geant4=GEANT4_COLOUR, text=print_text)

    def save(self, path: str | PathLike[str], *, force: bool = False) -> Path:
        """Write the page of ``calobench compare``.

        Args:
            path: of the HTML file.
            force: replace what is there.

        Raises:
            ComparisonError: there is only one result.
            OutputError: the file is there, or cannot be written.
        """
        from calobench._util.commit import Output, write_together
        from calobench.report.comparison.page import render_comparison

        page = render_comparison(self.runs).encode()
        write_together([Output(Path(path), page, force)])
        return Path(path)

    def save_plots(
        self,
        folder: str | PathLike[str],
        *,
        formats: Sequence[str] = ("pdf", "csv", "tex", "md"),
        label: str = "",
        only: Sequence[str] = (),
        force: bool = False,
    ) -> Path:
        """Write the folder of ``calobench plots``: figures, their numbers, and tables.

        Args:
            folder: made if it is not there.
            formats: of pdf, png, svg, csv, tex, md.
            label: above every figure; '' for the detector's name.
            only: patterns of names of figures and tables.
            force: replace the plots that are in it.

        Raises:
            UnknownNameError: there is no such format, figure or table.
            OutputError: the folder holds other files, or plots that are not to be replaced.
        """
        from calobench._util.whole_folder import WholeFolder
        from calobench.report.publication.build import MANIFEST, PlotRequest, build

        place = WholeFolder(Path(folder), manifest=MANIFEST, force=force)
        place.write(build(self.runs, PlotRequest(tuple(formats), label, tuple(only))))
        return Path(folder)

    def __repr__(self) -> str:
        names = ", ".join(run.name for run in self.runs.runs)
        return f"<{names} on {self.runs.title}>"

    def _repr_html_(self) -> str:
        """HTML for a notebook: the verdicts, and the score that judges each observable."""
        from markupsafe import escape

        from calobench.report.publication.content import score_frame

        verdicts = "".join(
            f"<li><b>{escape(name)}</b>: {escape(words)}</li>"
            for name, words in self.verdicts.items()
        )
        table = score_frame(self.runs).to_html(max_rows=60)
        return f"<p>{escape(self.runs.title)}</p><ul>{verdicts}</ul>{table}"


def _runs(results: Sequence[Given] | Mapping[str, Given], *, any_reference: bool) -> Runs:
    from calobench.api import read_results

    named = (
        list(results.items()) if isinstance(results, Mapping) else [("", one) for one in results]
    )
    sources = []
    for index, (name, one) in enumerate(named, 1):
        result = one if isinstance(one, Result) else read_results(one)
        place = name or (f"result {index}" if isinstance(one, Result) else str(one))
        sources.append(Source(result.results, place, str(index), name))
    return compared(sources, any_reference=any_reference)
