"""Charts of whole samples: ROC curves of the classifiers, maps of the mean shower, correlations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from calobench.report.comparison.charts import Axis
from calobench.report.comparison.pictures import Image, Maps, Matrix, Roc, Rocs
from calobench.report.comparison.runs import ComparedRun, Runs
from calobench.report.roc import roc_points
from calobench.results.benchmarks import classifiers
from calobench.results.mean_showers import MeanImage
from calobench.results.multivariate import ClassifierRecord, MultivariateScore
from calobench.results.schema import Results

__all__ = ["sample_charts"]

_KINDS = {
    "observables": "of the observables, all showers",
    "at_fixed_conditions": "of the observables at fixed energy and angle",
    "layers": "of the energies of layers",
}


def sample_charts(runs: Runs) -> Iterator[Rocs | Maps | Matrix]:
    """One ROC figure for each kind of classifier; a map and the matrices for each model."""
    yield from _rocs(runs)
    for run in runs.runs:
        # One model needs no name in that of a file.
        tail = f"_{run.name}" if len(runs.runs) > 1 else ""
        yield from _maps(run, tail)
        yield from _matrices(run, tail)


def _rocs(runs: Runs) -> Iterator[Rocs]:
    curves: dict[tuple[str, str], list[Roc]] = {}
    for run in runs.runs:
        for name, words, record, score in _classifiers(run.results):
            if record is not None:
                curves.setdefault((name, words), []).append(_curve(run, record, score))
    for (name, words), of_runs in curves.items():
        yield Rocs(
            f"roc_{name}", f"ROC curve, {words}", "classifier",
            "How many showers of the model are told for how many of Geant4 that are taken for them.",
            Axis("Geant4 taken for the model"), Axis("model recognised"), tuple(of_runs),
        )  # fmt: skip


def _classifiers(
    results: Results,
) -> Iterator[tuple[str, str, ClassifierRecord | None, MultivariateScore | None]]:
    """Name, words, results and area of each kind."""
    together = results.multivariate
    if together is not None:
        area = next((one for one in together.scores if one.name == "auc"), None)
        yield "trees", "boosted trees on the observables", together.classifier, area
    for one in classifiers(results):
        title = f"{one.title[:1].lower()}{one.title[1:]}"
        yield one.name, title, one.test.classifier, one.test.score


def _curve(run: ComparedRun, record: ClassifierRecord, score: MultivariateScore | None) -> Roc:
    area = None if score is None else (score.value, score.error)
    return Roc(run.name, run.look, area, *roc_points(record))


def _maps(run: ComparedRun, tail: str) -> Iterator[Maps]:
    data, detector = run.results.mean_showers, run.results.detector
    if data is None:
        return
    reference, model = _image(data.reference), _image(data.model)
    rings, layers = reference.value.shape
    yield Maps(
        f"rz_map{tail}", f"Mean shower, {run.name}", "longitudinal",
        "Fraction of the visible energy in depth and radius, and model over Geant4; pale where the ratio is "
        "within two errors of one.",
        Axis("depth z", "mm"), Axis("radius r", "mm"),
        detector.dz_mm * np.arange(layers + 1), detector.dr_mm * np.arange(rings + 1),
        run.name, reference, model,
    )  # fmt: skip


def _image(one: MeanImage) -> Image:
    return Image(np.array(one.rz), np.array(one.rz_error))


def _matrices(run: ComparedRun, tail: str) -> Iterator[Matrix]:
    sample = run.results.sample
    labels = {one.name: one.label for one in run.results.observables}
    for one in sample.correlations if sample else ():
        if len(one.names) < 2:
            continue
        layers = tuple(int(name) for name in one.names) if one.kind == "layers" else ()
        yield Matrix(
            f"correlations_{one.kind}{tail}", f"Correlations, {run.name}", "correlations",
            f"Pearson correlations {_KINDS[one.kind]}: above the diagonal Geant4, below it the model.",
            run.name, tuple(labels.get(name, name) for name in one.names), layers,
            np.array(one.reference), np.array(one.model), np.array(one.pull),
        )  # fmt: skip
