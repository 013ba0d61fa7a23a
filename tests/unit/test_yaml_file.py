"""Slips in YAML that PyYAML passes in silence, or with errors of its own."""

from __future__ import annotations

import pytest

from calobench.errors import SpecError
from calobench.yaml_file import read_yaml


@pytest.fixture
def read(tmp_path):
    def read(text):
        path = tmp_path / "it.yaml"
        path.write_text(text)
        return read_yaml(path, "detector")

    return read


def test_plain_yaml_is_read_as_it_is(read):
    text = "a: [1, 2.5, yes]\nb: &b {c: 1, d: 2}\ne: {<<: *b, c: 3}\nf: {<<: [*b], g: 4}\n"
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
        ("a: 1\nb: 2024-99-99", "line 2: a value that cannot be read"),
        ("a: !!bool x", "line 1: a value that cannot be read"),
        ("a: !!timestamp x", "line 1: a value that cannot be read"),
        ("a: !!python/object:os.system x", "line 1: could not determine a constructor"),
        ("? [a]\n: 1", "line 1: found unhashable key"),
        ("a: [1, 2", "line 1: "),
    ],
)
def test_a_slip_is_one_line_that_says_where(read, text, message):
    with pytest.raises(SpecError) as error:
        read(text)
    assert message in str(error.value)
    assert "it.yaml is not valid YAML: " in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_file_and_one_that_is_no_text(tmp_path):
    with pytest.raises(SpecError, match=r"cannot read detector file .*No such file"):
        read_yaml(tmp_path / "none.yaml", "detector")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="not valid YAML"):
        read_yaml(tmp_path / "binary.yaml", "detector")
