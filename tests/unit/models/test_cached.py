"""Showers from the cache: the same to the last bit, never those of something else."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import calobench as cb
from calobench.cli import main
from calobench.detectors.spec import DetectorSpec
from calobench.errors import CacheError, ModelError
from calobench.harness.sources import ModelSource
from calobench.models.cache import ShowerCache
from calobench.models.cached import CachedModel, cache_in_use, with_cache
from calobench.models.checks import generate_checked
from calobench.models.protocol import ModelInfo
from calobench.showers import Conditions

CLD = cb.load_detector("CLD")
SEED = np.random.SeedSequence(3)


class Noise:
    """Exponential noise in one cell of twenty; counts its calls."""

    def __init__(self, weights: str = "a", *, faithful: bool = True) -> None:
        self.info = ModelInfo("noise", "exponential noise", weights_hash=weights)
        self.calls = 0
        self._faithful = faithful

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        self.calls += 1
        rng = np.random.default_rng(seed if self._faithful else self.calls)
        shape = (len(conditions), *detector.mesh_geometry.shape)
        energy = rng.exponential(size=shape) * (rng.random(shape) < 0.05)
        return energy.astype(np.float32)


def conditions(n: int = 4) -> Conditions:
    return Conditions(np.full(n, 1e4), np.full(n, 1.5), np.linspace(0, 1, n))


@pytest.fixture
def cache(tmp_path: Path) -> ShowerCache:
    return ShowerCache(tmp_path / "cache")


def test_the_second_object_reads_what_the_first_one_generated(cache: ShowerCache) -> None:
    first, second = Noise(), Noise()
    generated = CachedModel(first, "noise", cache).generate(conditions(), CLD, SEED)
    reader = CachedModel(second, "noise", cache)
    again = reader.generate(conditions(), CLD, SEED)
    assert (first.calls, second.calls, reader.read) == (1, 0, 4)
    assert again.dtype == np.float32
    np.testing.assert_array_equal(generated, again)


def test_anything_that_the_showers_depend_on_is_another_entry(cache: ShowerCache) -> None:
    CachedModel(Noise(), "noise", cache).generate(conditions(), CLD, SEED)
    moved = conditions()
    moved.phi[2] += 1e-12
    thicker = CLD.model_copy(update={"sampling_fraction": CLD.sampling_fraction * 1.01})
    others = [
        (Noise("b"), "noise", conditions(), CLD, SEED),
        (Noise(), "noise:width=2", conditions(), CLD, SEED),
        (Noise(), "noise", moved, CLD, SEED),
        (Noise(), "noise", conditions(3), CLD, SEED),
        (Noise(), "noise", conditions(), CLD, np.random.SeedSequence(4)),
        (Noise(), "noise", conditions(), CLD, SEED.spawn(1)[0]),
        (Noise(), "noise", conditions(), cb.load_detector("ODD"), SEED),
    ]
    others.append((Noise(), "noise", conditions(), thicker, SEED))
    for model, name, asked, detector, seed in others:
        CachedModel(model, name, cache).generate(asked, detector, seed)
        assert model.calls == 1


def test_a_model_that_ignores_its_seed_is_still_noticed(cache: ShowerCache) -> None:
    model = CachedModel(Noise(faithful=False), "noise", cache)
    with pytest.raises(ModelError, match="ignores its seed"):
        generate_checked(model, conditions(), CLD, SEED, twice=True)


def test_what_is_no_shower_is_not_kept(cache: ShowerCache) -> None:
    class Broken(Noise):
        def generate(
            self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
        ) -> NDArray[np.float32]:
            return super().generate(conditions, detector, seed) * np.float32(np.nan)

    with pytest.raises(ModelError, match="NaN"):
        generate_checked(CachedModel(Broken(), "broken", cache), conditions(), CLD, SEED)
    assert cache.entries() == []


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"\0" * 5000, None])
def test_a_damaged_entry_is_generated_anew(cache: ShowerCache, damage: bytes | None) -> None:
    expected = CachedModel(Noise(), "noise", cache).generate(conditions(), CLD, SEED)
    (path,) = cache.folder.glob("??/*.npz")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] if damage is None else damage)
    assert cache.damaged() == [path]
    model = Noise()
    np.testing.assert_array_equal(
        CachedModel(model, "noise", cache).generate(conditions(), CLD, SEED), expected
    )
    assert (model.calls, cache.damaged()) == (1, [])


def test_changed_energies_are_damage(cache: ShowerCache) -> None:
    CachedModel(Noise(), "noise", cache).generate(conditions(), CLD, SEED)
    (path,) = cache.folder.glob("??/*.npz")
    with np.load(path) as file:
        parts = dict(file)
    parts["energy"] = parts["energy"] * np.float32(1.001)
    np.savez_compressed(path, **parts)
    assert cache.damaged() == [path]


def test_pruning_by_model_age_and_size(cache: ShowerCache) -> None:
    for seed in range(4):
        CachedModel(Noise(), "noise", cache).generate(
            conditions(), CLD, np.random.SeedSequence(seed)
        )
    old = cache.entries()[0]
    os.utime(cache.folder / old.key[:2] / f"{old.key}.npz", (1e9, 1e9))
    assert cache.prune(model="other") == []
    assert [entry.key for entry in cache.prune(unused_for_s=1e6)] == [old.key]
    size = cache.entries()[0].size
    assert len(cache.prune(keep_bytes=round(2.5 * size))) == 1
    assert len(cache.prune(keep_bytes=0)) == 2
    assert cache.entries() == []


def test_folders_that_are_no_cache(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(CacheError, match="holds other files"):
        ShowerCache(tmp_path)
    with pytest.raises(CacheError, match="is a file"):
        ShowerCache(tmp_path / "thesis.tex")
    newer = tmp_path / "newer"
    newer.mkdir()
    (newer / "calobench-showers.json").write_text('{"format": 7}')
    with pytest.raises(CacheError, match="format 7, here 1"):
        ShowerCache(newer)
    (newer / "calobench-showers.json").write_text("{")
    with pytest.raises(CacheError, match="cannot be read"):
        ShowerCache(newer)


def test_the_environment_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALOBENCH_CACHE", raising=False)
    model = Noise()
    assert cache_in_use() is None
    assert with_cache(model, "noise") is model
    monkeypatch.setenv("CALOBENCH_CACHE", str(tmp_path / "showers"))
    assert isinstance(with_cache(model, "noise"), CachedModel)


def test_the_command(
    tmp_path: Path, cache: ShowerCache, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as stop:
            main(["cache", *arguments])
        output = capsys.readouterr()
        return int(stop.value.code or 0), output.out + output.err

    CachedModel(Noise(), "noise", cache).generate(conditions(), CLD, SEED)
    code, output = run("list", str(cache.folder))
    assert code == 0
    assert "noise" in output
    assert run("verify", str(cache.folder)) == (0, f"1 calls in {cache.folder}, all whole\n")
    assert run("prune", str(cache.folder))[0] == 2
    next(cache.folder.glob("??/*.npz")).write_bytes(b"x")
    code, output = run("verify", str(cache.folder))
    assert (code, "1 files" in output) == (2, True)
    code, output = run("prune", str(cache.folder), "--keep", "0")
    assert (code, list(cache.folder.glob("??/*.npz"))) == (0, [])
    assert run("list", str(tmp_path / "nothing"))[0] == 2


def test_the_model_keeps_what_it_says_of_itself(cache: ShowerCache) -> None:
    model = Noise()
    model.info = replace(model.info, remarks=("as is",))
    assert CachedModel(model, "noise", cache).info == model.info


def test_what_may_be_read_again_is_no_time_of_the_model(cache: ShowerCache) -> None:
    model = Noise()
    assert ModelSource(model, conditions(), CLD, 1).stage == "generate"
    kept = ModelSource(CachedModel(model, "noise", cache), conditions(), CLD, 1)
    assert kept.stage != "generate"
