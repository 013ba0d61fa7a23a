"""Parameters of the reconstruction of two photons, tuned on Geant4 and never on a model.

Of a grid, the parameters are taken that find the most pairs as exactly two, over separations spread
evenly over all bins, with at most 2 % split of what is one: of single photons, and of pairs at the same
place. Of those that find as many within one in a hundred, the ones that leave the least energy outside
of clusters. With --pairs the events are Geant4's own in readout cells, and single photons in cells;
without, single showers are laid over each other through the mesh.

    python studies/diphoton_tuning.py --detector CLD --singles singles.h5 --pairs pairs.h5 [--pairs ...]
    python studies/diphoton_tuning.py --detector ALLEGRO --singles singles.h5 --rows 0:300
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.design import single_vertices
from calobench.benchmarks.diphoton.events import in_line, overlay, overlay_cells
from calobench.benchmarks.diphoton.reconstruct import Cells, cells_of, join, layer_clusters
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import pair_events, single_events
from calobench.benchmarks.diphoton.singles import deal, read_singles
from calobench.detectors import load_detector
from calobench.detectors.reconstruction import ClueSpec, LinkSpec, ReconstructionSpec
from calobench.io.readout_cells import read_readout_events
from calobench.placement.events import ReadoutEvents

MAX_SPLIT = 0.02
AS_MANY = 0.01

# Lengths in units of the cell along the beam of the layers that the spec is for.
DC_CELLS = (1.1, 1.5)
RHOC_MEV = {
    "FCCeeCLD": (1.0, 2.0, 4.0),
    "ODD": (1.0, 2.0, 4.0),
    "ILD": (1.0, 2.0, 4.0),
    "FCCeeALLEGRO": (2.0, 5.0, 10.0, 20.0),
}
OUTLIER_FACTORS = (2.0, 3.0)
LINK_DC_CELLS = (0.8, 1.1, 1.5, 2.1)
LINK_RHOC_FRACTION = (0.02, 0.06, 0.12, 0.2)  # of the visible energy of the fainter photon
LINK_LAYERS = {
    "FCCeeCLD": (3, 6, 10),
    "ODD": (3, 6, 10),
    "ILD": (3, 6, 10),
    "FCCeeALLEGRO": (2, 4),
}
MIN_ENERGY_FRACTION = (0.02, 0.06, 0.12, 0.2)


class Sample(NamedTuple):
    """Events after threshold.

    Attributes:
        cells: of all events.
        visible: energy of each event, MeV.
    """

    cells: Cells
    visible: np.ndarray


class Samples(NamedTuple):
    """One photon, two at the same place, two at separations spread evenly over all bins."""

    singles: Sample
    together: Sample
    pairs: Sample


class Trial(NamedTuple):
    """One point of the grid: fractions of pairs resolved, of single photons split, of energy outside."""

    spec: ReconstructionSpec
    two: float
    split: float
    outside: float


def main() -> None:
    """Print the best points and the block of the best one for the detector's YAML."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--detector", default="CLD")
    parser.add_argument("--singles", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, action="append", default=[])
    parser.add_argument("--rows", default=":", help="of the singles, FIRST:LAST")
    options = parser.parse_args()

    chain = _bare_chain(options.detector)
    first, last = (int(word) if word else None for word in options.rows.split(":"))
    rows = slice(first, last)
    samples = (_direct if options.pairs else _through_mesh)(options, rows, chain)
    print(f"{chain.readout.detector.name}: " + ", ".join(
        f"{sample.cells.n_events} {name}" for name, sample in samples._asdict().items()
    ))  # fmt: skip

    trials = list(_trials(samples, chain))
    allowed = [t for t in trials if t.split <= MAX_SPLIT] or trials
    best = max(t.two for t in allowed)
    order = sorted((t for t in allowed if t.two >= best - AS_MANY), key=lambda t: t.outside)
    print(
        f"{len(trials)} points, {len(allowed)} with at most {MAX_SPLIT:.0%} split; best {best:.3f}"
    )
    for trial in order[:8]:
        print(f"two {trial.two:.3f}  split {trial.split:.3f}  outside {trial.outside:.4f}  "
              f"{_short(trial.spec)}")  # fmt: skip
    print(order[0].spec.model_dump_json(exclude={"source"}))


