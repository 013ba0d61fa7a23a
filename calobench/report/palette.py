"""Colours of models: by name, so that a model has the same one on every page and in every plot."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple, TypeAlias

__all__ = ["COLOURS", "GEANT4_COLOUR", "Dashes", "Look", "colour_rule", "looks"]

COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#92dadd",
)
"""The ten colours of M. A. Petroff, arXiv:2107.02270, without the two greys, which are Geant4's: they
differ for the colour-blind too."""

Dashes: TypeAlias = Literal["-", "--", ":", "-."]

GEANT4_COLOUR = "#5b6470"

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "p")
_DASHES: tuple[Dashes, ...] = ("-", "--", ":", "-.")

# Such that the models that ship have different colours, and those of before the ones that they had.
_SALT = b"calo-20802142"


class Look(NamedTuple):
    """Style of a model: the colour is never the only thing that tells two of them apart.

    Attributes:
        colour: of lines and points, ``#rrggbb``.
        marker: of points, as matplotlib names it.
        dashes: of lines, likewise.
    """

    colour: str
    marker: str
    dashes: Dashes


def looks(names: Sequence[str]) -> dict[str, Look]:
    """The look of each model.

    A name has its own colour. Where two of the names have the same one, the later in alphabetical order
    takes the next that is free; from the ninth model on colours return with other dashes.

    Args:
        names: all that are shown together.
    """
    taken: dict[int, int] = dict.fromkeys(range(len(COLOURS)), 0)
    chosen: dict[str, Look] = {}
    for name in sorted(set(names)):
        least_used = min(taken.values())
        place = _preferred(name)
        while taken[place] > least_used:
            place = (place + 1) % len(COLOURS)
        turn = taken[place]
        marker = _MARKERS[(place + turn) % len(_MARKERS)]
        chosen[name] = Look(COLOURS[place], marker, _DASHES[turn % len(_DASHES)])
        taken[place] += 1
    return {name: chosen[name] for name in names}


def colour_rule(name: str) -> str:
    """The style that gives the page of one model its colour, light, dark and on paper.

    Args:
        name: of the model.
    """
    # Stronger than the rules of the themes, which have two classes.
    return f":root:root:root {{ --model: {COLOURS[_preferred(name)]}; }}\n"


def _preferred(name: str) -> int:
    digest = hashlib.blake2b(name.encode(), digest_size=4, person=_SALT).digest()
    return digest[0] % len(COLOURS)
