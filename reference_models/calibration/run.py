"""Calibrates weights on training showers: makes showers with Geant4's own marginals, and measures them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calobench._util.parallel import in_order
from calobench.detectors import DetectorSpec
from calobench.showers import Conditions
from reference_models.calibration.fit import (
    coherence,
    fit_noise,
    fit_spread,
    radial_correlation,
)
from reference_models.calibration.map_fit import MapFit, composed, nearest_node
from reference_models.calibration.tables import Calibration, identity, refined
from reference_models.edm_model import EdmModel
from reference_models.marginals.sums import Sums, sums_of
from reference_models.training.dataset import Sample, conditions_of

__all__ = ["calibrate", "evenly"]

Make = Callable[[Calibration], EdmModel]
"""The model with a calibration instead of its own; called in several threads at once."""
Report = Callable[[str, str], None]
"""``(detector, what was measured)``."""

_MAP_ROUNDS = 3
_STEP_MEV = 1e4


def calibrate(
    make: Make,
    samples: Sequence[tuple[DetectorSpec, Sample]],
    start: Calibration,
    report: Report,
    showers: int = 500,
    noise_showers: int = 500,
    rounds: int = 3,
    seed: int = 1,
    workers: int = 1,
) -> Calibration:
    """Calibration of a model for the detectors of some samples; other slots stay as in ``start``.

    First the correlations of the noise, from some of the showers; then, from all of them, the map of cells,
    and with both the spread in rings; then the map again, on finished showers. Without
    rounds the noise of ``start`` stays, and showers are made once.

    Args:
        make: the model with a given calibration.
        samples: each detector with Geant4 showers.
        start: what other slots keep, and the noise where there are no rounds.
        report: is told the results, detector by detector.
        showers: of each detector that are made again, at most. Their own fluctuations remain in the maps:
            a network on the cells can tell by them that the maps are of few showers.
        noise_showers: those that the noise is measured with, evenly spread in energy; at most ``showers``.
        rounds: how often they are made to get the noise right; may be 0.
        seed: of all that is drawn.
        workers: threads, each with a detector of its own; the result is the same with any number of them.
    """
    start = refined(start)
    tables = Calibration(**{name: table.copy() for name, table in vars(start).items()})

    def calibrated(one: tuple[DetectorSpec, Sample]) -> tuple[Calibration, str]:
        detector, sample = one
        energy = conditions_of(sample).energy
        # A map is of the energies near its node. Noise is the same at all energies: it shall be right for
        # energies that are evenly spread, as those of the references are.
        of_noise, of_cells = (
            _Measured(make, detector, sample, evenly(kind, count, seed), seed)
            for kind, count in (
                (energy // _STEP_MEV, min(noise_showers, showers)),
                (nearest_node(energy), showers),
            )
        )
        return _calibrate_detector(of_noise, of_cells, start, rounds)

    of_detectors = in_order(calibrated, samples, workers)
    for (detector, sample), (trial, result) in zip(samples, of_detectors, strict=True):
        for name, table in vars(tables).items():
            table[sample.slot] = getattr(trial, name)[sample.slot]
        report(detector.name, result)
    return tables


def evenly(kind: NDArray[Any], showers: int, seed: int) -> NDArray[np.int64]:
    """Rows of showers, as many of each kind as there are, (at most ``showers``,).

    Args:
        kind: of each shower, (N,).
        showers: how many are chosen.
        seed: of the choice.
    """
    shuffled = np.random.default_rng(seed).permutation(len(kind))
    # The first of each kind, then the second of each, and so on.
    turn = np.empty(len(kind), np.int64)
    for one in np.unique(kind):
        rows = shuffled[kind[shuffled] == one]
        turn[rows] = np.arange(len(rows))
    order: NDArray[np.int64] = shuffled[np.argsort(turn[shuffled], kind="stable")]
    return np.sort(order[:showers])


class _Measured:
    """Showers of a model given the marginals of Geant4's.

    Args:
        make: see :func:`calibrate`.
        detector: the detector.
        sample: its Geant4 showers.
        chosen: those whose marginals are given.
        seed: of the noise, always the same.
    """

    def __init__(
        self,
        make: Make,
        detector: DetectorSpec,
        sample: Sample,
        chosen: NDArray[np.int64],
        seed: int,
    ) -> None:
        self._make, self._seed, self.detector = make, seed, detector
        self.slot = sample.slot
        self.cells = sample.showers.numpy()[chosen]
        given = conditions_of(sample)
        self.conditions = Conditions(*(c[chosen] for c in (given.energy, given.theta, given.phi)))
        self.sums: Sums = sums_of(self.cells)
        self.fit_map = MapFit(self.cells, self.conditions.energy)
        _, self.n_r, _, self.n_z = self.cells.shape

    def blank(self) -> Calibration:
        """Without any calibration; no cell is cut off."""
        return identity(self.n_r, self.n_z, cut_mev=1e-6)

    def token(self) -> int:
        """Layers of a token of the network."""
        return self._make(self.blank()).finished.network.config.patch[2]

    def raw(self, calibration: Calibration) -> NDArray[np.float32]:
        """Cells, scaled to their sums, before they are corrected."""
        seed, model = np.random.SeedSequence(self._seed), self._make(calibration)
        return model.shapes(self.conditions, self.sums, self.detector, seed)

    def finished(self, calibration: Calibration, raw: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cells corrected and scaled to the sums."""
        return self._make(calibration).corrected(raw, self.conditions, self.sums, self.detector)


