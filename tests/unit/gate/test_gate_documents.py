from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from quality_factory import make_run

from calobench.errors import BaselineError, OutputError, ResultsError
from calobench.gate.documents import (
    OtherVersionError,
    make_baseline,
    read_baseline,
    write_baseline,
)
from calobench.results.seal import seal
from calobench.results.store import read_results, write_results


@pytest.fixture(scope="module")
def results() -> Any:
    return make_run()[0]


@pytest.fixture
def baseline(results: Any, tmp_path: Path) -> Path:
    path = tmp_path / "baseline.json"
    write_baseline(path, make_baseline(results))
    return path


def edited(path: Path, edit: Any) -> None:
    content = json.loads(path.read_text())
    edit(content)
    path.write_text(json.dumps(content))


def test_baseline_comes_back_as_it_was(results: Any, baseline: Path) -> None:
    again = read_baseline(baseline)
    assert again.quality == results.quality
    assert again.reference == results.reference
    assert len(baseline.read_bytes()) < 100_000


def test_layout_of_the_file_does_not_matter(baseline: Path) -> None:
    edited(baseline, lambda content: None)
    read_baseline(baseline)


def test_existing_baseline_is_replaced_only_by_force(
    results: Any, baseline: Path, tmp_path: Path
) -> None:
    with pytest.raises(OutputError, match="--force"):
        write_baseline(baseline, make_baseline(results))
    write_baseline(baseline, make_baseline(results), force=True)
    with pytest.raises(OutputError, match="folder"):
        write_baseline(tmp_path, make_baseline(results))


@pytest.mark.parametrize(
    ("edit", "word"),
    [
        (lambda c: c["quality"]["metrics"][0].update(value=0.5), "edited"),
        (lambda c: c["detector"].update(geometry_hash="0"), "edited"),
        (lambda c: c.pop("digest"), "edited"),
        (lambda c: c["quality"]["metrics"][0].update(value=float("nan")), "finite"),
        (lambda c: c["quality"]["metrics"][0].update(extra=1), "unknown key"),
        (lambda c: c.pop("quality"), "quality"),
        (lambda c: c.update(kind="other"), "not a baseline"),
    ],
)
def test_edited_baseline_is_refused(baseline: Path, edit: Any, word: str) -> None:
    edited(baseline, edit)
    with pytest.raises(BaselineError, match=word) as error:
        read_baseline(baseline)
    assert "\n" not in str(error.value)
    assert not isinstance(error.value, OtherVersionError)


def test_truncated_missing_and_other_files_are_refused(baseline: Path, tmp_path: Path) -> None:
    text = baseline.read_text()
    baseline.write_text(text[: len(text) // 2])
    with pytest.raises(BaselineError, match="not JSON"):
        read_baseline(baseline)
    with pytest.raises(BaselineError, match="cannot read"):
        read_baseline(tmp_path / "none.json")
    for other in ("[]", "3", "[" * 100_000):
        baseline.write_text(other)
        with pytest.raises(BaselineError):
            read_baseline(baseline)


def test_baseline_of_another_version_is_told_apart(baseline: Path) -> None:
    edited(baseline, lambda content: content.update(baseline_version="9.0"))
    with pytest.raises(OtherVersionError, match="other schema"):
        read_baseline(baseline)


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c["quality"]["metrics"][0].update(value=0.0),
        lambda c: c["quality"].update(threshold_mev=0.2),
        lambda c: c["reference"].update(sha256="0" * 64),
        lambda c: c["observables"][0]["scores"][0].update(value=0.0),
        lambda c: c["model"].update(weights_hash="0" * 64),
        lambda c: c.pop("digest"),
    ],
)
def test_edited_results_are_refused(results: Any, tmp_path: Path, edit: Any) -> None:
    path = tmp_path / "results.json"
    write_results(path, results)
    assert read_results(path) == seal(results)
    edited(path, lambda content: None)
    read_results(path)
    edited(path, edit)
    with pytest.raises(ResultsError, match="edited"):
        read_results(path)


def test_results_without_metrics_make_no_baseline(results: Any) -> None:
    with pytest.raises(BaselineError, match="no metrics"):
        make_baseline(results.model_copy(update={"quality": None}))
