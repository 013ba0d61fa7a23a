"""The site of a history in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from history_factory import fill, make_history, make_record

from calobench.history.record import GateMark
from calobench.report.site.build import SiteRequest, build_site
from calobench.results.gate import Side

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

Open = Callable[..., "Page"]

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    models = ("distilled", "solver", "a model of quite a long name indeed")
    records = make_history(90, models)
    first = records[0]
    side = Side(
        model=first.model, detector=first.detector, n=first.n, seed=first.seed,
        created_utc=first.created_utc, git_commit=None, weights_hash=None,
    )  # fmt: skip
    gate = GateMark(verdict="REGRESSION", worse=("response.bias",), baseline=side)
    records += [
        make_record(
            day=day, shifts={"fpd": 5.0}, gate=gate, report="https://example.org/", time_ms=10.0
        )
        for day in range(15, 30)
    ]
    records.append(make_record("distilled", "FCCeeCLD", day=40, reference="ee" * 32))
    store = fill(folder / "history", records)
    (folder / "history/records/broken.jsonl").write_text("{\n", encoding="utf-8")
    build_site(store, store.read(), SiteRequest(folder / "public"))
    return folder / "public"


def pages(site: Path) -> dict[str, Path]:
    (trend,) = site.glob("trends/distilled-fcceeallegro-*.html")
    (compare,) = site.glob("compare/fcceecld-*.html")
    return {"index": site / "index.html", "trend": trend, "compare": compare}


PAGES = ("index", "trend", "compare")


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [360, 1440])
def test_nothing_is_wider_than_the_window(
    new_page: Open, site: Path, name: str, width: int
) -> None:
    page = new_page(viewport={"width": width, "height": 900})
    page.goto(pages(site)[name].as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_objects_to(browser: Browser, site: Path, name: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(pages(site)[name].as_uri())
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in violations] == []


def test_columns_are_sorted_by_keyboard(new_page: Open, site: Path) -> None:
    page = new_page()
    page.goto(pages(site)["index"].as_uri())
    header = page.get_by_role("button", name="FCCeeALLEGRO")
    header.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    values = page.locator("table.board tbody td:nth-child(2)").evaluate_all(
        "cells => cells.map((cell) => Number(cell.dataset.sort))"
    )
    assert values == sorted(values, reverse=True)
    assert len(values) == 3


def test_from_the_leaderboard_to_a_trend_and_back(new_page: Open, site: Path) -> None:
    page = new_page()
    page.goto(pages(site)["index"].as_uri())
    page.locator("ul.changes a").first.click()
    assert page.locator("h1").inner_text() == "distilled on FCCeeALLEGRO"
    assert page.locator("svg.site path.shift").count() >= 1
    assert page.locator("svg.site path.regression").count() > 10
    assert page.locator("svg.site rect.baseline").count() >= 5
    page.locator(".brand a").click()
    assert page.locator("table.board").count() == 1


def test_readable_without_script_and_dark_by_the_button(new_page: Open, site: Path) -> None:
    plain = new_page(java_script_enabled=False)
    plain.goto(pages(site)["index"].as_uri())
    assert plain.locator("table.board tbody tr").count() == 3
    assert not plain.locator("#theme").is_visible()
    page = new_page(color_scheme="light")
    page.goto(pages(site)["trend"].as_uri())
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != light


def test_on_paper_all_columns_are_there(new_page: Open, site: Path) -> None:
    page = new_page(viewport={"width": 720, "height": 1000})
    page.goto(pages(site)["index"].as_uri())
    page.emulate_media(media="print")
    board = page.locator("table.board")
    assert board.evaluate("table => table.scrollWidth") <= 720
