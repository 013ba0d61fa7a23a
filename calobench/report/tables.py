"""Rows of the report's tables and its key figures, as text beside the number that sorts it."""

from __future__ import annotations

from typing import NamedTuple

from calobench.report import text
from calobench.report.equivalent import showers_note, showers_worth, worst_words
from calobench.report.summary import average_ratio
from calobench.results.multivariate import MultivariateScore
from calobench.results.schema import ObservableResult, Results, RunRecord, Score
from calobench.results.scores import page_scores, score_record
from calobench.verdict.decision import Decision
from calobench.verdict.observables import Status, judge, score_named

__all__ = [
    "Cell",
    "Fact",
    "ScoreRow",
    "StageRow",
    "Tile",
    "facts",
    "score_rows",
    "score_tile",
    "stages",
    "tiles",
]

# What the stage that makes showers may be called; the time per shower is only shown for it.
_GENERATION = ("generate", "generation")


class Cell(NamedTuple):
    """A text to show, and the number it is sorted by."""

    text: str
    sort: float | None


class ScoreRow(NamedTuple):
    """One observable in the score table: status, five cells per score, detectable shift, N."""

    observable: ObservableResult
    status: Status | None
    order: int
    scores: tuple[tuple[Cell, ...], ...]
    detectable: Cell
    n: Cell


class Tile(NamedTuple):
    """A key figure: what, how much, and what to compare it with."""

    name: str
    value: str
    note: str


def score_tile(score: MultivariateScore) -> Tile:
    """The row of a score of all observables, or cells, together."""
    low, high = score.null_interval
    null = f"null {text.number(low, 2)} to {text.number(high, 2)}"
    return Tile(
        f"{score.label[:1].upper()}{score.label[1:]}", text.measured(score.value, score.error), null
    )


class Fact(NamedTuple):
    """A name and its value, a row of a list of facts."""

    name: str
    value: str


class StageRow(NamedTuple):
    """A stage of the run; ``fraction`` of the wall time, 0 to 1."""

    name: str
    wall: str
    fraction: float
    memory: str


def score_rows(results: Results) -> tuple[ScoreRow, ...]:
    """All observables, in the order of the results."""
    judged = judge(results)
    status = {one.observable.name: one.status for one in judged}
    judging = {one.observable.name: one.score for one in judged}
    scores, replicas = page_scores(results), results.run.null_replicas
    rows = []
    for observable in results.observables:
        own = status.get(observable.name)
        rows.append(
            ScoreRow(
                observable,
                own,
                list(Status).index(own) if own else -1,
                tuple(_cells(score_named(observable, one.name), replicas) for one in scores),
                _detectable(judging.get(observable.name)),
                _sample_size(observable),
            )
        )
    return tuple(rows)


def _detectable(score: Score | None) -> Cell:
    if score is None or score.minimum_detectable is None:
        return Cell("–", None)
    return Cell(text.number(score.minimum_detectable, 2), score.minimum_detectable)


def _cells(score: Score | None, replicas: int) -> tuple[Cell, ...]:
    if score is None:
        return (Cell("–", None),) * 5
    q = score.q_value
    return (
        Cell(text.measured(score.value, score.known_error), score.value),
        Cell(text.number(score.null_median, 2), score.null_median),
        Cell(text.number(score.null_95, 2), score.null_95),
        Cell(text.p_value(score.p_value, replicas), score.p_value),
        Cell("–", None) if q is None else Cell(text.number(q, 2), q),
    )


def _sample_size(observable: ObservableResult) -> Cell:
    if not observable.scores:
        return Cell("–", None)
    sizes = dict.fromkeys((score.n_model, score.n_reference) for score in observable.scores)
    words = [
        text.grouped(model)
        if model == reference
        else f"{text.grouped(model)} / {text.grouped(reference)}"
        for model, reference in sizes
    ]
    return Cell("; ".join(words), min(min(pair) for pair in sizes))


