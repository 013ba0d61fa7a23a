"""A sample of another incident spectrum is thinned until it has the reference's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.stats import ks_2samp

from calobench.errors import ConditionsError
from calobench.harness.conditions import check_same_spectrum, spectra_agree
from calobench.harness.reweighting import match_spectrum, spectrum_ratio
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions, Showers


class Sample:
    """Showers of one cell that holds the number of the shower."""

    stage = "read showers"

    def __init__(self, conditions: Conditions) -> None:
        self.info = ModelInfo(name="sample", description="a file")
        self.conditions = conditions

    def chunks(self, size: int) -> Iterator[Any]:
        cells = np.arange(len(self.conditions), dtype=np.float32).reshape(-1, 1, 1, 1)
        for first in range(0, len(self.conditions), size):
            yield Showers(cells, self.conditions)[slice(first, first + size)]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(43)


def flat(rng: np.random.Generator, n: Any, low: float = 1e3, high: float = 1e5) -> Conditions:
    return Conditions(rng.uniform(low, high, n), rng.uniform(0.9, 2.2, n), np.zeros(n))


def falling(rng: np.random.Generator, n: Any) -> Conditions:
    """Equal numbers of showers per decade, and flat in cos theta."""
    theta = np.arccos(rng.uniform(-0.58, 0.62, n))
    return Conditions(10 ** rng.uniform(3, 5, n), theta, np.zeros(n))


def test_the_ratio_of_a_flat_to_a_falling_spectrum_is_the_energy(rng: np.random.Generator) -> None:
    sample = falling(rng, 8000)
    ratio = spectrum_ratio(sample, flat(rng, 8000))
    expected = sample.energy * np.sin(sample.theta) ** -1
    scaled = ratio / ratio.mean() / (expected / expected.mean())
    assert np.quantile(scaled, [0.1, 0.9]) == pytest.approx([1, 1], abs=0.2)


def test_what_is_kept_has_the_spectrum_of_the_reference(rng: np.random.Generator) -> None:
    sample, reference = falling(rng, 6000), flat(rng, 400)
    assert not spectra_agree(sample, reference)
    matched = match_spectrum(Sample(sample), reference, seed=1)
    kept = matched.source.conditions
    assert 500 < len(kept) < 2500
    for name in ("energy", "theta"):
        assert ks_2samp(getattr(kept, name), getattr(reference, name)).pvalue > 0.01
    assert matched.note is not None
    assert f"{len(kept)} of 6000 showers of sample" in matched.note
    again = match_spectrum(Sample(sample), reference, seed=1)
    np.testing.assert_array_equal(again.source.conditions.energy, kept.energy)


def test_showers_stay_with_their_conditions(rng: np.random.Generator) -> None:
    sample = falling(rng, 3000)
    matched = match_spectrum(Sample(sample), flat(rng, 300), seed=1).source
    chunks = list(matched.chunks(100))
    cells = np.concatenate([chunk.energy.ravel() for chunk in chunks]).astype(int)
    energy = np.concatenate([chunk.conditions.energy for chunk in chunks])
    np.testing.assert_array_equal(sample.energy[cells], energy)
    np.testing.assert_array_equal(matched.conditions.energy, energy)


def test_a_sample_that_agrees_stays_whole(rng: np.random.Generator) -> None:
    source = Sample(flat(rng, 500))
    matched = match_spectrum(source, flat(rng, 400), seed=1)
    assert matched.source is source
    assert matched.note is None


@pytest.mark.parametrize(("low", "high"), [(2e5, 3e5), (1e3, 1.5e4)])
def test_spectra_without_enough_in_common_are_refused(
    rng: np.random.Generator, low: float, high: float
) -> None:
    with pytest.raises(ConditionsError, match="too little of their incident spectra"):
        match_spectrum(Sample(flat(rng, 2000, low, high)), flat(rng, 400), seed=1)


def test_the_error_names_the_way_out(rng: np.random.Generator) -> None:
    with pytest.raises(ConditionsError, match="--reweight"):
        check_same_spectrum(falling(rng, 2000), flat(rng, 400), "sample")