def _bare_chain(name: str) -> Chain:
    detector = load_detector(name)
    start = ReconstructionSpec(
        layer=ClueSpec(dc_mm=1, rhoc_mev=1),
        link=LinkSpec(dc_mm=1, rhoc_mev=1),
        min_energy_mev=0,
        source="to be tuned",
    )
    bare = detector.model_copy(update={"reconstruction": start})
    return make_chain(DiphotonRequest(detector=bare))


def _direct(options: argparse.Namespace, rows: slice, chain: Chain) -> Samples:
    singles = read_readout_events(options.singles)[rows]
    half = len(singles) // 2
    first, second = singles[:half], singles[half : 2 * half]
    second = second[in_line(first, second, chain.readout)]
    together = overlay_cells(first, second, chain.readout, np.zeros(half))
    pairs = ReadoutEvents.concatenate([read_readout_events(path) for path in options.pairs])
    return Samples(*(_sample([chain.read_out(e)], chain) for e in (singles, together, pairs)))


def _through_mesh(options: argparse.Namespace, rows: slice, chain: Chain) -> Samples:
    showers = read_singles(options.singles, chain.readout.detector).showers[rows]
    first, second = deal([showers], 1)[0]
    # Each pair at as many places in a cell as there are bins.
    pair = np.repeat(np.arange(len(first)), chain.bins)
    vertices = single_vertices(len(pair), chain.readout.pitch_mm, chain.rng(8))
    together = overlay(first, second, chain.readout, np.zeros(len(pair)), vertices, pair=pair)
    return Samples(
        _sample(list(single_events(showers, chain)), chain),
        _sample([chain.read_out(together)], chain),
        _sample(list(pair_events(first, second, chain)[1]), chain),
    )


def _sample(parts: list[ReadoutEvents], chain: Chain) -> Sample:
    events = ReadoutEvents.concatenate(parts)
    return Sample(cells_of(events, chain.readout), events.total)


def _trials(samples: Samples, chain: Chain) -> Iterator[Trial]:
    name = chain.readout.detector.name
    cell = chain.readout.pitch_mm[1]
    photon = float(np.median(samples.singles.visible))
    for dc, rhoc, factor in itertools.product(DC_CELLS, RHOC_MEV[name], OUTLIER_FACTORS):
        layer = ClueSpec(dc_mm=_round(dc * cell), rhoc_mev=rhoc, outlier_delta_factor=factor)
        start = chain.reconstruction.model_copy(update={"layer": layer})
        flat = [layer_clusters(sample.cells, start) for sample in samples]
        for link_dc, fraction, layers in itertools.product(
            LINK_DC_CELLS, LINK_RHOC_FRACTION, LINK_LAYERS[name]
        ):
            link = LinkSpec(
                dc_mm=_round(link_dc * cell),
                rhoc_mev=_round(fraction * photon),
                outlier_delta_factor=3.0,
                layers=layers,
            )
            everything = start.model_copy(update={"link": link})
            reconstructed = [join(one, everything) for one in flat]
            for least in MIN_ENERGY_FRACTION:
                threshold = _round(least * photon)
                spec = everything.model_copy(update={"min_energy_mev": threshold})
                counts, outside = [], []
                for photons, sample in zip(reconstructed, samples, strict=True):
                    kept = photons.energy >= threshold
                    counts.append(np.bincount(photons.event[kept], minlength=sample.cells.n_events))
                    outside.append(1 - photons.energy[kept].sum() / sample.visible.sum())
                alone, together, apart = counts
                split = max(np.mean(alone > 1), np.mean(together > 1))
                yield Trial(spec, float(np.mean(apart == 2)), float(split), float(np.mean(outside)))


def _round(value: float) -> float:
    return float(f"{value:.2g}")


def _short(spec: ReconstructionSpec) -> str:
    layer, link = spec.layer, spec.link
    return (
        f"layer {layer.dc_mm:g} {layer.rhoc_mev:g} {layer.outlier_delta_factor:g}  link {link.dc_mm:g} "
        f"{link.rhoc_mev:g} {link.layers}  least {spec.min_energy_mev:g}"
    )


if __name__ == "__main__":
    main()
