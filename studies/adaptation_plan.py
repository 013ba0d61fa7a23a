"""Trainings of the study of adaptation, most important first, and the configuration of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from reference_models.training.config import MarginalsConfig, OptimizerConfig, TrainConfig

__all__ = [
    "FULL",
    "MINIATURE",
    "SINGLE",
    "SOURCES",
    "TARGET",
    "Job",
    "Sizes",
    "config_of",
    "plan",
]

DATA = Path(__file__).resolve().parents[1] / "data_specs" / "training"
SOURCES = ("Par04SiW", "Par04SciPb", "ODD", "FCCeeCLD")
"""Detectors of the pre-training."""
TARGET = "FCCeeALLEGRO"
"""The detector that pre-training has never seen."""
SINGLE = "Par04SiW"
"""The detector that is also trained alone."""

Part = Literal["shape", "marginals", "chain"]
Kind = Literal["pretrain", "single", "adapt", "scratch"]

_PATCH, _OFFSET_MEV = (1, 16, 3), 0.005


@dataclass(frozen=True)
class Job:
    """One training, or the whole chain of two trainings.

    Attributes:
        part: ``shape``: of the shape network, judged with Geant4's own marginals; ``marginals``: of their
            model, not judged by itself; ``chain``: no training, showers of both together.
        kind: ``pretrain`` and ``single`` are judged on :data:`SINGLE`, the others on :data:`TARGET`.
        showers: of the target that are trained on, held-out ones among them; None: all.
        steps: of the training; of a chain: of its shape network.
        seed: of everything.
        needs: names of jobs whose weights are needed.
    """

    part: Part
    kind: Kind
    showers: int | None
    steps: int
    seed: int
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Unique, as a name of files."""
        showers = self.showers or "all"
        return f"{self.part}-{self.kind}-{showers}-{self.steps}-seed{self.seed}"

    @property
    def judged_on(self) -> str:
        """Detector whose showers judge it."""
        return SINGLE if self.kind in ("pretrain", "single") else TARGET


@dataclass(frozen=True)
class Sizes:
    """Numbers of the plan.

    Attributes:
        seeds: every training is done with each.
        pretrain: steps of pre-training, and of the training on one detector.
        adapt: numbers of steps of the adaptations.
        scratch: numbers of steps of the trainings from nothing.
        showers: of the target, None for all.
        few: a number of showers so small that all there are is ten times as many.
        batch: showers per step.
        marginals: steps of the marginals: pre-training, adaptation, from nothing.
        marginals_batch: showers per step of the marginals.
        generated: showers that judge a point, at most.
        evaluations: of the network for one shower.
        entries: held-out losses of a training; the average with the smallest one is its result.
        at_most: showers of each detector where "all" are trained on; None: really all.
    """

    seeds: tuple[int, ...]
    pretrain: int
    adapt: tuple[int, ...]
    scratch: tuple[int, ...]
    showers: tuple[int | None, ...]
    few: int
    batch: int
    marginals: tuple[int, int, int]
    marginals_batch: int
    generated: int
    evaluations: int = 25
    entries: int = 10
    at_most: int | None = None


FULL = Sizes(
    seeds=(1, 2, 3), pretrain=8000, adapt=(60, 200, 600, 2000), scratch=(200, 600, 2000, 6000),
    showers=(1000, None), few=200, batch=32, marginals=(2500, 600, 1500), marginals_batch=200,
    generated=1000,
)  # fmt: skip
MINIATURE = Sizes(
    seeds=(1,), pretrain=6, adapt=(2, 4), scratch=(4, 6), showers=(40, None), few=20, batch=8,
    marginals=(4, 2, 4), marginals_batch=40, generated=60, evaluations=3, entries=1,
    at_most=60,
)  # fmt: skip
"""To try whether everything runs: its numbers mean nothing."""


