from __future__ import annotations

from collections import Counter

from results_factory import make_results

from calobench.report.chapters import CHAPTERS, FURTHER, chapter_of, observables_of
from calobench.report.first_screen import numbers, pictures
from calobench.report.html import render
from calobench.report.section import all_sections


def test_sections_have_names_of_their_own_and_come_in_order() -> None:
    sections = all_sections()
    assert [name for name, n in Counter(one.name for one in sections).items() if n > 1] == []
    orders = [one.order for one in sections]
    assert orders == sorted(orders)


def test_every_observable_is_in_one_chapter_and_unknown_families_in_the_last() -> None:
    results = make_results(events=0)
    strange = results.observables[0].model_copy(update={"name": "strange", "family": "<strange>"})
    results = results.model_copy(update={"observables": (*results.observables, strange)})
    names = [one.name for chapter in CHAPTERS for one in observables_of(results, chapter)]
    assert sorted(names) == sorted(one.name for one in results.observables)
    assert chapter_of(strange) is FURTHER
    page = render(results)
    assert 'id="further"' in page
    assert "&lt;strange&gt;" in page


def test_parts_of_a_whole_are_folded_once_more() -> None:
    results = make_results(events=0)
    first, *others = results.observables
    longitudinal = next(one for one in others if one.family == "longitudinal")
    part = longitudinal.model_copy(update={"part_of": first.name})
    chosen = tuple(part if one is longitudinal else one for one in others)
    page = render(results.model_copy(update={"observables": (first, *chosen)}))
    inside = page.split('id="longitudinal-parts"')[1].split("</details>")[0]
    assert part.description in inside


def test_the_first_screen_has_four_pictures_and_no_speed_up_that_was_not_measured() -> None:
    results = make_results(events=0)
    assert [one.title for one in pictures(results)] == [
        "Resolution and response", "Longitudinal profile", "Radial profile", "Cell energies",
    ]  # fmt: skip
    assert "Speed-up" not in [one.name for one in numbers(results)]
    few = results.model_copy(update={"observables": results.observables[:1]})
    assert [one.name for one in pictures(few)] == ["first-energy"]
