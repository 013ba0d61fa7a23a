"""``calobench report``, and pages that do not belong to the results beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
from results_factory import make_results

from calobench._util.resources import data_specs_dir
from calobench.cli import main
from calobench.results.page_stamp import stamped_digest
from calobench.results.seal import digest_of
from calobench.results.store import read_results, write_results

Capture = pytest.CaptureFixture[str]
STAMP = '<meta name="calobench-results" content="{}">\n'


@pytest.fixture
def run(tmp_path: Path) -> Path:
    path = tmp_path / "results.json"
    write_results(path, make_results().model_copy(update={"observables": (), "events": ()}))
    return path


def command(*arguments: object) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


def test_a_page_of_other_results_is_drawn_anew(run: Path, capsys: Capture) -> None:
    page = run.with_name("report.html")
    page.write_text(STAMP.format("0" * 64))
    assert command("report", run) == 0
    assert "was drawn from other results; it is drawn anew" in capsys.readouterr().err
    assert stamped_digest(page) == read_results(run).digest
    assert "<h1" in page.read_text()


@pytest.mark.parametrize("other", ["mine\n", None])
def test_a_page_of_these_results_or_of_somebody_is_kept(
    other: str | None, run: Path, capsys: Capture
) -> None:
    page = run.with_name("report.html")
    content = other or STAMP.format(digest_of(read_results(run)))
    page.write_text(content)
    assert command("report", run) == 2
    assert "--force" in capsys.readouterr().err
    assert page.read_text() == content


def test_elsewhere_a_page_of_other_results_is_kept(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "another.html"
    page.write_text(STAMP.format("0" * 64))
    assert command("report", run, "--out", page) == 2
    assert stamped_digest(page) == "0" * 64


def test_a_page_of_results_that_were_replaced_while_it_was_drawn(
    run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    def render(results: object) -> str:
        write_results(run, make_results(seed=5))
        return "a page"

    monkeypatch.setattr("calobench.report.render", render)
    assert command("report", run) == 2
    assert "was changed meanwhile" in capsys.readouterr().err
    assert not run.with_name("report.html").exists()


def test_run_names_the_page_that_is_of_other_results(run: Path, capsys: Capture) -> None:
    run.with_name("report.html").write_text(STAMP.format("0" * 64))
    words = ("--model", "toy_models:toy", "--detector", "ALLEGRO", "--out", run.parent)
    assert command("run", *words) == 2
    message = capsys.readouterr().err
    assert "already holds a run, and its report.html was drawn from other results" in message
    assert "'calobench report " in message


def test_what_is_read_is_not_written(run: Path, tmp_path: Path, capsys: Capture) -> None:
    """Also not with --force: the detector's YAML, quality, reference, model."""
    yaml = tmp_path / "mine.yaml"
    yaml.write_bytes((data_specs_dir() / "detectors" / "FCCeeCLD.yaml").read_bytes())
    before = yaml.read_bytes()
    for words in (
        ("compare", "--models", "a:b,c:d", "--detector", yaml, "--json", yaml),
        ("convert", run, yaml, "--detector", yaml),
        ("place", run, "--out", yaml, "--detector", yaml),
        ("simulate", "--detector", yaml, "--out", yaml),
        ("time", "--models", "toy_models:toy", "--detector", "CLD", "--quality", run, "--out", run),
        (
            "diphoton",
            "--model",
            "toy_models:toy",
            "--detector",
            "CLD",
            "--direct",
            run,
            "--out",
            run,
        ),
        (
            "run",
            "--model",
            "toy_models:toy",
            "--detector",
            "CLD",
            "--reference",
            run,
            "--out",
            tmp_path,
        ),
    ):
        assert command(*words, "--force") == 2
        assert "are one file" in capsys.readouterr().err
        assert yaml.read_bytes() == before