def plan(sizes: Sizes) -> list[Job]:
    """All jobs, most important first; those of all seeds stand together."""
    seeds, longest = sizes.seeds, (sizes.adapt[-1], sizes.scratch[-1])
    jobs = [_pretraining("shape", sizes.pretrain, seed) for seed in seeds]
    jobs += [_pretraining("marginals", sizes.marginals[0], seed) for seed in seeds]
    for steps in reversed(sizes.adapt):
        jobs += [_adapted(sizes, "shape", n, steps, k) for n in sizes.showers for k in seeds]
    for steps in reversed(sizes.scratch[:-1]):
        jobs += [_scratch("shape", n, steps, k) for n in sizes.showers for k in seeds]
    for k in seeds:
        jobs += [_scratch("shape", n, longest[1], k) for n in sizes.showers]
        jobs.append(Job("shape", "single", None, sizes.pretrain, k))
    for steps in reversed(sizes.adapt[1:]):
        jobs += [_adapted(sizes, "shape", sizes.few, steps, k) for k in seeds]
    jobs += [_scratch("shape", sizes.few, sizes.scratch[-2], k) for k in seeds]
    for n in sizes.showers:
        jobs += [_adapted(sizes, "marginals", n, sizes.marginals[1], k) for k in seeds]
        jobs += [_scratch("marginals", n, sizes.marginals[2], k) for k in seeds]
    for n in sizes.showers:
        for k in seeds:
            jobs += _chains(sizes, n, k)
    return jobs


def _pretraining(part: Part, steps: int, seed: int) -> Job:
    return Job(part, "pretrain", None, steps, seed)


def _scratch(part: Part, showers: int | None, steps: int, seed: int) -> Job:
    return Job(part, "scratch", showers, steps, seed)


def _adapted(sizes: Sizes, part: Part, showers: int | None, steps: int, seed: int) -> Job:
    before = sizes.pretrain if part == "shape" else sizes.marginals[0]
    return Job(part, "adapt", showers, steps, seed, (_pretraining(part, before, seed).name,))


def _chains(sizes: Sizes, showers: int | None, seed: int) -> Iterator[Job]:
    """Both networks adapted, and both from nothing, each with its longest training."""
    shape = _adapted(sizes, "shape", showers, sizes.adapt[-1], seed)
    marginals = _adapted(sizes, "marginals", showers, sizes.marginals[1], seed)
    yield Job("chain", "adapt", showers, shape.steps, seed, (shape.name, marginals.name))
    shape = _scratch("shape", showers, sizes.scratch[-1], seed)
    marginals = _scratch("marginals", showers, sizes.marginals[2], seed)
    yield Job("chain", "scratch", showers, shape.steps, seed, (shape.name, marginals.name))


def config_of(
    job: Job, folder: Path, sizes: Sizes, *, on_gpu: bool
) -> TrainConfig | MarginalsConfig:
    """The configuration of a training, as ``python -m reference_models`` would read it.

    Args:
        job: the training.
        folder: of all weights and checkpoints.
        sizes: of the plan.
        on_gpu: whether the shape network is trained on a GPU, in bf16.
    """
    shared: dict[str, Any] = {
        "data_dir": DATA,
        "files": {name: (f"{name}_train*.h5",) for name in _detectors(job)},
        "validation_fraction": 0.1,
        "max_showers": job.showers or sizes.at_most,
        "output": folder / "runs" / job.name,
        "weights": folder / "weights" / f"{job.name}.safetensors",
        "start": folder / "weights" / f"{job.needs[0]}.safetensors" if job.needs else None,
    }
    if job.part == "marginals":
        optimizer = _optimizer(job, sizes.marginals_batch, sizes.entries, None)
        return MarginalsConfig(
            kind="marginals", width=256, blocks=3, dropout=0.1, optimizer=optimizer, **shared
        )
    return TrainConfig(
        kind="train",
        patch=_PATCH,
        offset_mev=_OFFSET_MEV,
        # Named on the card only: the shape network is told the marginals of Geant4.
        marginals=folder / "weights" / "marginals.safetensors",
        optimizer=_optimizer(job, sizes.batch, sizes.entries, "bf16" if on_gpu else None),
        **shared,
    )


def _detectors(job: Job) -> tuple[str, ...]:
    if job.kind == "pretrain":
        return SOURCES
    return (job.judged_on,)


def _optimizer(
    job: Job, batch: int, entries: int, precision: Literal["bf16"] | None
) -> OptimizerConfig:
    """Rates and schedules of ``configs/train.yaml`` from nothing, of ``configs/adapt.yaml`` from weights."""
    adapted, steps = job.kind == "adapt", job.steps
    return OptimizerConfig(
        steps=steps,
        batch_size=batch,
        rate=3e-4 if adapted else 1e-3,
        warm_up=max(1, steps // 40),
        decay=round((0.75 if adapted else 0.45) * steps),
        ema_decay=min(0.9995, max(0.9, 1 - 10 / steps)),
        seed=job.seed,
        threads=1,
        curve_every=max(1, steps // entries),
        precision=precision,
        patience=entries,
    )
