"""A model whose calls are answered from the cache of showers where it has them.

The key of a call is a SHA-256 of everything that the showers depend on: the model's name and arguments, its
weights and the Python files of its package, the detector's geometry, the conditions, the seed, and the
versions of calobench, numpy and torch. A change of any of them is another key, so that nothing has to be
declared out of date.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calobench.detectors.spec import DetectorSpec
from calobench.models.cache import ShowerCache
from calobench.models.calls import model_info, prepare_model
from calobench.models.protocol import ModelInfo, ShowerModel
from calobench.showers import Conditions

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "CachedModel",
    "cache_in_use",
    "made_from_model",
    "source_digest",
    "with_cache",
]

ENVIRONMENT_VARIABLE = "CALOBENCH_CACHE"
"""Names the folder; without it nothing is kept."""

_VERSIONS = ("calobench", "numpy", "torch")


class CachedModel:
    """A model whose calls are answered from a cache where it has them.

    Calls that this object has made itself are made again when they are repeated, so that a model that does
    not draw from its seed is still noticed.

    Args:
        model: generates what is not there.
        name: what the user calls it, with its arguments.
        cache: the cache.

    Attributes:
        read: number of showers that came from the cache.
    """

    def __init__(self, model: ShowerModel, name: str, cache: ShowerCache) -> None:
        self.read = 0
        self._model, self._name, self._cache = model, name, cache
        self._source = source_digest(model)
        self._own: set[str] = set()

    @property
    def info(self) -> ModelInfo:
        """Of the model."""
        return model_info(self._model, self._name)

    def prepare(self, detector: DetectorSpec) -> None:
        """See :class:`~calobench.models.protocol.PreparedModel`; of a model that is one."""
        prepare_model(self._model, detector, self._name)

    def generate(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> NDArray[np.float32]:
        """See :class:`~calobench.models.protocol.ShowerModel`."""
        key = self._key(conditions, detector, seed)
        if key not in self._own and (kept := self._cache.read(key)) is not None:
            self.read += len(kept)
            return kept
        self._own.add(key)
        energy = self._model.generate(conditions, detector, seed)
        if _is_showers(energy, (len(conditions), *detector.mesh_geometry.shape)):
            self._cache.write(key, np.asarray(energy), self.info.name, detector.name)
        return energy

    def _key(
        self, conditions: Conditions, detector: DetectorSpec, seed: np.random.SeedSequence
    ) -> str:
        made_from = {
            **made_from_model(self._name, self.info, self._source, detector),
            "seed": [str(seed.entropy), list(seed.spawn_key), seed.pool_size],
        }
        digest = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode())
        for values in (conditions.energy, conditions.theta, conditions.phi):
            digest.update(np.ascontiguousarray(values, "<f8").tobytes())
        return digest.hexdigest()


def made_from_model(
    name: str, info: ModelInfo, source: str, detector: DetectorSpec
) -> dict[str, object]:
    """Everything but conditions and seed that showers of a model depend on, in JSON types.

    Args:
        name: what the user calls the model, with its arguments.
        info: of the model.
        source: see :func:`source_digest`.
        detector: the detector.
    """
    return {
        "model": name,
        "info": asdict(info),
        "source": source,
        "detector": detector.model_dump(mode="json"),
        "versions": {package: _version(package) for package in _VERSIONS},
    }


def cache_in_use() -> ShowerCache | None:
    """The cache that the environment names; None for none.

    Raises:
        CacheError: the folder is no cache.
    """
    folder = os.environ.get(ENVIRONMENT_VARIABLE)
    return ShowerCache(Path(folder)) if folder else None


def with_cache(model: ShowerModel, name: str) -> ShowerModel:
    """The model, answered from the cache in use; the model itself where there is none.

    Args:
        model: generates what is not there.
        name: what the user calls it, with its arguments.

    Raises:
        CacheError: the folder is no cache.
    """
    cache = cache_in_use()
    return model if cache is None else CachedModel(model, name, cache)


def _is_showers(energy: object, shape: tuple[int, ...]) -> bool:
    """Whether the checks of the harness will let the showers pass; others are not kept."""
    if not isinstance(energy, np.ndarray):
        return False
    good = energy.dtype == np.float32 and energy.shape == shape
    return bool(good and np.isfinite(energy).all() and energy.min(initial=0) >= 0)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def source_digest(model: ShowerModel) -> str:
    """SHA-256 of the Python files of the package, or of the module, that a model's class is of."""
    name = type(model).__module__.partition(".")[0]
    module = sys.modules.get(name) or importlib.import_module(name)
    folders = list(getattr(module, "__path__", ()))
    files = sorted(path for folder in folders for path in Path(folder).rglob("*.py"))
    if not folders and getattr(module, "__file__", None):
        files = [Path(str(module.__file__))]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0")
        digest.update(path.read_bytes())
    return digest.hexdigest()
