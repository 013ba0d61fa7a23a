"""Configuration files of trainings and distillation (YAML, checked on reading)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from calobench._util.settings import Settings, one_of
from calobench._util.validation import describe_validation_error
from calobench._util.yaml_file import read_yaml
from calobench.errors import SpecError

__all__ = [
    "AdaptConfig",
    "CalibrateConfig",
    "Config",
    "DistillConfig",
    "MarginalsConfig",
    "OptimizerConfig",
    "ProgressiveConfig",
    "TrainConfig",
    "parse_config",
    "read_calibrate_config",
    "read_config",
]


_Path = Annotated[Path, Field(strict=False)]


class OptimizerConfig(Settings):
    """Learning rate, batch and length of a run."""

    steps: int = Field(gt=0)
    batch_size: int = Field(gt=0, description="a multiple of the number of detectors")
    rate: float = Field(gt=0)
    warm_up: int = Field(ge=0)
    decay: int = Field(ge=0, description="steps of the final cosine decay")
    ema_decay: float = Field(ge=0, lt=1)
    seed: int
    threads: int = Field(default=2, gt=0)
    checkpoint_every_s: float = Field(default=60, ge=0)
    curve_every: int = Field(default=200, gt=0, description="steps between held-out losses")
    precision: Literal["bf16"] | None = Field(
        default=None, description="of the network in training; float32 where none is given"
    )
    compiled: Literal[True] | None = Field(
        default=None,
        description="fuse operations of the network (torch.compile) where a step of 'train' is captured on a "
        "GPU: half a minute at first, then half as many again steps per second",
    )
    patience: int | None = Field(
        default=None,
        gt=0,
        description="entries without a smaller held-out loss after which training ends with the best",
    )


_Files = dict[str, tuple[str, ...]]


# A key that is added later has None as its default, so that checkpoints from before stay resumable.
class _RunConfig(Settings):
    data_dir: _Path
    files: _Files = Field(
        description="detector, by name or YAML: training files (globs)", min_length=1
    )
    test: _Files | None = Field(
        default=None,
        description="the same of files that judge the result: none of their showers may be trained on",
    )
    validation_fraction: float = Field(gt=0, lt=1)
    max_showers: int | None = Field(
        default=None,
        gt=1,
        description="of each detector, held-out ones among them: drawn at random by optimizer.seed",
    )
    output: _Path = Field(description="folder of checkpoints")
    weights: _Path = Field(description="the finished safetensors file; the card goes beside it")
    optimizer: OptimizerConfig


class _StartConfig(_RunConfig):
    start: _Path | None = Field(
        default=None,
        description="weights to start from. The tables of their detectors stay, those of others are fitted",
    )
    replaces: tuple[str, ...] | None = Field(
        default=None, description="detectors of 'start' whose one-hot slots others take"
    )
    untrained: bool | None = Field(
        default=None, description="take only the architecture of 'start'"
    )


class MarginalsConfig(_StartConfig):
    """Training of the model of the marginals."""

    kind: Literal["marginals"]
    width: int = Field(gt=0)
    blocks: int = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    teacher: _Path | None = Field(
        default=None, description="a denoiser of marginals, whose draws this network shall make"
    )
    evaluations: int | None = Field(
        default=None, gt=0, description="of this network in a draw, where it has a teacher"
    )

    @model_validator(mode="after")
    def _of_student(self) -> Self:
        if (self.teacher is None) != (self.evaluations is None):
            raise ValueError("a student has both 'teacher' and 'evaluations'; give both or neither")
        return self


class TrainConfig(_StartConfig):
    """Training of the shape network, given the marginals."""

    kind: Literal["train"]
    patch: tuple[int, int, int]
    offset_mev: float = Field(gt=0)
    marginals: _Path = Field(description="safetensors file of the marginals, beside 'weights'")


class AdaptConfig(_RunConfig):
    """Training of both networks on new detectors, from finished weights or from scratch."""

    kind: Literal["adapt", "scratch"]
    start: _Path = Field(
        description="finished weights of a denoiser; 'scratch' takes only their architecture"
    )
    replaces: tuple[str, ...] | None = Field(
        default=None, description="detectors of 'start' whose one-hot slots others take"
    )
    dropout: float = Field(ge=0, lt=1, description="of the model of the marginals")
    marginals_optimizer: OptimizerConfig


class _StudentConfig(_RunConfig):
    start: _Path | None = Field(
        default=None,
        description="weights to start from, e.g. of an earlier student; else the teacher's",
    )
    patch: tuple[int, int, int] | None = Field(
        default=None,
        description="rings, azimuth bins and layers of a token of the student; else those of its start. "
        "The first and the last layer of the network then begin interpolated",
    )
    blocks: tuple[int, ...] | None = Field(
        default=None,
        description="transformer blocks of its start that the student keeps, counted from 0; else all",
    )

    @model_validator(mode="after")
    def _not_compiled(self) -> Self:
        # A consistency function that was trained so on a GPU contradicted itself more than at the start, and
        # why is not known; the same code on a CPU has the losses of an uncompiled training.
        if self.optimizer.compiled:
            raise ValueError("'optimizer.compiled' is for 'train' alone; leave it out")
        return self


class DistillConfig(_StudentConfig):
    """Consistency distillation of a finished model, or consistency tuning from its weights."""

    kind: Literal["distill"]
    teacher: _Path = Field(description="safetensors file of the teacher")
    intervals: int | None = Field(
        default=None, gt=1, description="distillation: sub-intervals of the noise range"
    )
    target_decay: float | None = Field(
        default=None, ge=0, lt=1, description="distillation: moving average of the target network"
    )
    tuning_stages: int | None = Field(
        default=None,
        gt=0,
        description="tuning instead of distillation: how often the distance of levels is halved",
    )

    @model_validator(mode="after")
    def _one_method(self) -> Self:
        of_distillation = [self.intervals is not None, self.target_decay is not None]
        if self.tuning_stages is None and not all(of_distillation):
            raise ValueError("give 'intervals' and 'target_decay', or 'tuning_stages'")
        if self.tuning_stages is not None and any(of_distillation):
            raise ValueError("'tuning_stages' has neither 'intervals' nor 'target_decay'")
        return self


class ProgressiveConfig(_StudentConfig):
    """Progressive distillation: the number of deterministic steps is halved again and again."""

    kind: Literal["progressive"]
    teacher: _Path = Field(description="safetensors file of the first teacher, a denoiser")
    teacher_steps: int = Field(gt=1, description="of the teacher, on the schedule 'nested'")
    student_steps: int = Field(
        default=1, gt=0, description="of the last student; 'optimizer.steps' are of each halving"
    )
    heads: int | None = Field(
        default=None,
        gt=0,
        description="of each block of its start that the student keeps; else all",
    )
    mlp_ratio: int | None = Field(
        default=None,
        gt=0,
        description="hidden width of an MLP over the width of the network that the student keeps; else all",
    )
    marginals: _Path | None = Field(
        default=None,
        description="of the students, beside 'weights', e.g. ones with fewer evaluations; else the teacher's",
    )

    @model_validator(mode="after")
    def _halves(self) -> Self:
        ratio, rest = divmod(self.teacher_steps, self.student_steps)
        if rest or ratio < 2 or ratio & (ratio - 1):
            raise ValueError("'teacher_steps' must be 'student_steps' times 2, 4, 8 and so on")
        return self


class CalibrateConfig(Settings):
    """Calibration of finished weights on training showers."""

    kind: Literal["calibrate"]
    data_dir: _Path
    files: dict[str, tuple[str, ...]] = Field(description="detector: training files (globs)")
    weights: _Path = Field(description="safetensors file; the calibration is written into it")
    sampler: str
    options: dict[str, float] = Field(default_factory=dict, description="of the sampler")
    nfe: int = Field(
        gt=0,
        description="network function evaluations of one shower; each sampler has a calibration for each "
        "number, schedule and options",
    )
    showers: int = Field(
        gt=0, description="of each detector that are made to fit maps and spread, at most"
    )
    noise_showers: int = Field(
        default=500,
        gt=0,
        description="that are made to get the noise right, evenly spread in energy; at most 'showers'",
    )
    rounds: int = Field(
        default=3, ge=0, description="how often, to get the noise right; 0: it stays as it is"
    )
    schedule: Literal["karras", "exponential", "cosine", "nested"] = "karras"
    seed: int
    threads: int = Field(default=2, gt=0)


Config = MarginalsConfig | TrainConfig | DistillConfig | ProgressiveConfig
"""Of one training; a progressive distillation has one for each halving."""
_Config = Annotated[
    Config | AdaptConfig,
    one_of(MarginalsConfig, TrainConfig, DistillConfig, ProgressiveConfig, AdaptConfig),
]


def read_config(path: Path, kind: str | None = None) -> Config | AdaptConfig:
    """Read and check a configuration.

    Raises:
        SpecError: missing, not YAML, of another kind than ``kind``, or with a wrong key.
    """
    config = parse_config(read_yaml(path, "configuration"), path)
    if kind is not None and config.kind != kind:
        raise SpecError(f"{path} is for '{config.kind}', not for '{kind}'")
    return config


def read_calibrate_config(path: Path) -> CalibrateConfig:
    """Read and check the configuration of a calibration.

    Raises:
        SpecError: missing, not YAML, or with a wrong key.
    """
    content = read_yaml(path, "configuration")
    config: CalibrateConfig = _valid(content, path, TypeAdapter(CalibrateConfig))
    return config


def parse_config(content: object, path: Path) -> Config | AdaptConfig:
    """Check the content of a configuration.

    Args:
        content: as YAML has it.
        path: of the file, for messages.

    Raises:
        SpecError: it has a wrong key.
    """
    config: Config | AdaptConfig = _valid(content, path, TypeAdapter(_Config))
    return config


def _valid(content: object, path: Path, adapter: TypeAdapter[Any]) -> Any:
    try:
        return adapter.validate_python(content)
    except ValidationError as error:
        raise SpecError(f"{path}: {describe_validation_error(error)}") from error
