"""The first screen of the page and its size keep their limits."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from calobench.report import write_report
from calobench.results.store import read_results
from calobench.verdict import with_verdict

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

pytestmark = pytest.mark.browser

_SAMPLE = Path(__file__).parents[2] / "reports" / "samples" / "distilled-FCCeeALLEGRO"
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_SIZES = {
    "desktop": (1440, 900),
    "phone": (390, 844),
    "small phone": (360, 780),
    "wide": (2560, 1300),
}

# Words that are seen before the first section.
_WORDS = """() => {
  const first = document.querySelector("details.chapter");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let words = 0;
  while (walker.nextNode()) {
    const at = walker.currentNode;
    if (first.contains(at)) break;
    if (at.parentElement.closest("svg, script, style, .unseen, .skip")) continue;
    if (!at.parentElement.checkVisibility()) continue;
    words += (at.textContent.match(/\\S+/g) || []).length;
  }
  return words;
}"""
# Sizes of the texts of all pictures that are seen, px.
_TEXTS = """() => [...document.querySelectorAll("svg.plot text, svg.plot tspan")]
  .filter((text) => text.checkVisibility() && text.closest("text").textContent)
  .filter((text) => text.tagName === "text")
  .map((text) => {
    const svg = text.ownerSVGElement;
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [parseFloat(getComputedStyle(text).fontSize) * scale, text.textContent];
  })"""

Open = Callable[..., "Page"]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from calobench.observables import all_observables

    results = read_results(_SAMPLE / "results.json")
    # What a run of today declares and says, whatever the age of the sample.
    part_of = {one.name: one.part_of for one in all_observables()}
    observables = tuple(
        one.model_copy(update={"part_of": part_of.get(one.name)}) for one in results.observables
    )
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(with_verdict(results.model_copy(update={"observables": observables})), path)
    return path


@pytest.fixture
def open_page(browser: Browser, report: Path) -> Iterator[Open]:
    contexts = []

    def opened(size: str, scheme: str = "light") -> Page:
        width, height = _SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(report.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


def bottom(page: Page, selector: str) -> float:
    boxes = page.locator(selector).evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().bottom)"
    )
    assert boxes
    return max(boxes)


@pytest.mark.parametrize(("size", "screens"), [("desktop", 1), ("phone", 2)])
def test_the_first_screen_fits(open_page: Open, size: str, screens: int) -> None:
    page = open_page(size)
    assert page.locator(".lights li").count() == 5
    assert page.locator(".pictures figure").count() == 4
    # A run without a warning has no place for them.
    warned = [".warnings"] * bool(page.locator(".warnings").count())
    for selector in (".sentence", ".lights", ".pictures", ".numbers", *warned):
        assert bottom(page, selector) <= screens * _SIZES[size][1], selector


@pytest.mark.parametrize(("size", "max_top"), [("desktop", 400), ("phone", 600), ("wide", 400)])
def test_the_first_picture_is_near_the_top(open_page: Open, size: str, max_top: int) -> None:
    top = open_page(size).locator("svg.plot").first.evaluate("e => e.getBoundingClientRect().top")
    assert top < max_top


def test_few_words_come_before_the_first_fold(open_page: Open) -> None:
    assert 50 < open_page("desktop").evaluate(_WORDS) <= 300


def test_wide_screens_use_their_width(open_page: Open) -> None:
    page = open_page("wide")
    page.locator("#longitudinal summary").first.click()
    for selector in (".pictures", "#longitudinal .plots"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert box["width"] > 0.9 * _SIZES["wide"][0]


@pytest.mark.parametrize("size", ["phone", "small phone"])
def test_texts_of_pictures_can_be_read_on_a_phone(open_page: Open, size: str) -> None:
    page = open_page(size)
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    small = [(round(px, 1), words) for px, words in page.evaluate(_TEXTS) if px < 9]
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= _SIZES[size][0]


def test_the_page_is_small_and_prints_on_few_pages(
    open_page: Open, report: Path, tmp_path: Path
) -> None:
    assert report.stat().st_size < 3_000_000
    path = tmp_path / "page.pdf"
    open_page("desktop").pdf(path=path, prefer_css_page_size=True, print_background=True)
    pages = len(re.findall(rb"/Type\s*/Page[^s]", path.read_bytes()))
    assert 5 < pages <= 12


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("unfolded", [False, True])
def test_nothing_that_axe_objects_to(open_page: Open, scheme: str, unfolded: bool) -> None:
    page = open_page("desktop", scheme)
    if unfolded:
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    violations = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    problems = [
        (one["id"], one["help"], [node["html"][:150] for node in one["nodes"][:3]])
        for one in violations
    ]
    assert problems == []


def test_a_link_to_a_folded_figure_opens_its_section(open_page: Open) -> None:
    page = open_page("desktop")
    page.locator("#scores > summary").click()
    page.locator("table.scores.all tbody a").first.click()
    target = page.evaluate("location.hash")
    assert page.locator(target).is_visible()


def test_sections_open_by_keyboard_and_all_at_once(open_page: Open) -> None:
    page = open_page("desktop")
    page.locator("#energy > summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#energy .plots").is_visible()
    page.get_by_role("button", name="Open all sections").click()
    assert page.locator("details.chapter:not([open])").count() == 0
    page.get_by_role("button", name="Close all").click()
    assert page.locator("details[open]").count() == 0


def test_sections_are_in_the_order_of_a_physicist(open_page: Open) -> None:
    names = (
        open_page("desktop").locator("details.chapter").evaluate_all("all => all.map((d) => d.id)")
    )
    expected = ["energy", "longitudinal", "lateral", "azimuth", "cell-hits", "correlations", "multivariate",
              "diphoton", "cost", "provenance"]  # fmt: skip
    assert [name for name in names if name in expected] == expected
