"""Files of one command appear together, or none of them; writers do not lose one another's work."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calobench._util import folder_lock
from calobench._util.commit import (
    AppearedError,
    ChangedMeanwhileError,
    Output,
    Unchanged,
    clear_left,
    write_together,
)
from calobench._util.partials import partial_path
from calobench.errors import OutputError


def both(folder: Path, word: str, *, replace: bool = False) -> list[Output]:
    return [
        Output(folder / "report.html", f"page {word}".encode(), replace),
        Output(folder / "results.json", f"results {word}".encode(), replace),
    ]


def contents(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_two_files_in_a_new_folder(tmp_path: Path) -> None:
    write_together(both(tmp_path / "a" / "b", "1"))
    assert contents(tmp_path) == {"a/b/report.html": "page 1", "a/b/results.json": "results 1"}


@pytest.mark.parametrize("there", ["report.html", "results.json"])
def test_nothing_is_written_beside_what_is_kept(there: str, tmp_path: Path) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(AppearedError, match="--force"):
        write_together(both(tmp_path, "1"))
    assert contents(tmp_path) == {there: "mine"}


@pytest.mark.parametrize("name", ["report.html", "results.json"])
def test_a_file_that_appears_in_between_is_kept(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the last look and the commit, when the other file may be in place already."""
    link = Path.hardlink_to

    def other_process_first(final: Path, partial: Path) -> None:
        if final.name == name:
            final.write_text("theirs")
        link(final, partial)

    monkeypatch.setattr(Path, "hardlink_to", other_process_first)
    with pytest.raises(AppearedError):
        write_together(both(tmp_path, "1"))
    assert contents(tmp_path) == {name: "theirs"}


def test_all_are_replaced(tmp_path: Path) -> None:
    write_together(both(tmp_path, "1"))
    write_together(both(tmp_path, "2", replace=True))
    assert contents(tmp_path) == {"report.html": "page 2", "results.json": "results 2"}


def test_none_is_replaced_if_one_cannot_be_written(tmp_path: Path) -> None:
    write_together(both(tmp_path, "1"))
    (tmp_path / "file").write_text("no folder")
    outputs = both(tmp_path, "2", replace=True)
    with pytest.raises(OutputError, match="cannot write"):
        write_together([Output(tmp_path / "file" / "below", b"3", replace=True), *outputs])
    with pytest.raises(OutputError, match="cannot write"):
        write_together([*outputs, Output(tmp_path / "file" / "below", b"3", replace=True)])
    left = contents(tmp_path)
    assert left.pop("file") == "no folder"
    assert left == {"report.html": "page 1", "results.json": "results 1"}


def test_a_failure_in_the_middle_is_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_together(both(tmp_path, "1"))
    replace = Path.replace

    def full(partial: Path, final: Path) -> Path:
        if final.name == "results.json":
            raise OSError(28, "No space left on device")
        return replace(partial, final)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        write_together(both(tmp_path, "2", replace=True))
    assert contents(tmp_path) == {"report.html": "page 1", "results.json": "results 1"}


def test_folders_that_were_made_in_vain_are_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    outputs = [*both(tmp_path / "a" / "b", "1"), Output(tmp_path / "mine", b"", replace=False)]
    with pytest.raises(AppearedError):
        write_together(outputs)
    assert contents(tmp_path) == {"mine": "mine"}
    assert not (tmp_path / "a").exists()


def test_a_document_that_changed_meanwhile(tmp_path: Path) -> None:
    document = tmp_path / "results.json"
    document.write_text("1")
    unchanged = Unchanged.of(document)
    document.write_text("2")
    with pytest.raises(ChangedMeanwhileError, match="changed meanwhile"):
        write_together(both(tmp_path, "1", replace=True), unchanged=unchanged)
    assert contents(tmp_path) == {"results.json": "2"}


def count_up(document: Path, times: int) -> None:
    for _ in range(times):
        while True:
            unchanged = Unchanged.of(document)
            number = int(document.read_text()) + 1
            page = Output(document.with_suffix(".html"), str(number).encode(), replace=True)
            after = Output(document, str(number).encode(), replace=True)
            try:
                write_together([page, after], unchanged=unchanged)
            except ChangedMeanwhileError:
                continue
            break


def test_no_update_of_several_writers_is_lost(tmp_path: Path) -> None:
    """Four processes count to forty together; a page is always of its document in the end."""
    document = tmp_path / "count.json"
    document.write_text("0")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=count_up, args=(document, 10)) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert contents(tmp_path) == {"count.json": "40", "count.html": "40"}


def lock_of(folder: Path, owner: str) -> Path:
    lock = folder / ".calobench.commit"
    lock.mkdir()
    (lock / owner).write_text("{}")
    return lock


@pytest.mark.parametrize("owner", ["own", ".calobench.elsewhere.0123abcd.1.1.01234567.partial"])
def test_a_folder_that_a_live_process_has_is_waited_for(
    owner: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_lock, "_PATIENCE_S", 0.1)
    lock = lock_of(tmp_path, partial_path(tmp_path).name if owner == "own" else owner)
    with pytest.raises(OutputError, match="another process is writing"):
        write_together(both(tmp_path, "1"))
    assert [path.name for path in tmp_path.iterdir()] == [lock.name]


def test_a_folder_that_a_process_of_another_host_left_long_ago(tmp_path: Path) -> None:
    lock = lock_of(tmp_path, ".calobench.elsewhere.0123abcd.1.1.01234567.partial")
    old = time.time() - 2 * 3600
    os.utime(next(lock.iterdir()), (old, old))
    write_together(both(tmp_path, "1"))
    assert contents(tmp_path) == {"report.html": "page 1", "results.json": "results 1"}
    assert not lock.exists()


def test_what_dead_processes_left_is_cleared_and_nothing_else(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from calobench._util.partials import partial_path as p;"
        "p(Path(sys.argv[1])).write_text('half'); folder = p(Path(sys.argv[1])); folder.mkdir();"
        "(folder / 'file').write_text('half')"
    )
    path = os.pathsep.join(sys.path)
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path},
        check=True,
    )
    assert len(list(tmp_path.iterdir())) == 2
    mine = partial_path(tmp_path)
    mine.write_text("being written")
    (tmp_path / ".hidden.partial").write_text("somebody's")
    assert clear_left(tmp_path) == frozenset()
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [mine.name, ".hidden.partial"]
    )
