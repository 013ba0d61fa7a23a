"""Configuration files of training and distillation (YAML, checked on reading)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["DistillConfig", "OptimizerConfig", "TrainConfig", "read_config"]


_Config = TypeVar("_Config", "TrainConfig", "DistillConfig")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptimizerConfig(_Strict):
    """Learning rate, batch and length of a run."""

    steps: int = Field(gt=0)
    batch_size: int = Field(gt=0, description="a multiple of the number of detectors")
    rate: float = Field(gt=0)
    warm_up: int = Field(ge=0)
    decay: int = Field(ge=0, description="steps of the final cosine decay")
    ema_decay: float = Field(ge=0, lt=1)
    seed: int
    threads: int = Field(default=2, gt=0)


class _DataConfig(_Strict):
    data_dir: Path
    files: dict[str, list[str]] = Field(description="detector: training files (globs)")
    validation_fraction: float = Field(gt=0, lt=1)
    output: Path = Field(description="folder of checkpoints and finished weights")
    optimizer: OptimizerConfig


class TrainConfig(_DataConfig):
    """A training run from scratch."""

    kind: Literal["train"]
    patch: tuple[int, int, int]
    offset_mev: float = Field(gt=0)


class DistillConfig(_DataConfig):
    """Consistency distillation of a finished model."""

    kind: Literal["distill"]
    teacher: Path = Field(description="safetensors file of the teacher")
    intervals: int = Field(gt=1, description="sub-intervals of the noise range")
    target_decay: float = Field(ge=0, lt=1, description="moving average of the target network")


def read_config(path: Path, kind: type[_Config]) -> _Config:
    """Read and check a configuration; pydantic names the wrong key."""
    return kind.model_validate(yaml.safe_load(path.read_text()))
