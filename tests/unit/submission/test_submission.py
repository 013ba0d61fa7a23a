"""Submissions: edits are detected, also if they are sealed anew; the exit code states the outcome."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from quality_factory import make_run

from calobench.cli import main
from calobench.detectors import load_detector
from calobench.harness.reference import read_reference
from calobench.results.schema import Results
from calobench.results.seal import seal
from calobench.results.store import read_results, write_results
from calobench.submission.making import make_submission, submitter_of
from calobench.submission.record import Submission
from calobench.verdict import with_verdict

TOY = ("--model", "toy_models:toy", "--detector", "ALLEGRO")


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    return int(stop.value.code or 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of a toy model, the file of its showers beside it."""
    folder = tmp_path_factory.mktemp("submission") / "run"
    assert command("run", *TOY, "-n", "60", "--replicas", "20", "--out", str(folder)) == 0
    generated = ("generate", *TOY, "-n", "60", "--out", str(folder / "toy.h5"))
    assert command(*generated) == 0
    return folder


@pytest.fixture
def submit(run: Path, tmp_path: Path) -> Callable[..., Path]:
    """Makes a submission of results that were changed, all seals put on anew."""

    def submitted(
        change: Callable[[Results], Results] = lambda results: results, *, showers: bool = False
    ) -> Path:
        results = change(read_results(run / "results.json"))
        file = run / "toy.h5" if showers else None
        submission = make_submission(results, submitter_of("Group X", "", ""), file)
        path = tmp_path / "submission.json"
        path.write_text(submission.model_dump_json(), encoding="utf-8")
        return path

    return submitted


def checks_of(path: Path, *more: str) -> tuple[int, dict[str, str]]:
    out = path.with_name("checks.json")
    code = command("verify", str(path), "--json", str(out), *more)
    (submission,) = json.loads(out.read_text(encoding="utf-8"))
    assert submission["exit_code"] == code
    return code, {one["name"]: one["outcome"] for one in submission["checks"]}


def test_what_was_submitted_holds_and_showers_are_scored_anew(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    words = ("submit", str(run / "results.json"), "-o", str(path), "--name", "Group X")
    assert command(*words, "--showers", str(run / "toy.h5"), "--link", "https://example.org") == 0
    assert command(*words) == 2  # it is there
    code, checks = checks_of(path)
    assert code == 0
    assert checks.pop("showers") == "not checked"  # not beside it
    assert set(checks.values()) == {"holds"}
    code, checks = checks_of(path, "--showers", str(run / "toy.h5"))
    assert code == 0
    assert checks["scores"] == "holds"
    assert set(checks.values()) == {"holds"}
    assert checks_of(path, "--require-showers")[0] == 3


def test_a_score_that_was_made_up_is_found_though_sealed(
    run: Path, submit: Callable[..., Path]
) -> None:
    def better(results: Results) -> Results:
        first = results.observables[0]
        scores = tuple(one.model_copy(update={"value": 0.5 * one.value}) for one in first.scores)
        changed = first.model_copy(update={"scores": scores})
        return results.model_copy(update={"observables": (changed, *results.observables[1:])})

    path = submit(better, showers=True)
    code, checks = checks_of(path, "--showers", str(run / "toy.h5"))
    assert code == 1
    assert {name for name, outcome in checks.items() if outcome == "fails"} == {"scores"}


def test_other_showers_than_were_scored_are_found(
    run: Path, submit: Callable[..., Path], tmp_path: Path
) -> None:
    path = submit(showers=True)
    other = tmp_path / "toy.h5"  # of that name, beside it
    words = ("generate", *TOY, "-n", "60", "--seed", "5", "--out", str(other))
    assert command(*words) == 0
    code, checks = checks_of(path)
    assert (code, checks["showers"]) == (1, "fails")


def test_an_edit_without_a_seal_is_found(submit: Callable[..., Path]) -> None:
    path = submit()
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"name":"toy"', '"name":"mine"', 1), encoding="utf-8")
    assert text != path.read_text(encoding="utf-8")
    code, checks = checks_of(path)
    assert code == 1
    assert checks["seal of the submission"] == checks["seal of the results"] == "fails"


def test_a_verdict_that_does_not_follow_is_found(tmp_path: Path) -> None:
    results = with_verdict(make_run(seed=3, shift=0.6)[0])
    assert results.verdict is not None
    level = next(one for one in type(results.verdict.level) if one is not results.verdict.level)
    results = results.model_copy(
        update={"verdict": results.verdict.model_copy(update={"level": level})}
    )
    write_results(tmp_path / "results.json", results)
    code, checks = checks_of(tmp_path / "results.json")
    assert code == 1
    assert checks["verdict"] == "fails"


def test_another_geometry_or_reference_is_found(submit: Callable[..., Path]) -> None:
    def elsewhere(results: Results) -> Results:
        reference = results.reference.model_copy(
            update={"sha256": "0" * 64, "content_sha256": "0" * 64}
        )
        detector = results.detector.model_copy(update={"geometry_hash": "0" * 64})
        return results.model_copy(update={"reference": reference, "detector": detector})

    code, checks = checks_of(submit(elsewhere))
    assert (code, checks["detector"], checks["reference"]) == (1, "fails", "fails")

    def own(results: Results) -> Results:
        return results.model_copy(
            update={"reference": results.reference.model_copy(update={"source": "mine.h5"})}
        )

    path = submit(own)
    code, checks = checks_of(path)
    assert (code, checks["reference"]) == (3, "not checked")
    bundled = read_reference(None, load_detector("ALLEGRO")).path
    assert checks_of(path, "--reference", str(bundled))[0] == 0


def test_bad_files_end_in_one_line(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    submission = seal(
        Submission(submitter={"name": "x"}, results=read_results(run / "results.json"))
    ).model_dump_json()
    for text in (
        "", "[]", "{}", '{"kind": "calobench-submission", "submission_version": "9.0"}',
        '{"schema_version": "1.0"}', submission[:-40], submission.replace('"n":60', '"n":-1', 1),
    ):  # fmt: skip
        bad.write_text(text, encoding="utf-8")
        assert command("verify", str(bad)) == 2
        assert capsys.readouterr().err.count("\n") == 1
    results = str(run / "results.json")
    for words in (
        ("--name", " "), ("--name", "x", "--link", "javascript:x"),
        ("--name", "x", "--showers", str(bad)),
    ):  # fmt: skip
        assert command("submit", results, "-o", str(tmp_path / "new.json"), *words) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "new.json").exists()
    assert command("verify", results, results, "--showers", str(bad)) == 2
