from __future__ import annotations

import numpy as np
import pytest

from calobench.benchmarks.calochallenge import resampling as module
from calobench.benchmarks.calochallenge.histograms import ABSENT
from calobench.benchmarks.calochallenge.resampling import (
    BlockPlan,
    Draws,
    SampleBlocks,
    resample,
)


def plan(n: int, m: int, seed: int = 1) -> BlockPlan:
    return BlockPlan.of(n, m, np.random.default_rng(seed))


def draws(blocks: int, replicas: int, seed: int) -> Draws:
    return Draws.of((blocks, blocks), replicas, np.random.default_rng(seed))


@pytest.mark.parametrize(
    ("n", "m"),
    [(100_000, 100_000), (1000, 1000), (50, 70), (3, 2), (1, 1), (2000, 100_000), (5, 100_000)],
)
def test_blocks_are_of_one_size_and_leave_less_than_one_over(n: int, m: int) -> None:
    blocks = plan(n, m)
    samples = blocks.reference, blocks.generated
    assert [len(block) for block in samples] == [n, m]
    sizes = [np.bincount(block[block >= 0]) for block in samples]
    (size,) = {int(s) for sample in sizes for s in sample}
    for block, sample in zip(samples, sizes, strict=True):
        left = np.count_nonzero(block < 0)
        assert left < size or len(sample) == 4096
        assert len(sample) >= min(len(block), 16) or n + m > 16 * 4096


def test_blocks_are_drawn_at_random() -> None:
    assert not np.array_equal(plan(900, 900, 1).reference, plan(900, 900, 2).reference)
    assert np.corrcoef(np.arange(5000), plan(5000, 5000).reference)[0, 1] < 0.1


def test_totals_do_not_depend_on_the_blocks() -> None:
    rng = np.random.default_rng(2)
    codes = rng.integers(0, 7, (1003, 4)).astype(np.uint8)
    codes[::5, 2] = ABSENT
    block = plan(1003, 997).reference
    blocks = SampleBlocks.from_codes(codes, block, 5)
    assert blocks.blocks.shape[1:] == (4, 7)
    for column in range(4):
        kept = codes[codes[:, column] != ABSENT, column]
        np.testing.assert_array_equal(blocks.total[column], np.bincount(kept, minlength=7))
    assert blocks.rest[0].sum() == np.count_nonzero(block < 0)


def test_counts_of_showers_and_codes_of_showers_are_the_same_blocks() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 7, (501, 1)).astype(np.uint8)
    counts = np.eye(7, dtype=np.uint16)[codes[:, 0]]
    block = plan(501, 600).reference
    from_codes = SampleBlocks.from_codes(codes, block, 5)
    from_counts = SampleBlocks.from_counts(counts, block)
    np.testing.assert_array_equal(from_codes.blocks, from_counts.blocks)
    np.testing.assert_array_equal(from_codes.rest, from_counts.rest)


def test_sums_of_many_cells_do_not_overflow() -> None:
    counts = np.full((3000, 3), 60_000, np.uint16)
    blocks = SampleBlocks.from_counts(counts, plan(3000, 3000).reference)
    np.testing.assert_array_equal(blocks.total, [[180_000_000] * 3])


def test_no_value_where_no_histogram_has_one() -> None:
    empty = SampleBlocks(np.zeros((4, 2, 5)), np.zeros((2, 5)))
    assert resample(empty, empty, draws(4, 20, 0)) == (None, None)


def test_the_same_seed_gives_the_same_numbers() -> None:
    rng = np.random.default_rng(4)
    first_block, second_block = (
        SampleBlocks(rng.poisson(5, (16, 2, 6)).astype(float), np.zeros((2, 6))) for _ in "ab"
    )
    first, second, other = (
        resample(first_block, second_block, draws(16, 40, seed)).complete for seed in (1, 1, 2)
    )
    assert first == second != other


def test_single_precision_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    counts = [rng.poisson(50, (200, 9)) for _ in "ab"]
    block = plan(200, 200).reference
    results = []
    for limit, dtype in ((2**24, np.float32), (0, np.float64)):
        monkeypatch.setattr(module, "_EXACT", limit)
        blocks = [SampleBlocks.from_counts(one, block) for one in counts]
        assert [one.blocks.dtype for one in blocks] == [dtype, dtype]
        results.append(resample(blocks[0], blocks[1], draws(len(blocks[0].blocks), 40, 1)))
    assert results[0] == results[1]


def test_sums_of_two_samples_stay_exact() -> None:
    """The largest sum is of all blocks of both: 2 x 400 x 30,000 is above 2^24, though neither half is."""
    counts = np.full((400, 1), 30_000)
    assert SampleBlocks.from_counts(counts, np.arange(400)).blocks.dtype == np.float64


def test_it_does_not_matter_how_many_histograms_are_worked_on_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(6)
    first, second = (
        SampleBlocks(rng.poisson(3, (30, 7, 12)).astype(float), np.ones((7, 12))) for _ in "ab"
    )
    first.blocks[:, 2, 1:-1] = first.rest[2, 1:-1] = 0  # no value, as published
    results = []
    for size in (1, 5 * 8 * 12 * 40, 1 << 30):
        monkeypatch.setattr(module, "_WORK_BYTES", size)
        results.append(resample(first, second, draws(30, 40, 1)))
    assert results[0] == results[1] == results[2]


def test_all_draws_have_all_blocks() -> None:
    drawn = Draws.of((5, 8), 50, np.random.default_rng(7))
    assert (drawn.reference.sum(axis=1) == 5).all()
    assert (drawn.generated.sum(axis=1) == 8).all()
    assert (drawn.exchanged.sum(axis=1) == 8).all()
    assert set(np.unique(drawn.exchanged)) == {0, 1}
    assert len({row.tobytes() for row in drawn.exchanged}) > 40
