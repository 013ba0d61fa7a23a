"""Tasks that ``evaluate.py`` measures, each in a process of its own."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import plain_numpy

from calobench._util.parallel import in_order
from calobench.detectors import DetectorSpec, load_detector
from calobench.evaluation.univariate import Values, all_scores, evaluate
from calobench.evaluation.univariate.evaluate import samples_of
from calobench.harness.observing import observe
from calobench.io.readers.lemurs import LemursFile
from calobench.io.writers.lemurs import LemursWriter
from calobench.observables import FeatureTable, Observable, all_observables, compute_features
from calobench.showers import Conditions, Showers
from calobench.simulate.scoring import round_mantissa
from calobench.stats.weights import as_they_are

__all__ = ["TASKS", "Measured"]

Measured = dict[str, float]

CHUNK = 250
PLAIN_CHUNK = 1000
PLAIN_REPLICAS = 3
# Bootstrap, null and permutations.
KINDS_OF_REPLICAS = 3


@contextmanager
def timed(times: Measured, name: str) -> Iterator[None]:
    """Note wall time, processor time and peak memory so far of a block."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    times[f"{name}_wall_s"] = time.perf_counter() - wall
    times[f"{name}_cpu_s"] = time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times[f"{name}_peak_mb"] = peak * (1 if sys.platform == "darwin" else 1024) / 1e6


def make(target: str, sources: list[str], showers: int, seed: int) -> Measured:
    """Write showers drawn from real ones, turned, mirrored and scaled, as ``simulate`` would.

    Turned in azimuth by whole sectors, or mirrored, a shower is a shower as good; energy and
    incident energy are scaled together by up to 2 %. Mantissas are rounded as in any sample
    that calobench makes, so that the file compresses as those do.
    """
    detector, real = _read_sources([Path(source) for source in sources])
    rng = np.random.default_rng(seed)
    sectors = np.arange(detector.mesh_geometry.n_phi)
    low, high = detector.energy_range_mev
    with LemursWriter(target, detector=detector.name, mesh=detector.mesh_geometry) as writer:
        for first in range(0, showers, CHUNK):
            n = min(CHUNK, showers - first)
            drawn = real[rng.integers(len(real), size=n)]
            turn, hand = rng.integers(len(sectors), size=(n, 1)), rng.choice([-1, 1], size=(n, 1))
            order = (hand * sectors + turn) % len(sectors)
            energy = np.take_along_axis(drawn.energy, order[:, None, :, None], axis=2)
            given = drawn.conditions
            incident = np.clip(given.energy * rng.uniform(0.98, 1.02, n), low, high)
            scale = (incident / given.energy).astype(np.float32)
            cells = round_mantissa(energy * scale[:, None, None, None])
            writer.append(Showers(cells, Conditions(incident, given.theta, given.phi)))
    return {"file_mb": Path(target).stat().st_size / 1e6}


def read_hdf5(files: list[str]) -> Measured:
    """Read with h5py alone, 1,000 showers at a time."""
    times: Measured = {}
    with timed(times, "read"):
        for path in files:
            with h5py.File(path) as file:
                rows = file["showers"]
                for first in range(0, len(rows), PLAIN_CHUNK):
                    rows[first : first + PLAIN_CHUNK]
    return times


def read(files: list[str]) -> Measured:
    """Read and check the values, as calobench does."""
    times: Measured = {}
    detector = _detector(files[0])
    with timed(times, "read"):
        for path in files:
            with LemursFile(path, detector.mesh_geometry.shape) as file:
                for _ in file.chunks(CHUNK):
                    pass
    return times


def score(files: list[str], replicas: int, seed: int) -> Measured:
    """Read, all observables, 1-D scores, and then these with errors, nulls and p-values."""
    times: Measured = {"observables": len(all_observables())}
    detector = _detector(files[0])
    with timed(times, "observables"):
        reference, model = (_observe(path, detector) for path in files)
    once = as_they_are(len(reference), len(model))

    def values(observable: Observable) -> list[Values]:
        samples = samples_of(reference, model, detector, observable)
        return [function(samples, once) for function in all_scores()]

    with timed(times, "scores"):
        for _ in in_order(values, all_observables()):
            pass
    with timed(times, "replicas"):
        evaluate(
            reference,
            model,
            detector,
            all_observables(),
            paired=False,
            seed=np.random.SeedSequence(seed),
            bootstrap_replicas=replicas,
            permuted=replicas,
            level=0.0025,
        )
    return times


def plain(files: list[str], showers: int, replicas: int, seed: int) -> Measured:
    """The same without calobench's engine, on some showers of each file, in one thread.

    Times are scaled to all showers and replicas. Scores are those of the numbers alone, without the
    profiles, and only chi-square and W1.

    Raises:
        RuntimeError: its results are not calobench's.
    """
    times: Measured = {}
    detector = _detector(files[0])
    samples = []
    for path in files:
        with LemursFile(path, detector.mesh_geometry.shape) as file:
            total = len(file)
            samples.append(next(file.chunks(min(showers, total), workers=1)))
    with timed(times, "observables"):
        reference, model = (plain_numpy.features(sample, detector) for sample in samples)
    names = [observable.name for observable in all_observables() if observable.axis is None]
    with timed(times, "scores"):
        for name in names:
            plain_numpy.scores(reference[name], model[name])
    with timed(times, "replicas"):
        rng = np.random.default_rng(seed)
        for name in names:
            plain_numpy.replicas(reference[name], model[name], PLAIN_REPLICAS, rng)
    by_calobench = compute_features(samples[0], detector, all_observables())
    times["largest_difference"] = plain_numpy.require_same(by_calobench, (reference, model))
    scale = total / len(samples[0])
    for name in ("observables", "scores", "replicas"):
        per = KINDS_OF_REPLICAS * replicas / PLAIN_REPLICAS if name == "replicas" else 1
        for clock in ("wall", "cpu"):
            times[f"{name}_{clock}_s"] *= scale * per
    return times


def whole_run(files: list[str], replicas: int, out: str) -> Measured:
    """``calobench run``, with everything else that it does and the report."""
    from calobench.harness.run import RunRequest, run

    times: Measured = {}
    reference, model = files
    with timed(times, "run"):
        outcome = run(
            RunRequest(
                model=model,
                detector=_detector(reference),
                out=Path(out),
                reference=Path(reference),
                replicas=replicas,
                force=True,
            )
        )
    for stage in outcome.results.stages:
        times[f"stage {stage.name}"] = stage.wall_s
    return times


TASKS: dict[str, Callable[..., Measured]] = {
    task.__name__: task for task in (make, read_hdf5, read, score, plain, whole_run)
}


def _detector(path: str) -> DetectorSpec:
    with LemursFile(path) as file:
        return load_detector(file.detector or "")


def _read_sources(paths: list[Path]) -> tuple[DetectorSpec, Showers]:
    samples = []
    for path in paths:
        with LemursFile(path) as file:
            samples.append(file.read())
    conditions = Conditions(
        *(
            np.concatenate([getattr(sample.conditions, name) for sample in samples])
            for name in ("energy", "theta", "phi")
        )
    )
    cells = np.concatenate([sample.energy for sample in samples])
    return _detector(str(paths[0])), Showers(cells, conditions)


def _observe(path: str, detector: DetectorSpec) -> FeatureTable:
    with LemursFile(path, detector.mesh_geometry.shape) as file:
        return observe(
            file.chunks(CHUNK),
            len(file),
            detector,
            all_observables(),
            look=lambda _: None,
            advance=lambda _=1, /: None,
        ).table
