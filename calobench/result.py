"""A result in the hands of a physicist: verdict, tables, plots and files of one evaluation."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from calobench.errors import UnknownNameError
from calobench.results.schema import Results

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Result"]


class Result:
    """One sample compared with Geant4.

    Attributes:
        results: of the evaluation, as ``results.json`` holds it.
    """

    def __init__(self, results: Results) -> None:
        self.results = results

    @property
    def verdict(self) -> str:
        """The verdict in one sentence, the same as on the page and in the terminal."""
        from calobench.verdict import verdict_of

        return verdict_of(self.results).sentence

    @property
    def warnings(self) -> tuple[str, ...]:
        """Remarks that a reader should know before believing the numbers."""
        return self.results.warnings

    def table(self) -> pd.DataFrame:
        """One row per score of an observable.

        Columns: value, error, null_95, p_value, q_value, n_model, n_reference. The index is the names of
        observable and score.
        """
        import pandas as pd

        rows = [
            {
                "observable": observable.name,
                "score": score.name,
                "value": score.value,
                "error": score.error,
                "null_95": score.null_95,
                "p_value": score.p_value,
                "q_value": score.q_value,
                "n_model": score.n_model,
                "n_reference": score.n_reference,
            }
            for observable in self.results.observables
            for score in observable.scores
        ]
        return pd.DataFrame(rows).set_index(["observable", "score"])

    def to_latex(self, score: str | None = None) -> str:
        """A table of one score of all observables, booktabs style, errors rounded as the PDG does.

        Args:
            score: its name; None: the one that judges observables.

        Raises:
            UnknownNameError: no observable has a score of that name.
        """
        from calobench.report.latex import latex
        from calobench.report.publication.tables import Measured, latex_cell
        from calobench.results.scores import declared_scores, judging_score

        score = score or judging_score(declared_scores(self.results)).name
        rows = [
            (observable.label, one)
            for observable in self.results.observables
            for one in observable.scores
            if one.name == score
        ]
        if not rows:
            known = {s.name for o in self.results.observables for s in o.scores}
            raise UnknownNameError("score", score, sorted(known))
        lines = [
            f"{latex(label)} & {latex_cell(Measured(s.value, s.known_error))} & "
            rf"{s.null_95:.2g} & {s.p_value:.2g} \\"
            for label, s in rows
        ]
        head = rf"observable & {latex(score)} & null, 95\,\% & $p$ \\"
        top = [r"\begin{tabular}{lrrr}", r"\toprule", head, r"\midrule"]
        return "\n".join([*top, *lines, r"\bottomrule", r"\end{tabular}"])

    def plot(self, name: str) -> Figure:
        """One figure: the model over Geant4, with the ratio.

        Args:
            name: an observable, or one of the other names of :func:`calobench.plot`.

        Raises:
            UnknownNameError: there is no such figure.
        """
        from calobench.comparison import plot

        return plot(self, name)

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> Path:
        """Write ``results.json`` and ``report.html`` into a folder, as ``calobench run`` does.

        Args:
            folder: made if it is not there.
            force: replace the run that is in it.

        Returns:
            Path of the page.

        Raises:
            OutputError: the folder holds a run already, or cannot be written.
        """
        from calobench.harness.output import RunFolder
        from calobench.report import render
        from calobench.results.store import results_text

        place = RunFolder(Path(folder), force=force, call="")
        place.write(results_text(self.results), render(self.results))
        return place.page

    def __repr__(self) -> str:
        results = self.results
        return (
            f"<{results.model.name} on {results.detector.name}, {results.run.n} showers against "
            f"{results.reference.n}: {self.verdict}>"
        )

    def _repr_html_(self) -> str:
        """HTML for a notebook: the verdict and the table of scores."""
        from markupsafe import escape

        results = self.results
        table = self.table().to_html(float_format=lambda value: f"{value:.3g}", max_rows=60)
        return (
            f"<p><b>{escape(self.verdict)}</b><br>{escape(results.model.name)} on "
            f"{escape(results.detector.name)}, {results.run.n} showers against {results.reference.n} of "
            f"Geant4</p>{table}"
        )
