"""Every measured number in README and docs is that of a committed result file, or has a stated source."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

STUDIES = Path(__file__).parents[2] / "studies"


@pytest.fixture
def claims(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(STUDIES))
    for name in ("claims", "claim_pages", "model_table", "verdict_table", "calibration_table"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("claims")


def test_texts_agree_with_the_results(claims: ModuleType) -> None:
    """If this fails after new results: ``python studies/claims.py --write``."""
    assert claims.problems() == []


def copy(claims: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, changed: str) -> None:
    """Texts in a folder of their own, one of them with other content."""
    for page in claims.pages():
        place = folder / page
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text((claims.ROOT / page).read_text(encoding="utf-8"), encoding="utf-8")
    for name in claims._config()["results"]:
        claims._result(name)  # read before the root moves
    (folder / "README.md").write_text(changed, encoding="utf-8")
    monkeypatch.setattr(claims, "ROOT", folder)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("false alarms in 800 trials", "false alarms in 900 trials", "says"),
        ("| `full` (N = 2,000) | 63 |", "| `full` (N = 2,000) | 25 |", "says"),
        ("## What it measures", "It takes 3.4 ± 0.1 ms.\n\n## What it measures", "no source"),
        ("false alarms in", "false positives in", "a sentence that is not there"),
        ("<!-- table: models -->", "", "no place for the table"),
    ],
)
def test_what_no_result_says_is_found(
    claims: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    old: str,
    new: str,
    words: str,
) -> None:
    text = (claims.ROOT / "README.md").read_text(encoding="utf-8")
    changed = text.replace(old, new, 1)
    assert changed != text
    copy(claims, monkeypatch, tmp_path, changed)
    problems = claims.problems()
    assert any(one.page == "README.md" and words in one.words for one in problems)
    if words == "says":
        assert claims.write() == ["README.md"]
        assert (tmp_path / "README.md").read_text(encoding="utf-8") == text
        assert claims.problems() == []


@pytest.mark.parametrize(
    "expression",
    ["gate:null.alarms", "nothing:a|d", "gate:null.nothing|d", "gate:defects[name=x].found|d"],
)
def test_a_value_that_is_not_there_is_an_error(claims: ModuleType, expression: str) -> None:
    with pytest.raises((ValueError, KeyError, StopIteration)):
        claims.value_of(expression)


def test_no_number_is_without_a_file(
    claims: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Numbers are those of a file, definitions, or cited; there is no other kind."""
    assert all(entry["source"] for entry in claims._config()["cited"])
    other = tmp_path / "claims.toml"
    other.write_text('[[recorded]]\npage = "README.md"\n', encoding="utf-8")
    monkeypatch.setattr(claims, "CLAIMS", other)
    claims._config.cache_clear()
    with pytest.raises(ValueError, match="recorded is no kind of source"):
        claims._config()


def test_a_result_file_that_is_missing_is_named_with_what_writes_it(
    claims: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"results": {"new": "docs/new.json"}, "commands": {"new": "python studies/new.py"}}
    monkeypatch.setattr(claims, "_config", lambda: config)
    (problem,) = claims.problems()
    assert problem.words == "docs/new.json is missing: python studies/new.py"


def test_commands_that_write_result_files_are_there(claims: ModuleType) -> None:
    config = claims._config()
    assert set(config["of_weights"]) <= set(config["commands"]) <= set(config["results"])
    targets = (claims.ROOT / "Makefile").read_text(encoding="utf-8")
    for command in config["commands"].values():
        first, second, *_ = command.split()
        if first == "make":
            assert f"\n{second}:" in targets
        elif second.startswith("studies/"):
            assert (claims.ROOT / second).is_file()
        else:
            assert first == "calobench" or second == "-m"
    assert len(list(claims.commands())) == len(config["commands"])


def test_every_page_that_a_source_names_is_compared(claims: ModuleType) -> None:
    config = claims._config()
    named = {page for claim in config["claim"] for page in claim["pages"]}
    named |= {
        entry["page"] for kind in ("table", "page", "defined", "cited") for entry in config[kind]
    }
    assert named <= set(claims.pages())


def test_every_result_file_is_used(claims: ModuleType) -> None:
    """What nothing is made of any more is taken out."""
    config = claims._config()
    used = {entry["result"] for kind in ("table", "page") for entry in config[kind]}
    for claim in config["claim"]:
        used |= {value.partition(":")[0] for value in claim["values"].values()}
    assert set(config["results"]) == used
    kept = {f"docs/results/{one.name}" for one in (claims.ROOT / "docs" / "results").iterdir()}
    assert kept <= set(config["results"].values())


def test_a_number_out_of_a_sentence(claims: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "_result", lambda _: {"why": "resolution 7 ± 4 % too narrow"})
    assert claims.value_of(r"any:why|re:± (\d+) %") == "4"
    with pytest.raises(ValueError, match="no such number"):
        claims.value_of(r"any:why|re:± (\d+) mm")


def test_a_sentence_within_a_paragraph_that_has_a_source_is_written(
    claims: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The paragraph, which is kept as it was, does not undo it."""
    page = tmp_path / "page.md"
    page.write_text("All that follows: its error was 5 % of it.\n", encoding="utf-8")
    config = {
        "claim": [
            {"pages": ["page.md"], "text": "error was {error} %", "values": {"error": "any:e|d"}}
        ],
        "table": [],
        "page": [],
        "defined": [{"page": "page.md", "begins": "All that follows"}],
    }
    monkeypatch.setattr(claims, "_config", lambda: config)
    monkeypatch.setattr(claims, "_result", lambda _: {"e": 4})
    monkeypatch.setattr(claims, "pages", lambda: ["page.md"])
    monkeypatch.setattr(claims, "ROOT", tmp_path)
    assert claims.write() == ["page.md"]
    assert page.read_text(encoding="utf-8") == "All that follows: its error was 4 % of it.\n"
