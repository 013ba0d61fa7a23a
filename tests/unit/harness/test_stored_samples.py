"""Samples in files: several as one, incomplete ones are refused, unusual content gives a remark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from toy_samples import make_sample

from calobench.detectors import load_detector
from calobench.errors import CalobenchError, MeshMismatchError, ModelError, ShowerFileError
from calobench.harness.conditions import same_conditions, why_not_paired
from calobench.harness.extras import Extras
from calobench.harness.oddities import copy_warnings, end_warnings, few_warnings
from calobench.harness.reference import read_reference
from calobench.harness.sources import FileSource, is_shower_file, open_source
from calobench.harness.stored import StoredSample
from calobench.io import write_lemurs
from calobench.showers import Conditions, Content, Showers

ODD = load_detector("ODD")


def showers(n: int, seed: int = 1) -> Showers:
    rng = np.random.default_rng(seed)
    conditions = Conditions(
        rng.uniform(1e3, 1e5, n), rng.uniform(0.9, 2.2, n), rng.uniform(0, 2 * np.pi, n)
    )
    return Showers(rng.exponential(size=(n, 9, 16, 45)).astype(np.float32), conditions)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def write(name: str, sample: Showers, detector: str = "ODD", **columns: Any) -> Path:
        path = tmp_path / name
        write_lemurs(path, [sample], detector=detector)
        with h5py.File(path, "r+") as file:
            for key, values in columns.items():
                file[key] = values
        return path

    return write


def test_several_files_are_one_sample(write: Callable[..., Path]) -> None:
    whole = showers(300)
    paths = [write("a.h5", whole[:120]), write("b.h5", whole[120:])]
    source = open_source(",".join(map(str, paths)), whole.conditions, ODD, None, 1)
    assert isinstance(source, FileSource)
    assert source.info.name == "a+1"
    assert "the files a.h5, b.h5, SHA-256" in source.info.description
    chunks = Showers.concatenate(list(source.chunks(100)))
    np.testing.assert_array_equal(chunks.energy, whole.energy)
    assert same_conditions(source.conditions, whole.conditions)
    some = FileSource(paths, ODD, 150)
    assert sum(map(len, some.chunks(100))) == len(some.conditions) == 150
    reference = read_reference(Path(",".join(map(str, paths))), ODD)
    assert reference.record.source == "a.h5, b.h5"
    np.testing.assert_array_equal(reference.showers.energy, whole.energy)


def test_fewer_showers_than_asked_for_are_refused(write: Callable[..., Path]) -> None:
    path = write("short.h5", showers(6))
    with pytest.raises(
        ShowerFileError, match="50 showers are asked for, 6 are there; leave -n out"
    ):
        FileSource([path], ODD, 50)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("weights", np.arange(6.0)),
        ("event_weight", np.arange(6.0)),
        ("w", np.r_[0.0, np.ones(5)]),
        ("weight", np.arange(12.0).reshape(6, 2)),
        ("mask", np.array([True, True, False, True, True, True])),
        ("is_valid", np.array([1, 1, 1, 1, 0, 1], np.int8)),
    ],
)
def test_weights_and_selections_are_not_ignored(
    name: str, values: Any, write: Callable[..., Path]
) -> None:
    path = write("weighted.h5", showers(6), **{name: values})
    with pytest.raises(ShowerFileError, match=f"has a column '{name}'"):
        FileSource([path], ODD)
    with pytest.raises(ShowerFileError, match=f"has a column '{name}'"):
        read_reference(path, ODD)


@pytest.mark.parametrize(
    ("name", "values"),
    [("weights", np.full(6, 2.0)), ("mask", np.ones(6, bool)), ("width", np.arange(6.0))],
)
def test_columns_that_change_nothing_are_none_of_our_business(
    name: str, values: Any, write: Callable[..., Path]
) -> None:
    assert len(FileSource([write("a.h5", showers(6), **{name: values})], ODD).conditions) == 6


def test_a_detector_is_known_by_every_name_of_it(write: Callable[..., Path]) -> None:
    allegro = load_detector("ALLEGRO")
    for name in ("FCCeeALLEGRO", "ALLEGRO", "allegro"):
        StoredSample([write("a.h5", showers(3), detector=name)], allegro)
    with pytest.raises(MeshMismatchError, match="holds showers of ALLEGRO, not of ODD"):
        StoredSample([write("a.h5", showers(3), detector="ALLEGRO")], ODD)


def test_a_file_that_changes_while_it_is_read(write: Callable[..., Path]) -> None:
    path = write("a.h5", showers(6))
    sample = StoredSample([path], ODD)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ShowerFileError, match="was changed while it was read"):
        list(sample.chunks())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.h5", True), ("A.HDF5", True), ("a.h5,b.h5", True), ("showers.npy", True), ("model.pt", False),
        ("net.onnx:unit=GeV", False), ("weights.ckpt", True), ("distilled", False),
        ("package.module:factory", False),
        ("./module.py:factory", False), ("no_such_name", False),
    ],
)  # fmt: skip
def test_what_counts_as_a_file(name: str, expected: bool) -> None:
    assert is_shower_file(name) == expected


def test_a_file_without_an_ending_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("sample", "distilled"):
        Path(name).write_bytes(b"\x93NUMPY")
    assert is_shower_file("sample")
    assert not is_shower_file("distilled")
    with pytest.raises(ShowerFileError, match="sample is damaged"):
        open_source("sample", showers(3).conditions, ODD, None, 1)


def test_an_azimuth_is_the_same_a_turn_further_on() -> None:
    reference = showers(7).conditions
    for turned in (reference.phi - 2 * np.pi, (reference.phi + np.pi) % (2 * np.pi) - np.pi):
        assert same_conditions(Conditions(reference.energy, reference.theta, turned), reference)
    other = Conditions(reference.energy, reference.theta, -reference.phi)
    assert "phi differs from the reference's in 7 of 7 showers, first in shower 0" in str(
        why_not_paired(other, reference)
    )


def test_why_samples_are_not_paired() -> None:
    reference = showers(7).conditions
    energy = reference.energy.copy()
    energy[5] = 2e4
    reason = why_not_paired(Conditions(energy, reference.theta, reference.phi), reference)
    assert reason is not None
    assert reason.startswith(
        "incident energy differs from the reference's in 1 of 7 showers, first in"
    )
    assert "shower 5: 20000 and" in reason


def test_few_showers_are_said() -> None:
    assert few_warnings(50, "mine") == []
    (rough,) = few_warnings(49, "mine")
    (none,) = few_warnings(1, "mine")
    assert "only 49 showers of mine: so few showers that error bars and p-values are rough" in rough
    assert "only 1 shower of mine: too few showers for error bars, none are shown" in none


def test_an_empty_end_is_said() -> None:
    table = make_sample(np.random.default_rng(1), 10)
    table.scalars["response"] = np.r_[np.ones(6), 0, 1, 0, 0]
    (text,) = end_warnings(table, "mine")
    assert text == "mine: the last 2 of 10 showers have no energy; were they all made?"
    table.scalars["response"] = np.r_[np.zeros(6), np.ones(4)]
    assert end_warnings(table, "mine") == []


def test_copies_are_said() -> None:
    reference, other = Content.of(showers(4)), Content.of(showers(4, seed=2))
    assert copy_warnings(other, reference, "mine") == []
    (text,) = copy_warnings(reference, reference, "mine")
    assert text.startswith("mine: 4 of 4 showers are copies of the reference's own showers")
    twice = Content.joined([other, other])
    assert len(copy_warnings(twice, twice, "mine")) == 3


class _Watcher:
    def __init__(self, fails: str) -> None:
        self.fails = fails

    def look_reference(self, chunk: Showers) -> None:
        if self.fails == "look":
            raise IndexError("a bug")

    def look_model(self, chunk: Showers) -> None:
        pass

    def measure(self, progress: Any) -> str:
        if self.fails == "measure":
            raise ModelError("the model failed")
        return "record"


def test_a_benchmark_that_fails_leaves_the_others() -> None:
    extras: Any = Extras([], "toy_models:toy", ODD, 1, 20)
    extras._watchers = {name: _Watcher(name) for name in ("look", "measure", "works")}
    extras.look_reference(showers(2))
    extras.look_model(showers(2))
    measured = extras.measure(None)
    assert measured.records == {"works": "record"}
    assert {name: str(error) for name, error in measured.failures.items()} == {
        "look": "a bug",
        "measure": "the model failed",
    }
    assert isinstance(measured.failures["measure"], CalobenchError)
