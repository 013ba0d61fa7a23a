"""What a physicist calls the quantities of a verdict, and which way they are off."""

from __future__ import annotations

from typing import NamedTuple

from calobench.results.verdict import Topic

__all__ = ["MAIN", "Name", "name_of", "topic_of"]


class Name(NamedTuple):
    """In words, and what it is when it is larger or smaller than Geant4's."""

    words: str
    larger: str = "too large"
    smaller: str = "too small"


MAIN = {
    "response": "energy",
    "centre_of_gravity_z": "longitudinal",
    "width_z": "longitudinal",
    "shower_maximum": "longitudinal",
    "centre_of_gravity_r": "lateral",
    "width_r": "lateral",
    "centre_of_gravity_x": "lateral",
    "centre_of_gravity_y": "lateral",
    "cells_above_100kev": "cells",
    "hottest_cell": "cells",
    "azimuthal_coherence": "correlations",
    "weakest_layer": "correlations",
}
"""Observables that every verdict measures the mean and the width of, whatever its use."""

_HIGH, _DEEP, _WIDE, _MANY = (
    ("too high", "too low"),
    ("too deep", "too shallow"),
    ("too wide", "too narrow"),
    ("too many", "too few"),
)
_MEANS = {
    "response": Name("mean response", *_HIGH),
    "visible_energy": Name("mean visible energy", *_HIGH),
    "centre_of_gravity_z": Name("mean depth", *_DEEP),
    "width_z": Name("width in depth", "too large", "too small"),
    "shower_maximum": Name("shower maximum", *_DEEP),
    "shower_start": Name("shower start", "too deep", "too early"),
    "depth_90": Name("depth with 90 % of the energy", *_DEEP),
    "centre_of_gravity_r": Name("mean radius"),
    "width_r": Name("width in radius"),
    "centre_of_gravity_x": Name("centre of gravity in x"),
    "centre_of_gravity_y": Name("centre of gravity in y"),
    "cells_above_20kev": Name("cells above 0.02 MeV", *_MANY),
    "cells_above_100kev": Name("cells above 0.1 MeV", *_MANY),
    "cells_above_1mev": Name("cells above 1 MeV", *_MANY),
    "hottest_cell": Name("share of the hottest cell"),
    "azimuthal_coherence": Name("azimuthal coherence of layers"),
    "weakest_layer": Name("weakest layer over its neighbours", "too full", "too empty"),
    "longitudinal_profile": Name("longitudinal profile"),
    "radial_profile": Name("radial profile"),
}
_WIDTHS = {"response": Name("resolution", *_WIDE)}

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


def name_of(observable: str, quantity: str, label: str) -> Name:
    """The name of a quantity.

    Args:
        observable: its name.
        quantity: ``mean``, ``width``, ...
        label: of the observable, where it has no plain name.
    """
    mean = _MEANS.get(observable, Name(label))
    if quantity.startswith("width"):
        return _WIDTHS.get(observable, Name(f"spread of {mean.words}", *_WIDE))
    return mean
