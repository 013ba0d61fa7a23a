"""The site is built without a warning, holds what the code has, and its tutorial runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from calobench.cli import command_group
from calobench.evaluation.univariate import all_scores
from calobench.gate.kinds import metric_kinds
from calobench.observables import all_observables
from calobench.verdict import use_names
from reference_models.training.config import read_config

ROOT = Path(__file__).parents[2]

# The site is built, and its tutorial run: half a minute, much more where the cores are shared.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for package in ("mkdocs", "material", "mkdocstrings", "jupytext"):
        pytest.importorskip(package)
    folder = tmp_path_factory.mktemp("site")
    build = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert build.returncode == 0, build.stderr[-3000:]
    return folder


def test_everything_that_is_declared_is_documented(site: Path) -> None:
    observables = (site / "reference" / "observables.html").read_text()
    assert [o.name for o in all_observables() if f'id="{o.name}"' not in observables] == []
    scores = (site / "reference" / "scores.html").read_text()
    assert [s.name for s in all_scores() if f'id="{s.name}"' not in scores] == []
    assert 'id="fpd"' in scores
    commands = (site / "reference" / "commands.html").read_text()
    names = command_group().list_commands(None)
    assert [name for name in names if f'id="{name}"' not in commands] == []
    assert "multivariate" in (site / "reference" / "results.html").read_text()
    metrics = (site / "reference" / "metrics.html").read_text()
    assert [name for name in metric_kinds() if f"<code>{name}</code>" not in metrics] == []
    uses = (site / "reference" / "uses.html").read_text()
    assert [name for name in use_names() if f'id="{name}"' not in uses] == []
    # Formula and pitfalls are those of the docstrings of calobench's own modules.
    families = {one.family for one in all_observables()}
    assert observables.count("<strong>Pitfalls.</strong>") >= len(families) - 1
    assert observables.count("<strong>Formula.</strong>") >= len(families) - 1
    assert scores.count("<strong>Pitfalls.</strong>") >= len(all_scores())


def test_the_gallery_has_a_figure_for_each_of_its_codes(site: Path) -> None:
    page = (site / "gallery.html").read_text()
    figures = sorted(path.name for path in (site / "gallery").glob("*.svg"))
    assert len(figures) >= 8
    assert [name for name in figures if f'src="gallery/{name}"' not in page] == []
    assert page.count("<code>") > len(figures)


def test_pages_ask_nobody_for_anything(site: Path) -> None:
    asks = re.compile(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="https?:')
    pages = list(site.rglob("*.html"))
    assert len(pages) > 15
    assert [page.name for page in pages if asks.search(page.read_text())] == []


def test_the_recipe_for_an_adaptation_is_one() -> None:
    """The configuration that the guide refers to is one of the training, and starts from bundled weights."""
    page = (ROOT / "docs" / "guides" / "training.md").read_text(encoding="utf-8")
    assert "`reference_models/configs/adapt.yaml`" in page
    config = read_config(ROOT / "reference_models" / "configs" / "adapt.yaml", "adapt")
    assert list(config.files) == ["ILD"]
    assert (ROOT / config.start).is_file()


def test_the_tutorial_shows_what_its_code_prints_and_draws(site: Path) -> None:
    """It has run when the site was built; the two verdicts are of the kinds that the text says."""
    page = (site / "tutorials" / "first_comparison.html").read_text()
    printed = re.findall(
        r'<div class="language-text (?:printed )?highlight">.*?<code>(.*?)</code>', page, re.DOTALL
    )
    assert "(200, 9, 16, 45) MeV" in printed[0]
    bright, null = printed[1], printed[2]
    assert "mean response" in bright
    assert re.search(r"Visible flaws|Unusable", bright)
    assert null.startswith("Indistinguishable")
    assert "p_value" in printed[3]
    assert "report.html" in printed[4]
    figures = list((site / "tutorials").glob("*.svg"))
    assert figures
    assert [one.name for one in figures if f'src="{one.name}"' not in page] == []


def test_commands_are_those_of_the_shell(site: Path) -> None:
    """Marked as such: only then do long ones go on in the next line, instead of out of sight."""
    page = (site / "guides" / "tasks.html").read_text()
    assert page.count('<div class="language-sh highlight">') > 10
    assert 'class="language-text highlight"' not in page
    assert "site.css" in page


def test_files_that_have_a_page_are_linked(site: Path) -> None:
    """Links to files of the repository lead to their page where there is one."""
    page = (site / "models.html").read_text()
    assert re.search(r'<a href="reference_models.html"><code>reference_models/README.md', page)
