"""Chapters of the page for observables: chapters in the order in which a physicist looks at a shower."""

from __future__ import annotations

from typing import NamedTuple

from calobench.results.schema import ObservableResult, Results

__all__ = ["CHAPTERS", "FURTHER", "Chapter", "anchors", "chapter_of", "observables_of"]


class Chapter(NamedTuple):
    """A group of families of observables.

    Attributes:
        name: anchor on the page.
        title: heading.
        order: among the sections of the page.
        families: of observables; none: all that no other chapter has.
        lead: a sentence below the heading.
    """

    name: str
    title: str
    order: int
    families: tuple[str, ...]
    lead: str


FURTHER = Chapter("further", "Further observables", 57, (), "Observables of other packages.")

CHAPTERS = (
    Chapter("energy", "Energy", 10, ("energy",), ""),
    Chapter(
        "longitudinal", "Longitudinal", 20, ("longitudinal",),
        "Where along its direction the shower deposits its energy.",
    ),
    Chapter(
        "lateral", "Lateral", 30, ("radial",),
        "How far from its axis the shower deposits its energy.",
    ),
    Chapter(
        "azimuth", "Azimuth", 40, ("azimuthal", "coherence"),
        "Around the axis: the mean shower is nearly even, single ones are not.",
    ),
    Chapter(
        "cell-hits", "Cells", 50, ("occupancy", "spectrum", "continuity"),
        "How many cells a shower hits, and with what energies.",
    ),
    FURTHER,
)  # fmt: skip
"""In the order of the page."""


def chapter_of(observable: ObservableResult) -> Chapter:
    """The chapter that its family belongs to."""
    return next((one for one in CHAPTERS if observable.family in one.families), FURTHER)


def observables_of(results: Results, chapter: Chapter) -> list[ObservableResult]:
    """The chapter's observables, families in its order, profiles first, parts of others last."""
    own = [one for one in results.observables if chapter_of(one) is chapter]

    def place(one: ObservableResult) -> tuple[int, bool, bool]:
        known = one.family in chapter.families
        family = chapter.families.index(one.family) if known else 0
        return family, one.part_of is not None, one.data.kind != "profile"

    return sorted(own, key=place)


def anchors(results: Results) -> dict[str, str]:
    """Anchor of each observable's figure. They are counted: the name of a plug-in's can hold anything."""
    return {one.name: f"o{index}" for index, one in enumerate(results.observables)}
