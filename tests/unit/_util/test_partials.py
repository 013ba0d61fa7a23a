"""Whose temporary file it is, and whether that process still runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calobench._util import partials
from calobench._util.partials import is_dead, partial_path, place

NAME_ITSELF = (
    "from pathlib import Path; from calobench._util.partials import partial_path;"
    "print(partial_path(Path()), flush=True); input()"
)


def test_a_process_is_dead_when_it_has_ended() -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", NAME_ITSELF],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert other.stdout is not None
    path = Path(other.stdout.readline().strip())
    assert not is_dead(path)
    other.kill()
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)
    assert is_dead(path)  # nobody has asked for its exit code yet
    other.communicate()
    assert is_dead(path)


def test_ones_own_are_alive(tmp_path: Path) -> None:
    mine = partial_path(tmp_path)
    mine.touch()
    os.utime(mine, (0, 0))
    assert not is_dead(mine)
    assert mine != partial_path(tmp_path)


def test_another_process_that_got_the_same_number_is_another(tmp_path: Path) -> None:
    host, space, pid, start, token, ending = partial_path(tmp_path).name.split(".")[2:]
    if start == "0":
        pytest.skip("the system does not say when a process began")
    earlier = ".".join(["", "calobench", host, space, pid, str(int(start) - 1), token, ending])
    assert is_dead(tmp_path / earlier)


def test_other_hosts_are_told_by_age(tmp_path: Path) -> None:
    other = tmp_path / ".calobench.elsewhere.0123abcd.1.1.01234567.partial"
    other.touch()
    assert not is_dead(other)
    old = time.time() - partials.FOREIGN_AGE_S - 60
    os.utime(other, (old, old))
    assert is_dead(other)


@pytest.mark.parametrize(
    "name", ["results.json", ".calobench.commit", ".results.json.0a1b2c3d.partial"]
)
def test_other_names_are_nobodys(name: str, tmp_path: Path) -> None:
    (tmp_path / name).touch()
    os.utime(tmp_path / name, (0, 0))
    assert not is_dead(tmp_path / name)


@pytest.mark.parametrize("links", [True, False])
def test_what_is_there_is_kept_or_replaced(
    links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not links:
        monkeypatch.setattr(Path, "hardlink_to", no_hard_links)
    new, final = tmp_path / "new", tmp_path / "final"
    new.write_text("new")
    place(new, final, replace=False)
    assert final.read_text() == "new"
    new.unlink(missing_ok=True)
    new.write_text("newer")
    with pytest.raises(FileExistsError):
        place(new, final, replace=False)
    assert new.read_text() == "newer"
    place(new, final, replace=True)
    assert final.read_text() == "newer"


def test_a_link_whose_answer_was_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network file system makes the link, and then reports that the name exists already."""
    link = Path.hardlink_to

    def twice(final: Path, partial: Path) -> None:
        link(final, partial)
        link(final, partial)

    monkeypatch.setattr(Path, "hardlink_to", twice)
    (tmp_path / "new").write_text("new")
    place(tmp_path / "new", tmp_path / "final", replace=False)
    assert (tmp_path / "final").read_text() == "new"


def no_hard_links(*_: object) -> None:
    """The answer of a file system without hard links."""
    raise PermissionError(1, "Operation not permitted")
