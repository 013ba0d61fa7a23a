"""A folder that is written as a whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calobench._util.whole_folder import WholeFolder
from calobench.errors import OutputError


def files(content: str, *names: str) -> dict[str, bytes]:
    manifest = json.dumps({"files": list(names)})
    return {**{name: content.encode() for name in names}, "manifest.json": manifest.encode()}


def folder(path: Path, *, force: bool = False) -> WholeFolder:
    return WholeFolder(path, manifest="manifest.json", force=force)


def names_in(path: Path) -> set[str]:
    return {one.relative_to(path).as_posix() for one in path.rglob("*") if one.is_file()}


def test_it_is_written_refused_and_replaced_as_a_whole(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "plots"
    folder(place).write(files("one", "a/x", "a/y"))
    assert names_in(place) == {"a/x", "a/y", "manifest.json"}
    with pytest.raises(OutputError, match="--force"):
        folder(place)
    folder(place, force=True).write(files("two", "a/x"))
    assert names_in(place) == {"a/x", "manifest.json"}
    assert (place / "a/x").read_text() == "two"
    assert [one.name for one in place.parent.iterdir()] == ["plots"]


def test_what_is_not_of_it_is_kept_even_with_force(tmp_path: Path) -> None:
    folder(tmp_path / "plots").write(files("one", "x"))
    (tmp_path / "plots" / "notes.txt").write_text("mine")
    with pytest.raises(OutputError, match=r"did not make \(notes.txt\)"):
        folder(tmp_path / "plots", force=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "results.json").write_text("{}")
    with pytest.raises(OutputError, match=r"results\.json"):
        folder(tmp_path / "other", force=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"):
        folder(tmp_path / "file")
    assert (tmp_path / "plots" / "notes.txt").read_text() == "mine"


def test_what_appears_meanwhile_is_kept(tmp_path: Path) -> None:
    place = folder(tmp_path / "plots")
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "mine").write_text("mine")
    with pytest.raises(OutputError, match="mine"):
        place.write(files("one", "x"))
    assert names_in(tmp_path) == {"plots/mine"}


def test_an_empty_folder_is_taken_and_a_failure_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plots").mkdir()
    folder(tmp_path / "plots").write(files("one", "x"))
    old = names_in(tmp_path)

    real = Path.rename
    calls = []

    def once(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(OutputError, match="No space left"):
        folder(tmp_path / "plots", force=True).write(files("two", "y"))
    assert names_in(tmp_path) == old
    assert (tmp_path / "plots" / "x").read_text() == "one"


def test_what_is_kept_is_the_same_file_and_the_rest_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "plots"
    folder(place).write(files("one", "a/x", "y", "z"))
    before = (place / "a/x").stat().st_ino
    again = folder(place, force=True)
    assert again.listed == {"a/x", "y", "z"}
    again.write(files("two", "a/x", "y"))
    assert (place / "a/x").stat().st_ino != before
    before = (place / "a/x").stat().st_ino
    content = files("three", "a/x", "y")
    del content["a/x"]
    folder(place, force=True).write(content, kept={"a/x"})
    assert (place / "a/x").stat().st_ino == before
    assert names_in(place) == {"a/x", "y", "manifest.json"}

    def no_links(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    folder(place, force=True).write(content, kept={"a/x"})
    assert (place / "a/x").read_text() == "two"
