"""The whole chain in PyTorch, which runs on a GPU, makes the showers of the CPU's path; here on the CPU."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner
from numpy.typing import NDArray

from calobench.detectors import load_detector
from calobench.errors import MeshMismatchError
from calobench.showers import Conditions
from reference_models import edm_model
from reference_models.__main__ import main
from reference_models.calibration import recipe
from reference_models.calibration.tables import Calibration, identity, refined
from reference_models.edm_model import EdmModel
from reference_models.inference.device import DeviceChain
from reference_models.inference.noise import GROUP, ahead, noise_of_batch, white
from reference_models.marginals.sums import sums_of
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.parity.record import FAULT
from reference_models.samplers.sampling import Sampling
from reference_models.variants import VARIANTS, make
from reference_models.weights_io import WEIGHTS_DIR, load_model, save_model

ALLEGRO = load_detector("ALLEGRO")
SAME = 3e-5
"""Of the hottest cell of a shower: sums in another order, in single precision, magnified by the map of cells
where it is steep."""
TRAINING = Path(__file__).parents[3] / "data_specs" / "training"
BY_NAME = {variant.name: variant for variant in VARIANTS}


@pytest.fixture(autouse=True)
def _the_cpu_is_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (edm_model, recipe):
        monkeypatch.setattr(module, "require_device", lambda _: torch.device("cpu"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a network that takes no time; tables and marginals are the shipped ones.

    Not calibrated: a calibration belongs to the network with which it was measured.
    """
    folder = tmp_path_factory.mktemp("small")
    finished = load_model(WEIGHTS_DIR / "edm_dit_distilled.safetensors")
    own = finished.network.config
    config = NetworkConfig(patch=(9, 16, 15), width=24, blocks=1, condition_size=own.condition_size)
    torch.manual_seed(2)
    network = DiT(config)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(0.1 * torch.randn(parameter.shape))
    path = folder / "small.safetensors"
    save_model(path, replace(finished, network=network, calibrations={}))
    for suffix in (".safetensors", ".json"):
        shutil.copy(WEIGHTS_DIR / f"marginals{suffix}", folder)
    assert json.loads(path.with_suffix(".json").read_text())["network"]["blocks"] == 1
    return path


def particles(n: int, seed: int = 8) -> Conditions:
    rng = np.random.default_rng(seed)
    return Conditions(
        np.exp(rng.uniform(np.log(1e3), np.log(1e5), n)),
        rng.uniform(0.87, 2.27, n),
        rng.uniform(-3.1, 6.2, n),
    )


