"""The report in a real browser: what a reader sees, with and without script, small, dark, on paper."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from results_factory import make_results

from calobench.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(make_results(events=1), path)
    return path


@pytest.fixture
def open_page(new_page: Open, report: Path) -> Open:
    """Opens the report; at the end it requires that no error was logged and nothing was fetched."""

    def opened(*, unfold: bool = True, **options: object) -> Page:
        page = new_page(**options)
        page.goto(report.as_uri())
        if unfold:
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        return page

    return opened


def first_column(page: Page) -> list[str]:
    return page.locator("table.scores.all tbody tr:visible th a").all_inner_texts()


def values(page: Page) -> list[float]:
    cells = page.locator("table.scores.all tbody td:nth-child(3)")
    return cells.evaluate_all("cells => cells.map((cell) => Number(cell.dataset.sort))")


def test_sorts_by_click_and_by_keyboard(open_page: Open) -> None:
    page = open_page()
    header = page.locator("table.scores.all thead tr:nth-child(2) th:nth-child(3)")
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    assert values(page) == sorted(values(page))
    header.locator("button").focus()
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert values(page) == sorted(values(page), reverse=True)
    names = page.locator("table.scores.all thead tr:nth-child(2) th:nth-child(1)")
    names.locator("button").focus()
    page.keyboard.press("Space")
    assert names.get_attribute("aria-sort") == "ascending"
    assert header.get_attribute("aria-sort") == "none"


@pytest.mark.parametrize("width", [360, 760, 1400])
def test_labels_of_the_statements_do_not_run_into_their_text(open_page: Open, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    overlaps = page.locator(".statements li").evaluate_all(
        """lines => lines.map((line) => {
          const range = document.createRange();
          range.selectNodeContents(line.querySelector("b"));
          const label = range.getBoundingClientRect();
          const text = line.querySelector("span").getBoundingClientRect();
          return label.right > text.left && label.bottom > text.top + 1;
        })"""
    )
    assert overlaps
    assert not any(overlaps)


def test_filters_by_family(open_page: Open) -> None:
    page = open_page()
    everything = first_column(page)
    lateral = page.get_by_role("button", name="lateral", exact=True)
    lateral.click()
    assert lateral.get_attribute("aria-pressed") == "true"
    assert 0 < len(first_column(page)) < len(everything)
    assert f"{len(first_column(page))} of {len(everything)}" in page.locator("#shown").inner_text()
    page.emulate_media(media="print")
    assert len(first_column(page)) == len(everything)


@pytest.mark.parametrize("width", [320, 390, 768, 1400])
def test_no_horizontal_scrolling_of_the_page(open_page: Open, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def luminance(page: Page, selector: str, name: str) -> float:
    colour = page.locator(selector).first.evaluate(f"e => getComputedStyle(e)['{name}']")
    red, green, blue = (
        (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4)
        for c in (int(part) / 255 for part in re.findall(r"\d+", colour)[:3])
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "selector",
    [".statements b", "figcaption", ".compatible", ".differs", ".lights h2",
     ".lights p", ".sentence strong", ".numbers dt", ".plots svg text", "caption"],
)  # fmt: skip
def test_contrast_is_enough(open_page: Open, scheme: str, selector: str) -> None:
    page = open_page(color_scheme=scheme)
    name = "fill" if "svg" in selector else "color"
    text = luminance(page, f"main {selector}", name)
    for ground in ("body", ".plots figure"):
        paper = luminance(page, ground, "backgroundColor")
        light, dark = max(text, paper), min(text, paper)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_dark_by_system_and_by_button(open_page: Open) -> None:
    assert luminance(open_page(color_scheme="dark"), "body", "backgroundColor") < 0.05
    page = open_page(color_scheme="light")
    assert luminance(page, "body", "backgroundColor") > 0.8
    page.locator("#theme").click()
    assert luminance(page, "body", "backgroundColor") < 0.05
    page.emulate_media(media="print")
    assert luminance(page, "body", "backgroundColor") > 0.9


def test_pictures_have_names_and_headings_are_in_order(open_page: Open) -> None:
    page = open_page()
    assert page.locator("svg").count() == page.locator('svg[role="img"][aria-label]').count() > 40
    assert page.locator('svg[aria-label=""]').count() == 0
    assert page.locator("figure:not(:has(figcaption))").count() == 0
    levels = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map((h) => +h.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    steps = [b - a for a, b in itertools.pairwise(levels)]
    assert max(steps) <= 1
    for role in ("banner", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1


def test_skip_link_comes_first(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_reads_without_script(open_page: Open) -> None:
    page = open_page(java_script_enabled=False, unfold=False)
    assert not page.locator("#theme").is_visible()
    assert page.locator(".sentence").is_visible()
    assert page.locator(".lights li:visible").count() == 5
    page.locator("#scores summary").click()
    assert page.locator("table.scores.all tbody tr").count() == len(first_column(page)) > 30


def test_paper_shows_every_section_but_the_glossary_and_nothing_sticks(open_page: Open) -> None:
    page = open_page(unfold=False)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    shown = page.locator("details.chapter > .content:visible").count()
    assert shown == page.locator("details.chapter:not(#reading)").count() > 10
    stuck = page.evaluate(
        "[...document.querySelectorAll('body *')].filter((e) => "
        "['sticky', 'fixed'].includes(getComputedStyle(e).position) && e.checkVisibility()).length"
    )
    assert stuck == 0