def _calibrate_detector(
    few: _Measured, many: _Measured, start: Calibration, rounds: int
) -> tuple[Calibration, str]:
    """Tables of which the detector's slot is calibrated, and what was measured.

    Args:
        few: showers with which the noise is measured.
        many: showers with which cells are.
        start: has the noise, if there are no rounds.
        rounds: see :func:`calibrate`.
    """
    token, slot, trial = few.token(), few.slot, few.blank()
    trial.noise[slot], trial.ring_noise[slot] = start.noise[slot], start.ring_noise[slot]
    rings, weight = radial_correlation(few.cells)

    def seen(cells: NDArray[np.float32]) -> NDArray[np.float64]:
        return np.concatenate(
            [coherence(cells, token), radial_correlation(cells, weight)[0].ravel()]
        )

    def use(correlations: NDArray[np.float64]) -> None:
        trial.noise[slot] = correlations[:2]
        trial.ring_noise[slot] = correlations[2:].reshape(rings.shape)

    def measure(correlations: NDArray[np.float64]) -> NDArray[np.float64]:
        use(correlations)
        # What cells go through makes layers a little more coherent.
        return seen(_fit_cells(few, trial))

    if rounds > 0:
        use(fit_noise(measure, seen(few.cells), rounds))
    cells = _fit_cells(many, trial)
    made, asked = (seen(c) for c in (cells, many.cells))
    filled, filled_asked = ((c > 0).mean() for c in (cells, many.cells))
    measured = f"{len(few.cells)} for the noise" if rounds > 0 else "the noise as before"
    return trial, (
        f"{len(cells)} showers, {measured}; noise {trial.noise[slot, 0]:.3f} in tokens, "
        f"{trial.noise[slot, 1]:.3f} across, {trial.ring_noise[slot].mean():.3f} between rings; coherence "
        f"{made[0]:.3f}, {made[1]:.3f} (Geant4 {asked[0]:.3f}, {asked[1]:.3f}), of rings "
        f"{made[2:].mean():.3f} ({asked[2:].mean():.3f}); cells filled {filled:.4f} ({filled_asked:.4f}); "
        f"power of ring 0 at 30 GeV {trial.spread[slot, 0, 0]:.3f}"
    )


def _fit_cells(measured: _Measured, trial: Calibration) -> NDArray[np.float32]:
    """Fit the map of cells and the spread to showers with the noise of ``trial``; returns them finished."""
    slot, energy = measured.slot, measured.conditions.energy
    raw = measured.raw(trial)
    trial.empty_below[slot], trial.cell_map[slot] = measured.fit_map(raw)
    trial.spread[slot] = measured.blank().spread[slot]
    cells = measured.finished(trial, raw)
    trial.spread[slot] = fit_spread(cells, measured.cells, energy)
    for _ in range(_MAP_ROUNDS):
        # Spreading, and scaling to the sums, have moved what the map had put right.
        _, again = measured.fit_map(measured.finished(trial, raw))
        trial.cell_map[slot] = composed(trial.cell_map[slot], again)
    return measured.finished(trial, raw)
