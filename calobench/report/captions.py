"""Content of a figure in words: for its caption, and for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from calobench.report import text
from calobench.report.summary import average_ratio
from calobench.report.verdict import score_words
from calobench.results.schema import (
    MIN_WITH_ERRORS,
    Distribution,
    EnergyBin,
    EnergyDependence,
    EventImage,
    ObservableResult,
    Profile,
)
from calobench.results.scores import ScoreRecord

__all__ = [
    "Number",
    "energy_alt",
    "energy_words",
    "event_caption",
    "observable_alt",
    "observable_numbers",
]


class Number(NamedTuple):
    """A line below a figure: name, value of the model, what to compare it with."""

    name: str
    value: str
    beside: str


def observable_numbers(
    observable: ObservableResult, scores: Sequence[ScoreRecord], replicas: int
) -> list[Number]:
    """Scores first, then the moments and what lies outside the axis."""
    by_name = {score.name: score for score in observable.scores}
    lines = [
        Number(declared.title, *score_words(by_name[declared.name], declared, replicas))
        for declared in scores
        if declared.name in by_name
    ]
    data = observable.data
    if isinstance(data, Distribution):
        lines += _moments(data, observable.unit)
        lines += _outside(data)
    return lines


def _moments(data: Distribution, unit: str) -> list[Number]:
    tail = f" {unit}" if unit else ""

    def known(error: float, counts: Sequence[float]) -> float | None:
        return error if sum(counts) >= MIN_WITH_ERRORS else None

    return [
        Number(name, text.measured(*model), f"Geant4 {text.measured(*reference)}{tail}")
        for name, model, reference in (
            (
                "mean",
                (data.model_mean, known(data.model_mean_error, data.model)),
                (data.reference_mean, known(data.reference_mean_error, data.reference)),
            ),
            (
                "σ",
                (data.model_std, known(data.model_std_error, data.model)),
                (data.reference_std, known(data.reference_std_error, data.reference)),
            ),
        )
    ]


def observable_alt(
    observable: ObservableResult, scores: Sequence[ScoreRecord], replicas: int
) -> str:
    """The figure of an observable."""
    if isinstance(observable.data, Profile):
        kind = (
            f"Profile of {observable.label} along {observable.data.axis_label}: "
            "means of the model as points with errors over those of Geant4 as a filled step"
        )
    else:
        kind = (
            f"Histogram of {observable.label}: "
            "model as points with errors over Geant4 as a filled step"
        )
    lines = observable_numbers(observable, scores, replicas)
    numbers = ". ".join(f"{line.name} {line.value}, {line.beside}" for line in lines)
    return f"{kind}; below, their ratio with errors. {numbers}."


def energy_alt(data: EnergyDependence, quantity: str) -> str:
    """The figure of the response or the resolution."""
    words = f"{quantity.capitalize()} against incident energy, model and Geant4, with their ratio."
    average = average_ratio(data, quantity)
    if average is None:
        return f"{words} No energy bin has enough showers in both samples."
    ratio = text.measured(average.value, average.error)
    return f"{words} Ratio averaged over {text.counted(average.n_bins, 'energy bin')}: {ratio}."


def energy_words(data: EnergyDependence, field: str) -> str:
    """A quantity of the energy bins, a fraction, from low to high energy in both samples."""

    def words(bins: Sequence[EnergyBin | None]) -> str:
        values = [getattr(one, field) for one in bins if one is not None]
        return ", ".join(f"{100 * value:.3g} %" for value in values if value is not None)

    return f"{field} from low to high energy. Geant4: {words(data.reference)}. Model: {words(data.model)}."


def event_caption(event: EventImage) -> str:
    """Whose shower, and of which photon."""
    source = "Geant4" if event.source == "reference" else "Model"
    angles = f"θ = {event.theta:.2f} rad, φ = {event.phi:.2f} rad"
    visible = text.energy(event.visible_mev)
    return f"{source}, {text.energy(event.energy_mev)}, {angles}; visible {visible}"


def _outside(data: Distribution) -> list[Number]:
    ends = (("underflow", 0), ("overflow", -1))
    return [
        Number(word, f"{data.model[end]:g}", f"Geant4 {data.reference[end]:g} showers")
        for word, end in ends
        if data.model[end] or data.reference[end]
    ]
