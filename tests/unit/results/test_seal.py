"""The seal of a document."""

from __future__ import annotations

import json
from typing import Any

import pytest

from calobench.results.seal import Sealed, is_intact, seal


class Note(Sealed):
    text: str
    numbers: tuple[float, ...] = ()
    added_later: int | None = None


NOTE = Note(text="σ = 1e-6", numbers=(0.1, 1e22, -0.0, 3.0))


def test_a_sealed_document_is_intact_in_any_layout() -> None:
    content = json.loads(seal(NOTE).model_dump_json())
    assert is_intact(content)
    assert is_intact(dict(reversed(content.items())))
    assert is_intact(json.loads(json.dumps(content, indent=3, ensure_ascii=False)))


def test_numbers_may_be_written_as_others_write_them() -> None:
    text = seal(NOTE).model_dump_json()
    # jq and JSON.stringify: 3 for 3.0, 0 for -0.0, all digits of 1e22.
    other = text.replace("3.0", "3").replace("-0.0", "0").replace("1e22", "1" + "0" * 22)
    assert other != text
    assert is_intact(json.loads(other))
    assert not is_intact(json.loads(text.replace("3.0", "3.0000001")))


@pytest.mark.parametrize("edit", [{"text": "s"}, {"numbers": [0.1]}, {"digest": "0"}, {"new": 1}])
def test_an_edited_one_is_not(edit: Any) -> None:
    content = json.loads(seal(NOTE).model_dump_json())
    assert not is_intact({**content, **edit})


def test_one_without_digest_is_not() -> None:
    assert not is_intact(json.loads(NOTE.model_dump_json(exclude={"digest"})))


def test_an_optional_field_added_later_breaks_no_seal() -> None:
    content = json.loads(seal(NOTE).model_dump_json())
    del content["added_later"]
    assert is_intact(content)


def test_what_is_changed_is_sealed_anew() -> None:
    changed = seal(NOTE).model_copy(update={"text": "other"})
    assert not is_intact(json.loads(changed.model_dump_json()))
    assert is_intact(json.loads(seal(changed).model_dump_json()))
    assert seal(seal(NOTE)) == seal(NOTE)


def test_no_two_seeds_have_one_digest() -> None:
    seeds = (2**53, 2**53 + 1, 2**60 + 1, 2**60 + 3, 2**63 - 1)
    digests = {seal(NOTE.model_copy(update={"added_later": seed})).digest for seed in seeds}
    assert len(digests) == len(seeds)