def both(
    model: EdmModel, conditions: Conditions, detector: str = "ALLEGRO"
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Showers of one seed, on the CPU's path and in PyTorch."""
    seed, spec = np.random.SeedSequence(3), load_detector(detector)
    here = model.generate(conditions, spec, seed)
    model.to("cuda")
    return here, model.generate(conditions, spec, seed)


def assert_same(result: NDArray[np.float32], expected: NDArray[np.float32]) -> None:
    """Equal to rounding, which may decide that a cell at the cut is kept: its shower's sums follow."""
    hottest = expected.max(axis=(1, 2, 3))
    assert np.all(hottest > 0)
    off = np.abs(result - expected).max(axis=(1, 2, 3)) / hottest
    flipped = ((result > 0) != (expected > 0)).sum(axis=(1, 2, 3))
    assert off.max() > 0  # they are two paths
    assert np.all(off[flipped == 0] <= SAME)
    assert np.all(off < FAULT)
    assert flipped.sum() <= 1 + 1e-6 * expected.size


@pytest.mark.parametrize(
    ("variant", "detector", "n"),
    [
        ("distilled", "ALLEGRO", 1),
        ("distilled", "Par04SciPb", 35),
        ("distilled2", "CLD", 19),
        ("distilled-small", "Par04SiW", 4),
        ("solver", "ODD", 2),
        ("full", "ALLEGRO", 2),
    ],
)
def test_every_variant_is_the_same_on_both(variant: str, detector: str, n: int) -> None:
    expected, result = both(make(BY_NAME[variant], backend="eager"), particles(n), detector)
    assert_same(result, expected)


def test_a_thousand_showers_in_several_batches_with_noise_in_every_step(small: Path) -> None:
    model = EdmModel(
        "small", "", small, Sampling("consistency", 3), backend="eager", device_batch=300
    )
    expected, result = both(model, particles(1000))
    assert_same(result, expected)


def test_without_a_calibration(small: Path) -> None:
    blank = identity(9, 45, 0.005)
    model = EdmModel(
        "small", "", small, Sampling("consistency", 1), backend="eager", calibration=blank
    )
    expected, result = both(model, particles(20))
    assert_same(result, expected)


def test_given_noise_and_a_seed_are_one_chain(small: Path) -> None:
    model = EdmModel("small", "", small, Sampling("consistency", 2), backend="eager")
    conditions = particles(21)
    noise = np.random.default_rng(4).standard_normal((21, 57 + 2 * 6480), dtype=np.float32)
    expected = model.from_noise(conditions, ALLEGRO, noise)
    model.to("cuda")
    assert_same(model.from_noise(conditions, ALLEGRO, noise), expected)


def test_given_marginals_are_those_of_the_showers(small: Path) -> None:
    model = EdmModel("small", "", small, Sampling("consistency", 2), backend="eager")
    conditions, slot = particles(2 * GROUP + 3), ALLEGRO.one_hot_slot
    sums = model.finished.marginals.model.sample(conditions, slot, torch.Generator().manual_seed(4))
    seed = np.random.SeedSequence(5)
    shapes = model.shapes(conditions, sums, ALLEGRO, seed)
    expected = model.corrected(shapes, conditions, sums, ALLEGRO)
    chain = DeviceChain(model, torch.device("cpu"), batch=2 * GROUP)
    result = chain.of_sums(conditions, slot, sums, seed)
    assert_same(result, expected)
    layers = result.sum(axis=(1, 2))
    filled = layers > 0
    np.testing.assert_allclose(layers[filled], sums.layers[filled], rtol=1e-4)


def test_a_call_leaves_nothing_behind(small: Path) -> None:
    model = EdmModel("small", "", small, Sampling("consistency", 1), backend="eager")
    model.to("cuda")
    chain: Any = model._elsewhere
    seed, kept = np.random.SeedSequence(1), []
    first = model.generate(particles(3), ALLEGRO, seed)
    for name in ("ALLEGRO", "CLD", "ALLEGRO"):
        again = model.generate(particles(3), load_detector(name), seed)
        kept.append(len(list(chain._ops._module.buffers())))
    assert len(set(kept)) == 1
    np.testing.assert_array_equal(again, first)


def test_another_mesh_is_refused(small: Path) -> None:
    model = EdmModel("small", "", small, Sampling("consistency", 1), backend="eager")
    model.to("cuda")
    other = ALLEGRO.model_copy(update={"mesh": ALLEGRO.mesh.model_copy(update={"n_z": 40})})
    with pytest.raises(MeshMismatchError, match="makes"):
        model.generate(particles(1), other, np.random.SeedSequence(1))


@pytest.mark.parametrize("n", [1, 5, GROUP, 3 * GROUP + 7])
def test_noise_of_a_batch_is_that_of_its_groups(n: int) -> None:
    shape, draws, batch = (9, 16, 45), 3, 2 * GROUP
    seed = np.random.SeedSequence(5)
    with ThreadPoolExecutor(3) as pool:
        together = [
            noise_of_batch(seed, draws, slice(k, min(k + batch, n)), shape, pool, pinned=False)
            for k in range(0, n, batch)
        ]
    given = white(seed, shape)
    groups = [slice(start, min(start + GROUP, n)) for start in range(0, n, GROUP)]
    expected = [torch.stack([given(rows, k) for k in range(draws)]) for rows in groups]
    assert torch.equal(torch.cat(together, dim=1), torch.cat(expected, dim=1))


def test_noise_of_two_groups_differs_and_that_of_a_seed_is_the_same() -> None:
    seed, other = np.random.SeedSequence(5), np.random.SeedSequence(6)
    rows = [slice(0, GROUP), slice(GROUP, 2 * GROUP)]
    first, second, again, elsewhere = (
        white(s, (3,))(r, 0)
        for s, r in ((seed, rows[0]), (seed, rows[1]), (seed, rows[0]), (other, rows[0]))
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert not torch.equal(first, elsewhere)


def test_jobs_done_ahead_keep_their_order_and_their_errors() -> None:
    used: list[int] = []

    def job(k: int) -> int:
        if k == 3:
            raise ValueError("the fourth")
        return k

    with (
        ThreadPoolExecutor(1) as thread,
        pytest.raises(ValueError, match="the fourth"),
    ):
        used.extend(result() for result in ahead((partial(job, k) for k in range(5)), thread))
    assert used == [0, 1, 2]


def test_two_jobs_are_begun_before_the_first_is_asked_for() -> None:
    begun = list[int]()
    with ThreadPoolExecutor(1) as thread:
        waiting = ahead((partial(begun.append, k) for k in range(4)), thread)
        thread.submit(int).result()
        assert begun == [0, 1]
        next(waiting)()
        next(waiting)()
        thread.submit(int).result()
        assert begun == [0, 1, 2]


def test_shapes_of_given_sums_are_the_same_on_both(small: Path) -> None:
    """What a calibration measures, in batches that do not end with a group."""
    model = EdmModel(
        "small", "", small, Sampling("consistency", 3), backend="eager", device_batch=48
    )
    conditions = particles(70)
    rng = np.random.default_rng(1)
    sums = sums_of(rng.lognormal(-3, 2, (70, 9, 16, 45)).astype(np.float32))

    def shapes() -> NDArray[np.float32]:
        return model.shapes(conditions, sums, ALLEGRO, np.random.SeedSequence(6))

    expected = shapes()
    model.to("cuda")
    assert_same(shapes(), expected)


def test_another_calibration_is_used_where_the_model_is(small: Path) -> None:
    """Network, sampler and device stay; noise, cells and description are those of the new calibration."""
    blank = identity(9, 45, 1e-6)
    blank.noise[:] = 0.4
    blank.ring_noise[:, :4] = 0.3
    blank.cell_map[:, :, 1:-1] += np.float32(0.2)
    moved = EdmModel("small", "", small, Sampling("consistency", 1), backend="eager")
    before, here = both(moved, particles(20))
    fresh = EdmModel(
        "small", "", small, Sampling("consistency", 1), backend="eager", calibration=blank
    )
    seed = np.random.SeedSequence(3)
    expected = fresh.generate(particles(20), ALLEGRO, seed)
    other = moved.with_calibration(blank)
    assert other.info.device == moved.info.device == "cuda"
    assert other.info.post_processing == fresh.info.post_processing
    assert_same(other.generate(particles(20), ALLEGRO, seed), expected)
    assert not np.allclose(expected, before, rtol=0.05)
    np.testing.assert_array_equal(moved.generate(particles(20), ALLEGRO, seed), here)


def calibration_of(folder: Path, *, device: str, workers: int) -> Calibration:
    """Calibrates a copy of the student by two detectors with a command line's options."""
    folder.mkdir()
    for name in ("edm_dit_distilled", "marginals"):
        for suffix in (".safetensors", ".json"):
            shutil.copy(WEIGHTS_DIR / f"{name}{suffix}", folder)
    config, weights = folder / "calibrate.yaml", folder / "edm_dit_distilled.safetensors"
    content: dict[str, Any] = {
        "kind": "calibrate",
        "data_dir": str(TRAINING),
        "files": {name: [f"{name}_train4.h5"] for name in ("Par04SiW", "FCCeeALLEGRO")},
        "weights": str(weights),
        "sampler": "ddim",
        "schedule": "nested",
        "nfe": 1,
        "showers": 24,
        "seed": 1,
        "threads": 1,
    }
    config.write_text(yaml.safe_dump(content, sort_keys=False))
    options = ["calibrate", "--config", str(config), "--device", device, "--workers", str(workers)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    assert [line.split(":")[0] for line in result.stderr.splitlines()] == list(content["files"])
    return load_model(weights).calibrations["ddim-1-nested"]


def test_a_calibration_is_the_same_on_both(tmp_path: Path) -> None:
    """Two detectors one after the other on the CPU, and at the same time on the device."""
    shipped = load_model(WEIGHTS_DIR / "edm_dit_distilled.safetensors")
    before = refined(shipped.calibrations["ddim-1-nested"])
    here = calibration_of(tmp_path / "cpu", device="cpu", workers=1)
    there = calibration_of(tmp_path / "cuda", device="cuda", workers=2)
    for name, table in vars(here).items():
        # They are stored in half precision, and may be rounded to either side.
        step = np.spacing(np.abs(table).astype(np.float16)).astype(np.float32)
        assert (np.abs(getattr(there, name) - table) <= 1e-3 + step).all(), name
        changed = np.abs(table - getattr(before, name)).reshape(5, -1).max(axis=1)
        assert (changed > 1e-2).tolist() == [True, False, False, False, True], name


def test_a_device_that_is_not_there_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("kind: calibrate")
    command = [sys.executable, "-m", "reference_models", "calibrate", "--device", "cuda:99"]
    result = subprocess.run(
        [*command, "--config", str(tmp_path / "c.yaml")],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 2
    assert result.stderr.startswith("reference_models: error: there is no device 'cuda:99'")
    assert result.stderr.count("\n") == 1