def tiles(results: Results, decision: Decision) -> tuple[Tile, ...]:
    """The figures asked for first."""
    made = _worth(results)
    if decision.judged:
        differ = len(decision.with_status(Status.DIFFERS))
        border = len(decision.with_status(Status.BORDERLINE))
        made.append(
            Tile(
                "Observables that differ",
                f"{differ} of {len(decision.judged)}",
                f"and {border} that may",
            )
        )
        worst = max(decision.judged, key=lambda one: one.ratio)
        score, declared = worst.score, score_record(results, worst.score.name)
        made.append(
            Tile(
                f"Furthest from Geant4: {worst.observable.label}, {declared.title}",
                text.measured(score.value, score.known_error, declared.unit),
                f"null {text.number(score.null_median, 2)}, 95 % {text.number(score.null_95, 2)}",
            )
        )
    alone = decision.part("alone")
    made.extend(score_tile(score) for score in (() if alone is None else alone.scores))
    response = average_ratio(results.energy_dependence, "response")
    if response is not None:
        value = text.percent(response.value - 1, response.error, signed=True)
        made.append(Tile("Response bias", value, "model over Geant4, ideal 0"))
    resolution = average_ratio(results.energy_dependence, "resolution")
    if resolution is not None:
        value = text.measured(resolution.value, resolution.error)
        made.append(Tile("Resolution ratio", value, "model over Geant4, ideal 1"))
    made.append(
        Tile(
            "Showers",
            text.grouped(results.run.n),
            f"against {text.grouped(results.reference.n)} of Geant4",
        )
    )
    made.extend(_speed(results))
    return tuple(made)


def _worth(results: Results) -> list[Tile]:
    record = results.multivariate and results.multivariate.equivalent
    if not record:
        return []
    labels = {one.name: one.label for one in results.observables}
    worst = worst_words(record, labels)
    note = f"mean of {record.n_observables} observables; {worst or showers_note(record)}"
    return [Tile("Equivalent Geant4 statistics", showers_worth(record), note)]


def _speed(results: Results) -> list[Tile]:
    made = [stage for stage in results.stages if stage.name in _GENERATION]
    if not made or not results.run.n:
        return []
    wall = sum(stage.wall_s for stage in made)
    nfe = f", NFE {results.model.nfe}" if results.model.nfe is not None else ""
    return [
        Tile("Time per shower", text.duration(wall / results.run.n), f"{results.model.device}{nfe}")
    ]


def stages(results: Results) -> tuple[StageRow, ...]:
    """Wall time and memory of the stages."""
    total = sum(stage.wall_s for stage in results.stages)
    return tuple(
        StageRow(
            stage.name,
            text.duration(stage.wall_s),
            stage.wall_s / total if total > 0 else 0.0,
            text.size(stage.peak_memory_bytes),
        )
        for stage in results.stages
    )


def facts(results: Results) -> dict[str, tuple[Fact, ...]]:
    """Everything needed to make the same numbers again, by heading."""
    model, detector, reference = results.model, results.detector, results.reference
    run, made = results.run, results.provenance
    r, phi, z = detector.mesh_shape
    return {
        "Model": (
            Fact("name", model.name),
            Fact("description", model.description),
            Fact("detectors", ", ".join(model.detectors)),
            Fact("parameters", _or_unknown(model.parameters)),
            Fact("NFE", _or_unknown(model.nfe)),
            Fact("device", f"{model.device}, {model.backend}" if model.backend else model.device),
            Fact("weights, SHA-256", model.weights_hash or "none"),
            Fact("post-processing", "; ".join(model.post_processing) or "none"),
        ),
        "Detector": (
            Fact("name", detector.name),
            Fact("description", detector.description),
            Fact("mesh", f"{r} radii × {phi} azimuths × {z} layers"),
            Fact("cell", f"Δr = {detector.dr_mm:g} mm, Δz = {detector.dz_mm:g} mm"),
            Fact("sampling fraction", text.number(detector.sampling_fraction)),
            Fact("geometry, SHA-256", detector.geometry_hash),
        ),
        "Reference": (
            Fact("source", reference.source),
            Fact("description", reference.description),
            Fact("showers", text.grouped(reference.n)),
            Fact("SHA-256 of the file", reference.sha256),
            Fact("SHA-256 of the showers", reference.content_sha256 or "not known"),
        ),
        "Run": (
            Fact("command", run.command),
            Fact("showers", text.grouped(run.n)),
            Fact("seed", str(run.seed)),
            Fact("showers per chunk", text.grouped(run.chunk_size)),
            Fact("conditions", _pairing(run)),
            Fact("bootstrap replicas", text.grouped(run.bootstrap_replicas)),
            Fact("permutations", text.grouped(run.null_replicas)),
            Fact("made", made.created_utc),
            Fact("git commit", made.git_commit or "not from a checkout"),
        ),
        "Machine": tuple(Fact(name, value) for name, value in sorted(made.machine.items())),
        "Versions": tuple(Fact(name, value) for name, value in sorted(made.versions.items())),
    }


def _pairing(run: RunRecord) -> str:
    if run.paired_conditions:
        return "the reference's own, so that samples are paired"
    because = f": {run.unpaired_because}" if run.unpaired_because else ""
    return f"not the reference's own, so that samples are not paired{because}"


def _or_unknown(value: int | None) -> str:
    return "not stated" if value is None else text.grouped(value)
