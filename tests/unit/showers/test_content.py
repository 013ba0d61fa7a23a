"""A sample is recognised in any file that holds it, and copies in it are counted."""

from __future__ import annotations

import numpy as np
import pytest

from calobench.showers import Conditions, Content, Showers


def sample(n: int = 6, seed: int = 1) -> Showers:
    rng = np.random.default_rng(seed)
    conditions = Conditions(rng.uniform(1e3, 1e5, n), rng.uniform(1, 2, n), rng.uniform(0, 6.2, n))
    return Showers(rng.exponential(size=(n, 9, 16, 45)).astype(np.float32), conditions)


def test_it_does_not_depend_on_chunks_or_on_the_type_of_numbers() -> None:
    whole = sample()
    expected = Content.of(whole).sha256
    parts = [Content.of(whole[first : first + 4]) for first in (0, 4)]
    assert Content.joined(parts).sha256 == expected
    conditions = whole.conditions
    single = Conditions(
        *(getattr(conditions, k).astype(np.float32) for k in ("energy", "theta", "phi"))
    )
    assert Content.of(Showers(whole.energy.astype(">f4"), single)).sha256 == expected
    half = Conditions(
        conditions.energy, conditions.theta, (conditions.phi + np.pi) % (2 * np.pi) - np.pi
    )
    assert Content.of(Showers(whole.energy, half)).sha256 == expected


@pytest.mark.parametrize("what", ["cell", "energy", "theta", "order"])
def test_it_depends_on_every_number(what: str) -> None:
    whole = sample()
    expected = Content.of(whole).sha256
    if what == "cell":
        whole.energy[3, 8, 15, 44] *= 1.0001
    elif what == "order":
        whole = whole[np.array([1, 0, 2, 3, 4, 5])]
    else:
        getattr(whole.conditions, what)[2] *= 1.0001
    assert Content.of(whole).sha256 != expected


def test_copies_and_repeats_are_counted() -> None:
    reference, model = sample(), sample(5, seed=2)
    model.energy[1] = reference.energy[4]
    model.energy[3] = model.energy[2]
    model.energy[4] = 0
    reference.energy[5] = 0
    content = Content.of(model)
    assert content.copied_from(Content.of(reference)) == 1
    assert content.repeated() == 2
    assert Content.of(sample()).repeated() == 0
    empty = Content.of(Showers(np.zeros((3, 9, 16, 45), np.float32), model.conditions[:3]))
    assert empty.copied_from(empty) == empty.repeated() == 0
