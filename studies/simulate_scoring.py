"""Measures what Geant4's filters in front of Python save, and what they lose.

For every detector one process without any scoring, one that calls Python in every step of the active layers,
and one with calobench's own scoring shoot the same photons in turn, several times. The least CPU time of each
photon counts, so that whatever else the machine does is left out.

    python studies/simulate_scoring.py --geant4-data DIR --events 5 --repeats 6
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import time
from array import array
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from calobench.detectors import load_detector
from calobench.showers.scoring import score
from calobench.simulate import engine, make_beam
from calobench.simulate.geant4_data import geant4_environment
from calobench.simulate.scoring import round_mantissa, stack_azimuth

VARIANTS = ("none", "every", "filtered")
THRESHOLDS_MEV = (0.001, 0.005, 0.1, 1.0)


class EveryStep:
    """Calls Python in every step; see :class:`calobench.simulate.sensitive.ActiveLayers`."""

    max_photon_mev = None

    def __init__(self, volumes: Sequence[Any], steps: array[float]) -> None:
        import geant4_pybind as g4

        class Detector(g4.G4VSensitiveDetector):
            def ProcessHits(self, step: Any, _history: Any) -> bool:  # noqa: N802
                energy = step.GetTotalEnergyDeposit()
                if energy > 0:
                    position = step.GetPreStepPoint().GetPosition()
                    steps.extend((energy, position.x, position.y, position.z))
                return True

        self.detector = Detector("active")
        for volume in volumes:
            volume.SetSensitiveDetector(self.detector)


class Shot(NamedTuple):
    """One photon: CPU time, s; number of deposits; their sum, MeV; cells above each threshold."""

    seconds: float
    deposits: int
    total: float
    cells: list[int]
    shower: np.ndarray


def work(variant: str, detector: str, energy: str, seed: int, pipe: Connection) -> None:
    """Shoot whatever number the pipe says, until it says None."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    os.dup2(descriptor, 1)
    spec = load_detector(detector)
    if variant == "every":
        vars(engine)["ActiveLayers"] = EveryStep
    geant4 = engine.Engine(spec, sensitive=variant != "none")
    beam = make_beam(spec, energy)
    while (number := pipe.recv()) is not None:
        event = beam.draw(seed, 0, number)
        azimuth = stack_azimuth(spec, event.phi)
        photons = event.photons(azimuth)
        start = time.process_time()
        deposits = geant4.shoot(photons, event.seed)
        seconds = time.process_time() - start
        shower = round_mantissa(
            score(deposits.positions, deposits.energies, event.theta, azimuth, spec.mesh_geometry)
        )
        cells = [int((shower > threshold).sum()) for threshold in THRESHOLDS_MEV]
        pipe.send(
            Shot(seconds, len(deposits.energies), float(deposits.energies.sum()), cells, shower)
        )
    os._exit(0)  # Geant4's destructors crash when Python takes its objects apart


def measure(
    detector: str, energy: str, events: int, repeats: int, seed: int
) -> dict[str, list[Shot]]:
    """The quickest shot of every event and variant; the order of the variants turns."""
    context = multiprocessing.get_context("spawn")
    pipes = {}
    for variant in VARIANTS:
        pipes[variant], far = context.Pipe()
        arguments = (variant, detector, energy, seed, far)
        context.Process(target=work, args=arguments, daemon=True).start()
    best: dict[tuple[str, int], Shot] = {}
    for turn in range(repeats):
        for event in range(events):
            for k in range(len(VARIANTS)):
                variant = VARIANTS[(turn + event + k) % len(VARIANTS)]
                pipes[variant].send(event)
                shot = pipes[variant].recv()
                known = best.get((variant, event), shot)
                best[variant, event] = min(shot, known, key=lambda shot: shot.seconds)
    for pipe in pipes.values():
        pipe.send(None)
    return {variant: [best[variant, event] for event in range(events)] for variant in VARIANTS}


def ratio(above: np.ndarray, below: np.ndarray, rng: np.random.Generator) -> tuple[float, float]:
    """Ratio of sums of paired values and its bootstrap error."""
    pick = rng.integers(0, len(above), (2000, len(above)))
    return above.sum() / below.sum(), float(
        (above[pick].sum(axis=1) / below[pick].sum(axis=1)).std()
    )


def summarise(detector: str, energy: str, shots: dict[str, list[Shot]]) -> dict[str, Any]:
    """The output, one JSON object for each detector."""
    rng = np.random.default_rng(1)
    seconds = {variant: np.array([s.seconds for s in shots[variant]]) for variant in VARIANTS}
    every, filtered = shots["every"], shots["filtered"]
    total = sum(s.total for s in every)
    changed = [int((a.shower != b.shower).sum()) for a, b in zip(every, filtered, strict=True)]
    filled = [
        int(((a.shower > 0) | (b.shower > 0)).sum()) for a, b in zip(every, filtered, strict=True)
    ]
    names = [f"cells above {1e3 * threshold:g} keV" for threshold in THRESHOLDS_MEV]
    return {
        "detector": detector,
        "energy_gev": energy,
        "events": len(every),
        "seconds": {variant: float(seconds[variant].mean()) for variant in VARIANTS},
        "time filtered / every": ratio(seconds["filtered"], seconds["every"], rng),
        "time none / every": ratio(seconds["none"], seconds["every"], rng),
        "deposits every, filtered": [sum(s.deposits for s in shots[v]) for v in VARIANTS[1:]],
        "energy left out": (total - sum(s.total for s in filtered)) / total,
        "cells that differ": sum(changed) / sum(filled),
        **{
            name: [float(np.mean([s.cells[k] for s in shots[v]])) for v in VARIANTS[1:]]
            for k, name in enumerate(names)
        },
    }


def main() -> None:
    """Print one line for each detector."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--geant4-data", type=Path, default=None)
    parser.add_argument("--detectors", default="ALLEGRO,CLD")
    parser.add_argument("--energy", default="50", help="GeV, LOW:HIGH or one value")
    parser.add_argument("--events", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.update(geant4_environment(options.geant4_data, os.environ))
    for detector in options.detectors.split(","):
        shots = measure(detector, options.energy, options.events, options.repeats, options.seed)
        print(json.dumps(summarise(detector, options.energy, shots)), flush=True)


if __name__ == "__main__":
    main()
