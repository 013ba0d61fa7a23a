"""Each thing that is wrong with a TOML file is told in one line, as the error that its reader names."""

from __future__ import annotations

from pathlib import Path

import pytest

from calobench._util.toml_file import read_toml
from calobench.errors import PolicyError


def test_its_content(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("a = 1\n[[b]]\nc = 'd'\n")
    assert read_toml(path, "policy", PolicyError, "the docs") == {"a": 1, "b": [{"c": "d"}]}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("a = [", "policy .* is not TOML: "),
        ("a = " + 5000 * "9", "too many digits.*; see the docs"),
        ("a = " + 5000 * "[", "too deeply; see the docs"),
        ("#" * 1_000_001, "cannot read the policy .*larger than 1 MB"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "a.toml"
    path.write_text(content)
    with pytest.raises(PolicyError, match=words) as caught:
        read_toml(path, "policy", PolicyError, "the docs")
    assert "\n" not in str(caught.value)
