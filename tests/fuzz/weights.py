"""Weights and cards of a small network, changed with and without the hash that belongs to them."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from driver import Input
from mutations import mutate_bytes, mutate_tree, pick
from safetensors.torch import load_file, save

from calobench.detectors import load_detector
from calobench.errors import CalobenchError
from calobench.showers import Conditions
from reference_models.edm_model import EdmModel
from reference_models.network.dit import DiT, NetworkConfig
from reference_models.samplers.sampling import Sampling
from reference_models.weights_io import WEIGHTS_DIR

__all__ = ["attack_weights"]

_CONDITIONS = Conditions(np.array([2e4, 5e4]), np.array([1.5, 1.6]), np.array([0.1, 3.0]))


@functools.cache
def _base() -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    torch.set_num_threads(1)
    config = NetworkConfig(patch=(9, 16, 5), width=12, blocks=1, heads=2, condition_size=66)
    tables = load_file(WEIGHTS_DIR / "edm_dit_distilled.safetensors")
    tables = {name: table for name, table in tables.items() if not name.startswith("network.")}
    network = {f"network.{k}": v.half() for k, v in DiT(config).state_dict().items()}
    card = json.loads((WEIGHTS_DIR / "edm_dit_distilled.json").read_text())
    kept = ("name", "detectors", "marginals", "weights_file")
    card = {k: card[k] for k in kept} | {"network": config.to_dict(), "licence": "Apache-2.0"}
    card["parameters"] = sum(v.numel() for v in network.values())
    return network | tables, card


def attack_weights(folder: Path, rng: np.random.Generator) -> Input:
    """One pair of files, loaded to generate two showers."""
    tensors, card = dict(_base()[0]), copy.deepcopy(_base()[1])
    kind = int(rng.integers(5))
    if kind <= 1:
        name = pick(rng, sorted(tensors))
        values = tensors[name].clone()
        way = int(rng.integers(6))
        if way == 0:
            del tensors[name]
        elif way == 1:
            tensors[f"{name}.more"] = values
        elif way == 2:
            values.view(-1)[0] = pick(rng, (np.nan, np.inf, -np.inf, 6e4, -6e4))
            tensors[name] = values
        elif way == 3:
            tensors[name] = values.to(
                pick(rng, (torch.int64, torch.bool, torch.float64, torch.bfloat16))
            )
        elif way == 4:
            tensors[name] = values.reshape(-1)
        else:
            tensors[name] = values[:0]
    if kind == 2:
        card = mutate_tree(rng, card)
    content = save(tensors)
    if kind == 3:
        content = mutate_bytes(rng, content)
    if isinstance(card, dict) and rng.random() < 0.9:
        card["weights_sha256"] = hashlib.sha256(content).hexdigest()
    text = json.dumps(card).encode()
    if kind == 4:
        text = (
            mutate_bytes(rng, text)
            if rng.random() < 0.8
            else pick(rng, (b"[" * 9999, b"", b'{"a":1,"a":2}'))
        )
    for suffix in (".safetensors", ".json"):
        shutil.copy(WEIGHTS_DIR / f"marginals{suffix}", folder)
    (folder / "input.safetensors").write_bytes(content)
    (folder / "input.json").write_bytes(text)
    return Input("weights", f"way {kind}", lambda: _generate(folder / "input.safetensors"))


def _generate(path: Path) -> str:
    try:
        model = EdmModel("distilled", "small", path, Sampling("consistency", 1), backend="eager")
        seed = np.random.SeedSequence(1)
        showers = model.generate(_CONDITIONS, load_detector("ALLEGRO"), seed)
    except CalobenchError as error:
        if "\n" in str(error):
            raise AssertionError(f"more than a line: {error}") from error
        return "refused"
    if not (np.isfinite(showers).all() and showers.min() >= 0):
        raise AssertionError("showers that are no numbers")
    return "ok"
