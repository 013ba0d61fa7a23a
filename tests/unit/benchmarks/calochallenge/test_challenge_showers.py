from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from challenge_showers import challenge_showers, write_challenge

from calobench.benchmarks.calochallenge import sample as sample_module
from calobench.benchmarks.calochallenge import showers as module
from calobench.benchmarks.calochallenge.datasets import ChallengeDataset, load_dataset
from calobench.benchmarks.calochallenge.features import FeatureExtractor
from calobench.benchmarks.calochallenge.histograms import cell_edges
from calobench.benchmarks.calochallenge.sample import count_cells, scan, scan_with_cells
from calobench.benchmarks.calochallenge.showers import ChallengeFiles
from calobench.errors import ShowerFileError

Make = Callable[..., Path]


def silent(_items: int = 1, /) -> None:
    pass


def all_cells(files: ChallengeFiles) -> np.ndarray:
    return np.concatenate([chunk.cells for chunk in files.chunks()])


def test_r_runs_fastest_then_alpha_then_layer(challenge_file: Make, two: ChallengeDataset) -> None:
    """Voxel r + 9 alpha + 144 layer, seen through energy, angle and radius of its layer."""
    for r, alpha, layer in ((0, 0, 0), (3, 0, 0), (0, 5, 7), (8, 15, 44)):
        cells = np.zeros((1, 6480))
        cells[0, r + 9 * alpha + 144 * layer] = 50.0
        path = challenge_file("one.h5", n=1, showers=cells)
        extractor = FeatureExtractor(two.binning)
        with ChallengeFiles([path], two) as files:
            row = scan(files, extractor, silent).table[0]
        blocks = extractor.layout.blocks
        assert np.flatnonzero(row[blocks["E_layer"]]).tolist() == [layer]
        radius, azimuth = 4.65 * (r + 0.5), -np.pi + 2 * np.pi * (alpha + 0.5) / 16
        assert row[blocks["EC_r"]][layer] == pytest.approx(radius)
        assert row[blocks["EC_eta"]][layer] == pytest.approx(radius * np.cos(azimuth))
        assert row[blocks["EC_phi"]][layer] == pytest.approx(radius * np.sin(azimuth))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threshold_keeps_cells_that_reach_it_in_the_type_of_the_file(
    challenge_file: Make, two: ChallengeDataset, dtype: Any
) -> None:
    limit = dtype(0.5e-3 / 0.033)
    cells = np.zeros((2, 6480), dtype)
    cells[0, :3] = np.nextafter(limit, dtype(0)), limit, np.nextafter(limit, dtype(1))
    cells[1, 0] = -5
    path = challenge_file("edge.h5", n=2, showers=cells)
    with ChallengeFiles([path], two) as files:
        (chunk,) = files.chunks()
        assert files.dtype == dtype
    assert chunk.cells[0, :3].tolist() == [0, *cells[0, 1:3].tolist()]
    assert not chunk.cells[1].any()
    assert chunk.negative == 1


def test_data_set_1_is_cut_at_1_mev(challenge_file: Make) -> None:
    cells = np.zeros((1, 368))
    cells[0, :2] = 0.999, 1.0
    path = challenge_file("one.h5", dataset="1-photons", n=1, showers=cells)
    with ChallengeFiles([path], load_dataset("1-photons")) as files:
        assert all_cells(files).sum() == 1.0


