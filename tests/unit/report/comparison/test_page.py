"""The page that puts several runs side by side."""

from __future__ import annotations

import re

import pytest
from several_factory import make_run, make_runs
from timing_factory import make_timing

from calobench.report.comparison.differences import DifferenceRow, DifferenceTable
from calobench.report.comparison.heat import BOUNDS, heat_table
from calobench.report.comparison.page import render_comparison
from calobench.report.comparison.runs import Source, compared
from calobench.report.palette import looks
from calobench.verdict import verdict_of
from calobench.verdict.observables import Status


@pytest.fixture(scope="module")
def page() -> str:
    timed = make_run("solver", 1).with_benchmarks({"timing": make_timing()})
    sources = [Source(timed, "a", "a"), Source(make_run("distilled", 2), "b", "b")]
    row = DifferenceRow("E_vis, wasserstein", "0.1", "0.2", "0.01", "solver")
    paired = DifferenceTable("solver", "distilled", "Shower by shower.", (row,))
    return render_comparison(compared(sources), [paired])


def test_each_model_has_its_verdict_and_its_colour_everywhere(page: str) -> None:
    for name, look in looks(["solver", "distilled"]).items():
        assert f'style="--own:{look.colour}"' in page
        assert page.count(f"color:{look.colour}") + page.count(f"stroke:{look.colour}") > 20, name
    for seed, name in enumerate(("solver", "distilled"), 1):
        words = re.sub(
            r"(\w)_(\w+)", r"\1<sub>\2</sub>", verdict_of(make_run(name, seed)).level.value
        )
        assert words.capitalize() in page


def test_it_loads_nothing_and_says_the_same_each_time(page: str) -> None:
    assert not re.search(r'(src|href)="(?!#|data:)', page)
    assert "url(" not in page.replace("url(#", "")
    assert "default-src 'none'" in page
    runs = make_runs("solver", "distilled")
    assert render_comparison(runs) == render_comparison(runs)


def test_quality_against_time_only_where_there_are_timings(page: str) -> None:
    assert "Quality against time" in page
    assert "Quality against time" not in render_comparison(make_runs("solver", "distilled"))


def test_paired_differences_are_shown(page: str) -> None:
    assert "Shower by shower on the same conditions" in page


def test_ids_are_unique_and_links_lead_somewhere(page: str) -> None:
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_names_are_text_whatever_they_hold() -> None:
    evil = '</script><script>alert(1)</script>"\u202e'
    odd = make_run("b", 2)
    first = odd.observables[0].model_copy(update={"name": '../x y"<', "label": "<img src=x>"})
    odd = odd.model_copy(update={"observables": (first, *odd.observables[1:])})
    page = render_comparison(compared([Source(make_run(evil), "a", "a"), Source(odd, "b", "b")]))
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "\u202e" not in page


def test_ten_models_are_at_most_ten_megabytes() -> None:
    page = render_comparison(make_runs(*(f"model-{i}" for i in range(10))))
    assert len(page.encode()) < 10_000_000


def test_the_heat_is_the_effect_where_it_is_no_chance() -> None:
    runs = make_runs("solver", "distilled")
    table = heat_table(runs)
    rows = {row.name: row for row in table.rows if row.name}
    for index, run in enumerate(runs.runs):
        for observable in run.results.observables:
            score = next(one for one in observable.scores if one.name == "wasserstein")
            cell = rows[observable.name].cells[index]
            above = sum(score.value >= bound for bound in BOUNDS)
            assert cell.heat == (above if score.value > score.null_95 else 0)
    assert any(cell.status is Status.DIFFERS for row in table.rows for cell in row.cells)


def test_runs_of_other_references_say_so_and_are_not_subtracted() -> None:
    first, other = make_run("solver", 1), make_run("distilled", 2)
    reference = other.reference.model_copy(update={"sha256": "cd" * 32})
    other = other.model_copy(update={"reference": reference})
    runs = compared([Source(first, "a", "a"), Source(other, "b", "b")], any_reference=True)
    page = render_comparison(runs)
    assert "of other references" in page
    assert "differences between models would be those of the references too" in page
