"""The comparison page in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from several_factory import make_run
from timing_factory import make_timing

from calobench.report.comparison.page import render_comparison
from calobench.report.comparison.runs import Source, compared

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

Open = Callable[..., "Page"]

_AXE = Path(__file__).parent / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("comparison") / "comparison.html"
    names = ("solver", "distilled", "a model of quite a long name indeed")
    runs = [make_run(name, seed) for seed, name in enumerate(names, 1)]
    runs[0] = runs[0].with_benchmarks({"timing": make_timing()})
    sources = [Source(one, one.model.name, one.model.name) for one in runs]
    path.write_text(render_comparison(compared(sources)), encoding="utf-8")
    return path


@pytest.fixture
def open_page(new_page: Open, page_file: Path) -> Open:
    """Opens the page; at the end it requires that no error was logged and nothing was fetched."""

    def opened(**options: object) -> Page:
        page = new_page(**options)
        page.goto(page_file.as_uri())
        return page

    return opened


@pytest.mark.parametrize("width", [360, 390, 1440, 2560])
def test_nothing_is_wider_than_the_window(open_page: Open, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_columns_are_sorted_by_keyboard_and_rows_are_filtered(open_page: Open) -> None:
    page = open_page()
    header = page.get_by_role("button", name="distilled")
    header.focus()
    page.keyboard.press("Enter")
    cells = page.locator("table.heat tbody td:nth-child(3)")
    values = cells.evaluate_all(
        "cells => cells.filter((c) => c.dataset.sort !== undefined).map((c) => Number(c.dataset.sort))"
    )
    assert values == sorted(values, reverse=True)
    assert len(values) > 30
    rows = page.locator("table.heat tbody tr:visible")
    before = rows.count()
    page.get_by_role("button", name="where a model differs").click()
    assert 0 < rows.count() < before
    assert f"{rows.count()} of {before} rows" in page.locator("#shown").inner_text()


def test_a_link_opens_the_figure_that_is_folded_away(open_page: Open) -> None:
    page = open_page()
    figure = page.locator("details.more:not([open]) figure").first
    anchor = figure.get_attribute("id")
    assert not figure.is_visible()
    page.locator(f'table.heat a[href="#{anchor}"]').click()
    page.locator(f"#{anchor}").wait_for(state="visible")


def test_dark_colours_by_the_button_and_readable_without_script(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.locator("#theme").click()
    assert page.evaluate(paper) != light
    plain = open_page(java_script_enabled=False)
    assert plain.locator("table.heat tbody tr").count() > 30
    assert not plain.locator("#theme").is_visible()
    assert plain.locator("details.more summary").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_that_axe_objects_to(browser: Browser, page_file: Path, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    page.goto(page_file.as_uri())
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    context.close()
    assert [(one["id"], one["nodes"][0]["html"][:150]) for one in violations] == []
