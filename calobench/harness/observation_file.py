"""Observations of a shard as a file, which is read back exactly as it was."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.atomic import write_bytes
from calobench._util.damage import DAMAGED_ARRAYS
from calobench._util.files import UnreadableError, read_bytes
from calobench.harness.mean_showers import FractionSums
from calobench.harness.observation import Observation
from calobench.io.noticed import Noticed
from calobench.models.cache import packed_showers, unpacked_showers
from calobench.observables import FeatureTable
from calobench.results.schema import EventImage
from calobench.showers import Conditions, Content, Rounded, Showers

__all__ = ["ObservedShard", "read_shard", "write_shard"]

# 5,000 showers with all their cells.
_MAX_BYTES = 4_000_000_000
_CONDITIONS = ("energy", "theta", "phi")


class ObservedShard(NamedTuple):
    """Consecutive chunks of a sample.

    Attributes:
        observation: of all of them.
        noticed: in their showers, by file of the sample.
        chunks: the showers themselves, chunk by chunk, where somebody wants to see them; else none.
    """

    observation: Observation
    noticed: tuple[Noticed, ...]
    chunks: tuple[Showers, ...] = ()


def write_shard(path: Path, shard: ObservedShard) -> None:
    """Write a shard, as a whole or not at all.

    Raises:
        OutputError: the folder cannot be written, or the disk is full.
    """
    table, content, fractions, images = shard.observation
    about = {
        "noticed": shard.noticed,
        "images": {rank: image.model_dump(mode="json") for rank, image in images.items()},
        "chunks": len(shard.chunks),
    }
    arrays = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        **{f"condition {name}": getattr(table.conditions, name) for name in _CONDITIONS},
        **{f"scalar {name}": column for name, column in table.scalars.items()},
        **{f"profile {name}": column for name, column in table.profiles.items()},
        "cells": content.cells,
        "conditions": content.conditions,
        "filled": content.filled,
        **{f"fractions {name}": sums for name, sums in fractions._asdict().items()},
    }
    for k, chunk in enumerate(shard.chunks):
        packed = packed_showers(chunk.energy, {"shape": chunk.energy.shape})
        arrays[f"chunk {k}"] = np.frombuffer(packed, np.uint8)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    write_bytes(path, file.getvalue())


def read_shard(path: Path, n: int) -> ObservedShard | None:
    """A shard that was written; None if it is not there, or not whole.

    Args:
        path: of the file.
        n: showers that it has.
    """
    try:
        with np.load(io.BytesIO(read_bytes(path, _MAX_BYTES)), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays["about"].tobytes())
        table = FeatureTable(
            Conditions(*(arrays[f"condition {name}"] for name in _CONDITIONS)),
            _named(arrays, "scalar "),
            _named(arrays, "profile "),
        )
        observation = Observation(
            table,
            Content(arrays["cells"], arrays["conditions"], arrays["filled"]),
            FractionSums(**_named(arrays, "fractions ")),
            {int(rank): EventImage(**image) for rank, image in about["images"].items()},
        )
        noticed = tuple(Noticed(Rounded(*one[0]), *one[1:]) for one in about["noticed"])
        chunks = [
            unpacked_showers(arrays[f"chunk {k}"].tobytes())[1] for k in range(about["chunks"])
        ]
        if len(table) != n:
            return None
        return ObservedShard(observation, noticed, tuple(_with_conditions(chunks, table)))
    except (UnreadableError, TypeError, IndexError, *DAMAGED_ARRAYS):
        return None


def _named(arrays: dict[str, NDArray[Any]], kind: str) -> dict[str, NDArray[Any]]:
    return {name.removeprefix(kind): one for name, one in arrays.items() if name.startswith(kind)}


def _with_conditions(energies: Sequence[NDArray[np.float32]], table: FeatureTable) -> list[Showers]:
    ends = np.cumsum([len(energy) for energy in energies])
    return [
        Showers(energy, table.conditions[end - len(energy) : end])
        for energy, end in zip(energies, ends, strict=True)
    ]
