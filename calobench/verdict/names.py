"""Names of the quantities of a verdict in physics, and of the direction in which they are off."""

from __future__ import annotations

from typing import NamedTuple

from calobench.results.schema import ObservableResult

__all__ = ["Name", "name_of"]


class Name(NamedTuple):
    """In words, and what it is when it is larger or smaller than Geant4's."""

    words: str
    larger: str = "too large"
    smaller: str = "too small"


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
