"""The first screen: verdict, five lights, four pictures, and the numbers that are asked for first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from markupsafe import Markup

from calobench import __version__
from calobench.benchmarks.catalogue import all_benchmarks
from calobench.report import captions, text
from calobench.report.figures.axes import Canvas
from calobench.report.figures.energy import draw_response_and_resolution
from calobench.report.figures.profile import draw_profile
from calobench.report.figures.style import plot_style
from calobench.report.observable_plots import second_unit
from calobench.report.resolution import fits_of
from calobench.report.svg import inline_svg
from calobench.report.tables import Tile, score_tile
from calobench.results.observable import ObservableResult, Profile, declared_observables
from calobench.results.schema import Results
from calobench.verdict.decision import decide

__all__ = ["Picture", "numbers", "pictures", "svg_of"]

_PROFILES = 3
_HEIGHT_IN = 3.2


class Picture(NamedTuple):
    """One of the pictures.

    Attributes:
        name: unique on the page.
        title: above it.
        alt: what is seen, in words.
        draw: draws it, in a part of another figure if one is given.
    """

    name: str
    title: str
    alt: str
    draw: Callable[[Canvas | None], Canvas]


def pictures(results: Results) -> list[Picture]:
    """The four pictures, as many of them as the results have."""
    data = results.energy_dependence
    alt = f"{captions.energy_alt(data, 'resolution')} {captions.energy_alt(data, 'response')}"
    energy = Picture(
        "first-energy", "Resolution and response", alt,
        lambda figure: draw_response_and_resolution(data, fits_of(data), figure),
    )  # fmt: skip
    return [energy, *_profiles(results)]


def _profiles(results: Results) -> Iterator[Picture]:
    declared = declared_observables(results).values()
    chosen = [one for one in declared if one.picture and isinstance(one.data, Profile)]
    for index, one in enumerate(chosen[:_PROFILES]):
        yield Picture(
            f"first-{index}", one.picture, f"{one.picture}, model and Geant4, with their ratio.",
            _drawer(results, one),
        )  # fmt: skip


def _drawer(results: Results, observable: ObservableResult) -> Callable[[Canvas | None], Canvas]:
    def draw(figure: Canvas | None) -> Canvas:
        data = observable.data
        if not isinstance(data, Profile):
            raise TypeError(f"{observable.name} is no profile")
        second = second_unit(data, results.detector)
        return draw_profile(
            data, observable.label, observable.unit, figure, spread=False, second=second,
            height=_HEIGHT_IN,
        )  # fmt: skip

    return draw


def svg_of(picture: Picture) -> Markup:
    """The picture for the page."""
    with plot_style():
        return inline_svg(picture.draw(None), picture.name, picture.alt)


def numbers(results: Results) -> list[Tile]:
    """Classifiers, what benchmarks put first, sizes, when and with what."""
    parts = decide(results).parts
    alone = [part for part in parts if part.name in ("alone", "benchmarks")]
    made = results.provenance
    return [
        *(score_tile(score) for part in alone for score in part.scores),
        *_of_benchmarks(results),
        Tile(
            "Showers",
            f"{text.grouped(results.run.n)} / {text.grouped(results.reference.n)}",
            "model / Geant4",
        ),
        Tile(
            "Made",
            made.created_utc[:10],
            f"calobench {made.versions.get('calobench', __version__)}, seed {results.run.seed}",
        ),
    ]


def _of_benchmarks(results: Results) -> Iterator[Tile]:
    for name, record in results.benchmarks.items():
        benchmark = all_benchmarks().get(name)
        if benchmark is not None and benchmark.number is not None:
            tile = benchmark.number(results, record)
            if tile is not None:
                yield Tile(*tile)
