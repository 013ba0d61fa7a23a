"""Mistakes in YAML that PyYAML accepts silently, or reports with errors of its own."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from calobench._util.settings import Settings
from calobench._util.yaml_file import read_yaml, read_yaml_as
from calobench.errors import SpecError


@pytest.fixture
def read(tmp_path: Path) -> Any:
    def read(text: Any) -> object:
        path = tmp_path / "it.yaml"
        path.write_text(text)
        return read_yaml(path, "detector")

    return read


def test_plain_yaml_is_read_as_it_is(read: Any) -> None:
    text = "a: [1, 2.5, true]\nb: &b {c: 1, d: 2}\ne: {<<: *b, c: 3}\nf: {<<: [*b], g: 4}\n"
    assert read(text) == {
        "a": [1, 2.5, True],
        "b": {"c": 1, "d": 2},
        "e": {"c": 3, "d": 2},
        "f": {"c": 1, "d": 2, "g": 4},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "line 3: the key 'a' is there twice"),
        ("a: 1\n'a': 3\n", "line 2: the key 'a' is there twice"),
        ("a:\n  - {b: 1, b: 1}\n", "line 2: the key 'b' is there twice"),
        ("[" * 3000, "nested too deeply"),
        ("a: " + "[" * 3000, "nested too deeply"),
        ("a: " + "1" * 5000, "line 1: a value that cannot be read"),
        ("a: 1\nb: 2024-99-99", "line 2: '2024-99-99' can be read in more than one way"),
        ("a: !!bool x", "line 1: the tag 'tag:yaml.org,2002:bool' is not read"),
        ("a: !!int 010", "line 1: the tag 'tag:yaml.org,2002:int' is not read"),
        ("a: !<tag:yaml.org,2002:float> 1_0", "line 1: the tag 'tag:yaml.org,2002:float' is not"),
        ("a: !!seq [1]", "line 1: the tag 'tag:yaml.org,2002:seq' is not read"),
        ("!!map {a: 1}", "line 1: the tag 'tag:yaml.org,2002:map' is not read"),
        ("a: !!python/object:os.system x", "line 1: the tag 'tag:yaml.org,2002:python/object"),
        ("? [a]\n: 1", "line 1: found unhashable key"),
        ("a: [1, 2", "line 1: "),
    ],
)
def test_a_slip_is_one_line_that_says_where(read: Any, text: Any, message: str) -> None:
    with pytest.raises(SpecError) as error:
        read(text)
    assert message in str(error.value)
    assert "it.yaml is not valid YAML: " in str(error.value)
    assert "\n" not in str(error.value)


# What PyYAML, which follows YAML 1.1, takes for 8, 90, 10, 1000, 31, 3, 62.5, true, false and a date.
@pytest.mark.parametrize(
    "text",
    ["010", "1:30", "1_0", "1_000.0", "0x1F", "0b11", "1:2.5", "yes", "On", "no", "OFF",
     "2024-01-01", "="],
)  # fmt: skip
def test_what_reads_in_two_ways_is_refused_unless_it_is_in_quotes(read: Any, text: str) -> None:
    with pytest.raises(SpecError, match=f"line 1: '{text}' can be read in more than one way"):
        read(f"a: {text}")
    assert read(f"a: '{text}'") == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("-5", -5), ("+5", 5), ("0", 0), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("1e3", 1e3),
     ("1.5E-3", 1.5e-3), (".inf", math.inf), ("True", True), ("FALSE", False), ("null", None),
     ("~", None), ("", None), ("08", "08"), ("0o17", "0o17"), ("1,5", "1,5"), ("y", "y"),
     ("11.4.1", "11.4.1")],
)  # fmt: skip
def test_a_number_is_decimal_and_what_is_none_is_text(read: Any, text: str, value: Any) -> None:
    result = read(f"a: {text}")["a"]
    assert result == value
    assert type(result) is type(value)


class _Sheet(Settings):
    n: int = 0
    mm: float = 0.0
    active: bool = False
    pair: tuple[float, float] = (0.0, 0.0)


@pytest.mark.parametrize(
    "text",
    ["n: true", "n: '10'", "n: '1_0'", "n: 1.0", "mm: true", "mm: '1_0'", "mm: 08", "active: 1",
     "active: 'yes'", "pair: [1, true]", "pair: ['1', 2]"],
)  # fmt: skip
def test_what_is_no_number_is_not_taken_for_one(tmp_path: Path, text: str) -> None:
    (tmp_path / "it.yaml").write_text(text)
    with pytest.raises(SpecError, match=f"{text.split(':', maxsplit=1)[0]}.*valid"):
        read_yaml_as(_Sheet, tmp_path / "it.yaml", "sheet")
    (tmp_path / "it.yaml").write_text("{n: 1, mm: 2, active: true, pair: [1, 2.5]}")
    assert read_yaml_as(_Sheet, tmp_path / "it.yaml", "sheet").pair == (1.0, 2.5)


def test_missing_file_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"cannot read detector file .*does not exist"):
        read_yaml(tmp_path / "none.yaml", "detector")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="no text in UTF-8"):
        read_yaml(tmp_path / "binary.yaml", "detector")
