"""Measures what packed files of showers take, and what rounding the energies of cells changes.

For every detector a file of showers is packed with several numbers of mantissa bits. The size is that of the
file; the change of an observable is the Wasserstein-1 distance between the rounded and the original showers
in standard deviations, beside the distance between its own two halves over sqrt(2): what as many independent
showers of Geant4 would show against each other. The spectrum of cells is judged by itself: the change of the
mean number of cells in the bin that changes most, in per cent and in standard errors at given energy.

    python studies/packing.py FCCeeALLEGRO_train.h5 FCCeeCLD_train.h5 --bits 10 8 7
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.stats import wasserstein_distance

from calobench.detectors import load_detector
from calobench.io import LemursFile, open_showers
from calobench.io.conversion import convert
from calobench.observables import all_observables, compute_features
from calobench.observables.cells import cells_in_bins
from calobench.observables.spectrum import EDGES_MEV
from calobench.showers import Showers


def features(showers: Showers, detector: str) -> dict[str, np.ndarray]:
    """All observables that are one number per shower, (N,) each."""
    numbers = [observable for observable in all_observables() if observable.axis is None]
    return compute_features(showers, load_detector(detector), numbers).scalars


def distances(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> dict[str, float]:
    """W1 of every observable in standard deviations of the first sample."""
    result = {}
    for name, values in one.items():
        a, b = values[np.isfinite(values)], other[name][np.isfinite(other[name])]
        if len(a) and len(b) and a.std() > 0:
            result[name] = float(wasserstein_distance(a, b) / a.std())
    return result


def spectrum_change(before: Showers, after: Showers) -> dict[str, float]:
    """Of the mean number of cells in the bin of the spectrum that changes most.

    The standard error is that of what a polynomial in ln E leaves of the numbers.
    """
    one, other = (cells_in_bins(s.energy, EDGES_MEV).astype(np.float64) for s in (before, after))
    powers = np.vander(np.log(before.conditions.energy / 30e3), 6)
    rest = one - powers @ np.linalg.lstsq(powers, one, rcond=None)[0]
    often = one.mean(axis=0) > 1
    change = np.abs((other - one).mean(axis=0))[often]
    errors = rest.std(axis=0)[often] / np.sqrt(len(one))
    return {
        "per cent": float(100 * (change / one.mean(axis=0)[often]).max()),
        "standard errors": float((change / errors).max()),
    }


def measure(path: Path, all_bits: list[int]) -> dict[str, object]:
    """Sizes, and the observable that changes most, in its own null."""
    with LemursFile(path) as file:
        showers, detector = file.read(), file.detector
    if detector is None:
        raise SystemExit(f"{path} does not say its detector")
    original = features(showers, detector)
    halves = [{k: v[part::2] for k, v in original.items()} for part in (0, 1)]
    # Two halves of N / 2 showers lie sqrt(2) times as far apart as two samples of N.
    null = {name: w1 / np.sqrt(2) for name, w1 in distances(*halves).items()}
    sizes: dict[str, object] = {
        "detector": detector,
        "showers": len(showers),
        "bytes per shower as it is": path.stat().st_size / len(showers),
        "median null": float(np.median(list(null.values()))),
    }
    with tempfile.TemporaryDirectory() as folder:
        for bits in all_bits:
            packed = Path(folder) / "packed.h5"
            with open_showers(path) as file:
                convert(file, packed, mantissa_bits=bits)
            with LemursFile(packed) as file:
                rounded = file.read()
            change = distances(original, features(rounded, detector))
            worst = max(change, key=lambda name: change[name])
            sizes[f"{bits} bits"] = {
                "bytes per shower": packed.stat().st_size / len(showers),
                "largest change": change[worst],
                "of": worst,
                "its null": null[worst],
                "largest change / null": max(
                    change[name] / null[name] for name in change if null.get(name)
                ),
                "spectrum": spectrum_change(showers, rounded),
            }
    return sizes


def main() -> None:
    """Print one line of JSON for each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--bits", type=int, nargs="+", default=[10, 9, 8, 7], help="of mantissa")
    options = parser.parse_args()
    for path in options.files:
        sys.stdout.write(json.dumps(measure(path, options.bits)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
