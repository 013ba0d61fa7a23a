"""Small untrained weights and made-up showers, for tests of trainings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from click.testing import CliRunner

from calobench.detectors import load_detector
from calobench.io import write_lemurs
from calobench.resources import data_specs_dir
from calobench.showers import Conditions, Mesh, Showers
from reference_models.__main__ import main
from reference_models.marginals.denoiser import MarginalsNetwork
from reference_models.marginals.model import MarginalsModel
from reference_models.marginals.standard import fit_standard
from reference_models.marginals.training import vectors_of
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training.dataset import Sample, fit_tables
from reference_models.weights_io import FinishedModel, load_marginals, save_marginals, save_model

MESH = (9, 16, 45)
SMALL = NetworkConfig(patch=(9, 16, 15), width=36, blocks=1, heads=2, condition_size=66)
SHORT = {
    "steps": 6, "batch_size": 4, "rate": 0.01, "warm_up": 1, "decay": 2, "ema_decay": 0.5, "seed": 1,
    "threads": 1, "curve_every": 2, "checkpoint_every_s": 0,
}  # fmt: skip


def made_up_showers(
    seed: int, n: int, detector: str = "ILD"
) -> tuple[np.ndarray[Any, Any], Conditions]:
    """Falling with depth and radius, of the detector's response."""
    rng, spec = np.random.default_rng(seed), load_detector(detector)
    energy = rng.uniform(1e4, 9e4, n)
    shape = np.exp(-np.arange(9)[:, None, None] / 2 - np.arange(45) / 15.0)
    cells = (shape * rng.gamma(0.5, size=(n, *MESH))).astype(np.float32)
    response = spec.sampling_fraction * energy * rng.normal(1, 0.02, n)
    cells *= (response / cells.sum(axis=(1, 2, 3)))[:, None, None, None].astype(np.float32)
    theta, phi = rng.uniform(0.9, 2.2, n), rng.uniform(0, 6.2, n)
    return cells, Conditions(energy, theta, phi)


def stored(path: Path, seed: int, n: int, n_z: int = 45) -> Path:
    cells, of = made_up_showers(seed, n)
    write_lemurs(path, [Showers(cells[..., :n_z], of)], mesh=Mesh(4.65, 5.275, n_z=n_z))
    return path


def sample(slot: int) -> Sample:
    cells, of = made_up_showers(slot, 20)
    columns = (torch.from_numpy(c).float() for c in (of.energy, of.theta, of.phi))
    return Sample("some", slot, StaveSymmetry(0, True), torch.from_numpy(cells), *columns)


def small_weights(
    folder: Path, detectors: Sequence[str], kind: str = "train", width: int = 36, blocks: int = 1
) -> Path:
    """Small untrained weights of some detectors, in the slots of calobench."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    samples = [sample(load_detector(name).one_hot_slot) for name in detectors]
    network = MarginalsNetwork(57, 10, 16, 1)
    path = folder / "start.safetensors"
    card = {"detectors": list(detectors), "kind": kind}
    save_marginals(
        folder / "m.safetensors", MarginalsModel(network, fit_standard(vectors_of(samples))), card
    )
    tables = fit_tables(samples, 0.005)
    shape = NetworkConfig(**{**SMALL.to_dict(), "width": width, "blocks": blocks})
    marginals = load_marginals(folder / "m.safetensors")
    save_model(path, FinishedModel(DiT(shape), tables.transform, tables.scale, marginals, card))
    return path


def my_detector(folder: Path, **changed: Any) -> Path:
    content = yaml.safe_load((data_specs_dir() / "detectors" / "ILD.yaml").read_text())
    path = folder / "my.yaml"
    path.write_text(yaml.safe_dump({**content, "name": "Mine", "aliases": [], **changed}))
    return path


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def student_config(folder: Path, **changed: Any) -> Path:
    """Configuration of a progressive distillation of small weights for ILD, or as changed; None: no key."""
    if not (folder / "a.h5").exists():
        stored(folder / "a.h5", 1, 20)
        small_weights(folder / "w", ["ILD"])
    content = {
        "kind": "progressive",
        "data_dir": str(folder),
        "files": {"ILD": ["a.h5"]},
        "validation_fraction": 0.2,
        "output": str(folder / "run"),
        "weights": str(folder / "w" / "one.safetensors"),
        "teacher": str(folder / "w" / "start.safetensors"),
        "optimizer": SHORT,
        **changed,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump({key: one for key, one in content.items() if one is not None}))
    return path


def trained(patch: tuple[int, int, int]) -> DiT:
    """Weights that are not zero anywhere."""
    torch.manual_seed(2)
    network = DiT(NetworkConfig(patch=patch))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    return network
