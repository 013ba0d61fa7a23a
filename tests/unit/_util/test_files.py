"""Anything that is no regular file is refused at once, and never waited for."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from calobench._util.files import UnreadableError, read_bytes, read_text, require_readable


def refuse(path: Path, message: Any) -> None:
    with pytest.raises(UnreadableError, match=message):
        require_readable(path)
    with pytest.raises(UnreadableError, match=message):
        read_bytes(path, 10)


@pytest.mark.timeout(10)
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / "pipe", "a pipe; copy what it holds")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    refuse(tmp_path / "link", "a pipe")
    for device in ("/dev/zero", "/dev/full", "/dev/stdin"):
        if os.path.exists(device) and not os.path.isfile(device):  # noqa: PTH110, PTH113
            refuse(type(tmp_path)(device), "a device|a pipe|a socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        refuse(tmp_path / "socket", "a socket")
    refuse(tmp_path, "a folder")
    refuse(tmp_path / "none", "does not exist")
    refuse(tmp_path / "none\0", "null")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refuse(tmp_path / "loop", "symbolic links")
    refuse(tmp_path / ("a" * 300), "too long")


def test_a_file_of_more_than_it_may_hold_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"0123456789")
    assert read_bytes(path, 10) == b"0123456789"
    with pytest.raises(UnreadableError, match="larger than"):
        read_bytes(path, 9)
    os.truncate(path, 1 << 40)  # with a hole: takes no space
    with pytest.raises(UnreadableError, match="larger than 1 MB"):
        read_bytes(path, 1_000_000)


def test_text_is_utf_8_with_line_feeds(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one\r\ntwo\rthree\n")
    assert read_text(tmp_path / "a", 100) == "one\ntwo\nthree\n"
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(UnreadableError, match="no text in UTF-8"):
        read_text(tmp_path / "a", 100)
