"""Quality against time of the models on a detector, as a small figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from calobench.history.record import DISTANCE, HistoryRecord
from calobench.history.trends import Panel
from calobench.report.history_words import value_words
from calobench.report.palette import looks
from calobench.report.site.axis import Tick, fitted
from calobench.report.swatch import swatch_shape
from calobench.results.main_score import MainScore
from calobench.stats.pareto import front_of

__all__ = ["Pareto", "pareto_of"]

WIDTH, HEIGHT = 460, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 16, 44


class Place(NamedTuple):
    """A model.

    Attributes:
        model: its name.
        x: place.
        y: place.
        label_end: whether the name stands left of the point.
        shape: its mark.
        colour: of it.
        best: whether no other model is both faster and nearer to Geant4.
        time: in words.
        distance: in words.
    """

    model: str
    x: float
    y: float
    label_end: bool
    shape: Markup
    colour: str
    best: bool
    time: str
    distance: str


class Pareto(NamedTuple):
    """All models of a detector that were timed.

    Attributes:
        detector: name.
        places: the models, the fastest first.
        x_label: of the axis.
        xs: its ticks.
        ys: ticks of the other.
        front: path through the best.
        one: place of the distance that chance stays under; None: outside.
        note: what keeps times from being compared; '' for nothing.
        size: width and height.
    """

    detector: str
    places: tuple[Place, ...]
    x_label: str
    xs: list[Tick]
    ys: list[Tick]
    front: str
    one: float | None
    note: str
    size: tuple[int, int] = (WIDTH, HEIGHT)


class _Timed(NamedTuple):
    model: str
    time: MainScore
    distance: MainScore


def pareto_of(detector: str, panels: Sequence[Panel]) -> Pareto | None:
    """The figure of a detector; None where fewer than two models were timed.

    Args:
        detector: its name.
        panels: of one use, of any detectors.
    """
    timed = [one for panel in panels if panel.key.detector == detector for one in _timed(panel)]
    if len(timed) < 2:
        return None

    def numbers(one: _Timed) -> tuple[float, float]:
        return one.time.value, one.distance.value

    timed.sort(key=numbers)
    best = front_of(timed, numbers)
    x = fitted([one.time.value for one in timed], _LEFT, WIDTH - _RIGHT, log=True)
    y = fitted([one.distance.value for one in timed], HEIGHT - _BOTTOM, _TOP, log=True)
    look = looks([one.model for one in timed])
    places = tuple(
        Place(
            one.model,
            x.place(one.time.value),
            y.place(one.distance.value),
            x.place(one.time.value) > WIDTH * 0.6,
            swatch_shape(look[one.model]),
            look[one.model].colour,
            one in best,
            value_words(one.time),
            value_words(one.distance),
        )
        for one in timed
    )
    front = "L".join(f"{x.place(b.time.value):g} {y.place(b.distance.value):g}" for b in best)
    setups = {one.time.setup for one in timed}
    note = "The times are of different machines or settings, and cannot be held against each other."
    return Pareto(
        detector,
        places,
        f"{timed[0].time.label} [{timed[0].time.unit}]",
        x.ticks(),
        y.ticks(),
        f"M{front}",
        y.place(1.0) if y.holds(1.0) else None,
        note if len(setups) > 1 else "",
    )


def _timed(panel: Panel) -> list[_Timed]:
    """The latest time and the latest distance of a model, where it has both and they are above zero."""
    time = _latest(panel.records, cost=True)
    distance = _latest(panel.records, cost=False)
    if time is None or distance is None or min(time.value, distance.value) <= 0:
        return []
    return [_Timed(panel.key.model, time, distance)]


def _latest(records: Sequence[HistoryRecord], *, cost: bool) -> MainScore | None:
    for record in reversed(records):
        for score in record.scores:
            if score.cost if cost else score.name == DISTANCE:
                return score
    return None