def test_chunks_do_not_change_anything(
    challenge_file: Make, two: ChallengeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = challenge_file("many.h5", n=130)
    extractor, edges = FeatureExtractor(two.binning), cell_edges(two, 1e5)
    assert edges is not None
    results = []
    for size in (1 << 30, 5 * 8 * 6480):
        monkeypatch.setattr(module, "READ_BYTES", size)
        with ChallengeFiles([path], two) as files:
            sample, cells = scan_with_cells(files, extractor, silent, edges)
            np.testing.assert_array_equal(cells, count_cells(files, edges, silent))
            kept = scan(files, extractor, silent).filled
            assert kept is not None
            np.testing.assert_array_equal(cells, count_cells(files, edges, silent, kept))
            monkeypatch.setattr(sample_module, "_KEPT_BYTES", 100)
            assert scan(files, extractor, silent).filled is None
            monkeypatch.undo()
        results.append((sample.table, cells, sample.largest_cell))
    (first, one, largest), (second, other, same) = results
    # Matrix products of other sizes round otherwise; a width is the root of a small difference.
    np.testing.assert_allclose(first, second, rtol=1e-9, atol=1e-6)
    np.testing.assert_array_equal(one, other)
    assert largest == same
    assert one.sum() == 130 * 6480


def test_any_number_of_cores_reads_the_same(
    challenge_file: Make, two: ChallengeDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [challenge_file("a.h5", n=90, salt=1), challenge_file("b.h5", n=50, salt=2)]
    extractor, edges = FeatureExtractor(two.binning), cell_edges(two, 1e5)
    assert edges is not None
    monkeypatch.setattr(module, "READ_BYTES", 20 * 8 * 6480)
    results = []
    for cores in (1, 4):
        monkeypatch.setattr(module, "usable_cores", lambda n=cores: n)
        done: list[int] = []
        with ChallengeFiles(paths, two) as files:
            sample, cells = scan_with_cells(files, extractor, done.append, edges)
        assert sum(done) == 140
        results.append((sample.table.tobytes(), cells.tobytes(), sample.largest_cell))
    assert results[0] == results[1]


@pytest.mark.parametrize("cores", [1, 3])
def test_the_first_bad_shower_of_all_threads_is_named(
    challenge_file: Make, two: ChallengeDataset, monkeypatch: pytest.MonkeyPatch, cores: int
) -> None:
    cells = np.ones((40, 6480))
    cells[[13, 31], 17] = np.nan
    monkeypatch.setattr(module, "READ_BYTES", 4 * 8 * 6480)
    monkeypatch.setattr(module, "usable_cores", lambda: cores)
    path = challenge_file("bad.h5", n=40, showers=cells)
    with ChallengeFiles([path], two) as files, pytest.raises(ShowerFileError, match="shower 13;"):
        list(files.chunks())


def test_several_files_are_one_sample(challenge_file: Make, two: ChallengeDataset) -> None:
    paths = [challenge_file("a.h5", n=7, salt=1), challenge_file("b.h5", n=5, salt=2)]
    with ChallengeFiles(paths, two) as files:
        assert len(files) == 12
        joined = all_cells(files)
        expected = [challenge_showers("2", n, salt) for n, salt in ((7, 1), (5, 2))]
        np.testing.assert_array_equal(files.energy, np.concatenate([e[:, 0] for e, _ in expected]))
    cells = np.concatenate([x for _, x in expected])
    np.testing.assert_array_equal(joined, np.where(cells < two.threshold_mev, 0, cells))


@pytest.mark.parametrize(
    ("dataset", "n_voxels", "message"),
    [
        ("2", 6481, r"\(N, 6480\); flatten each shower"),
        ("2", 40500, "it is data set 3: give --dataset 3"),
        ("3", 6480, "it is data set 2: give --dataset 2"),
        ("1-photons", 533, "give --dataset 1-pions"),
    ],
)
def test_wrong_number_of_voxels_is_refused(
    tmp_path: Path, dataset: str, n_voxels: int, message: str
) -> None:
    path = write_challenge(tmp_path / "f.h5", np.full((2, 1), 1e4), np.ones((2, n_voxels)))
    with pytest.raises(ShowerFileError, match=message):
        ChallengeFiles([path], load_dataset(dataset))


@pytest.mark.parametrize(
    ("energies", "cells", "message"),
    [
        (np.full((3, 1), 1e4), np.ones((2, 6480)), "unequal lengths"),
        (np.full((2, 2), 1e4), np.ones((2, 6480)), "one number per shower"),
        (np.full((2, 1), -1.0), np.ones((2, 6480)), "finite and positive"),
        (np.array([[1e4], [np.nan]]), np.ones((2, 6480)), "NaN in shower 1"),
        (np.ones((0, 1)), np.ones((0, 6480)), "no showers"),
        (np.full((2, 1), 1e4), np.ones((2, 45, 16, 9)), "flatten"),
    ],
)
def test_impossible_files_are_refused(
    tmp_path: Path, two: ChallengeDataset, energies: Any, cells: Any, message: str
) -> None:
    path = tmp_path / "f.h5"
    with h5py.File(path, "w") as file:
        file["incident_energies"], file["showers"] = energies, cells
    with pytest.raises(ShowerFileError, match=message):
        ChallengeFiles([path], two)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_cells_that_are_no_numbers_are_refused(
    challenge_file: Make, two: ChallengeDataset, bad: float
) -> None:
    cells = np.ones((4, 6480))
    cells[2, 17] = bad
    path = challenge_file("bad.h5", n=4, showers=cells)
    with ChallengeFiles([path], two) as files, pytest.raises(ShowerFileError, match="shower 2"):
        list(files.chunks())


def test_missing_data_set_file_and_truncated_file(
    tmp_path: Path, challenge_file: Make, two: ChallengeDataset
) -> None:
    with pytest.raises(ShowerFileError, match="does not exist"):
        ChallengeFiles([tmp_path / "none.h5"], two)
    with h5py.File(tmp_path / "lemurs.h5", "w") as file:
        file["incident_energy"] = np.ones(3)
    with pytest.raises(ShowerFileError, match="incident_energies"):
        ChallengeFiles([tmp_path / "lemurs.h5"], two)
    whole = challenge_file("whole.h5")
    half = tmp_path / "half.h5"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with pytest.raises(ShowerFileError, match=r"half\.h5"), ChallengeFiles([half], two) as files:
        list(files.chunks())


def test_memory_follows_the_hdf5_chunk_not_the_file(tmp_path: Path) -> None:
    spec = load_dataset("3")
    with h5py.File(tmp_path / "huge.h5", "w") as file:
        # Nothing is stored: 16 GB of zeros on paper.
        huge = file.create_dataset("showers", (100_000, 40_500), "f4", chunks=(391, 159))
        rows = module._rows_to_read(huge)
        assert rows == 391
        columns = file.create_dataset("columns", (100_000, 40_500), "f4", chunks=(100_000, 1))
        assert module._rows_to_read(columns) * spec.voxels * 4 <= module._SELDOM_BYTES
