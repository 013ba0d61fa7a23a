"""What a physicist calls the quantities of a verdict, and which way they are off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from calobench.results.schema import ObservableResult, Results
from calobench.results.verdict import Topic
from calobench.results.words import PlainRecord

__all__ = ["Name", "declared_observables", "name_of", "topic_of"]


class Name(NamedTuple):
    """In words, and what it is when it is larger or smaller than Geant4's."""

    words: str
    larger: str = "too large"
    smaller: str = "too small"


_TOPICS = {
    "energy": Topic.ENERGY,
    "longitudinal": Topic.LONGITUDINAL,
    "radial": Topic.LATERAL,
    "azimuthal": Topic.LATERAL,
    "occupancy": Topic.CELLS,
    "spectrum": Topic.CELLS,
}


def topic_of(family: str) -> Topic:
    """The topic of a family of observables; what is none of shower shape is about correlations."""
    return _TOPICS.get(family, Topic.CORRELATIONS)


def declared_observables(results: Results) -> Mapping[str, ObservableResult]:
    """The observables of a run by name, with what they declare of themselves.

    Older results hold no declarations: theirs are those of the observables that are installed.

    Args:
        results: of a run.
    """
    found = {one.name: one for one in results.observables}
    if any(one.verdict or one.plain for one in found.values()):
        return found
    from calobench.observables.catalogue import all_observables

    for declared in all_observables():
        if declared.name in found:
            update = {"verdict": declared.verdict, "plain": PlainRecord.of(declared.plain)}
            found[declared.name] = found[declared.name].model_copy(update=update)
    return found


def name_of(observable: ObservableResult | None, quantity: str, label: str) -> Name:
    """The name of a quantity.

    Args:
        observable: that it is of; None for a metric of a benchmark.
        quantity: ``mean``, ``width``, ...
        label: of the observable, where it has no plain name.
    """
    plain = None if observable is None else observable.plain
    mean = Name(label) if plain is None else Name(plain.mean, plain.larger, plain.smaller)
    if not quantity.startswith("width"):
        return mean
    words = plain.width if plain is not None and plain.width else f"spread of {mean.words}"
    return Name(words, "too wide", "too narrow")
