"""Made-up CaloChallenge showers from integer arithmetic alone: the same numbers on every machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from calobench.benchmarks.calochallenge.datasets import ChallengeDataset, load_dataset
from calobench.benchmarks.calochallenge.features import FeatureExtractor
from calobench.benchmarks.calochallenge.histograms import Quantity, Samples, all_quantities

Array = NDArray[np.float64]


def uniform(shape: tuple[int, ...], salt: int) -> Array:
    """Numbers in [0, 1) by splitmix64 of their index."""
    index = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(salt << 40)
    with np.errstate(over="ignore"):
        z = (index + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return (z >> np.uint64(11)).astype(np.float64).reshape(shape) * 2.0**-53


def challenge_showers(dataset: str, n: int, salt: int, scale: float = 1.0) -> tuple[Array, Array]:
    """Incident energies (n, 1) and showers (n, voxels), MeV, before the threshold.

    They rise and fall with depth, fall with radius, lean to one side, and have empty and faint cells.
    """
    spec = load_dataset(dataset)
    first = uniform((n, 3), 3 * salt)
    if spec.discrete_energies:
        energy = 2.0 ** np.floor(8 + 15 * first[:, 0])
    else:
        energy = 1000.0 * 1000.0 ** first[:, 0]
    layers = spec.binning.layers
    depths = (np.arange(len(layers)) + 0.5) / len(layers)
    fractions = np.maximum(1 - np.abs(depths - 0.2 - 0.4 * first[:, 1:2]) / 0.6, 0)
    fractions /= fractions.sum(axis=1, keepdims=True)
    parts = []
    for fraction, layer in zip(fractions.T[..., None], layers, strict=True):
        fall = 1 / (1 + (layer.r / layer.r_edges[len(layer.r_edges) // 3]) ** 2)
        lean = 1 + 0.5 * (2 * first[:, 2:3] - 1) * layer.eta / layer.r_edges[-1]
        parts.append(fraction * fall / fall.sum() * lean)
    cells = np.concatenate(parts, axis=1) * energy[:, None]
    noise = uniform(cells.shape, 3 * salt + 1)
    # Three cells in ten stay empty, the others spread over many decades around the mean they need.
    spread = np.where(noise < 0.3, 0.0, 13 / 0.7 * scale * ((noise - 0.3) / 0.7) ** 12)
    return energy[:, None], cells * spread


def write_challenge(path: Path, energies: Any, showers: Any, **options: Any) -> Path:
    """Write them as the challenge does, gzip and all."""
    with h5py.File(path, "w") as file:
        file.create_dataset("incident_energies", data=energies, compression="gzip")
        file.create_dataset("showers", data=showers, compression="gzip", **options)
    return path


def quantities(spec: ChallengeDataset, reference: Array) -> dict[str, Quantity]:
    """The rows of the table by name, with edges from a reference's features."""
    layout = FeatureExtractor(spec.binning).layout
    largest = reference[:, layout.blocks["E_layer"]].max(axis=0)
    return {quantity.name: quantity for quantity in all_quantities(Samples(layout, spec, largest))}
