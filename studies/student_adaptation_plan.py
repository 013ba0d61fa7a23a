"""What ``student_adaptation.py`` trains and compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reference_models.weights_io import WEIGHTS_DIR, load_model

__all__ = [
    "CALIBRATED", "ROWS", "SHOWERS_PER_STEP", "STEPS", "TRANSFERS", "Row", "calibration", "configurations",
    "network_of",
]  # fmt: skip

SHOWERS_PER_STEP = 40
HALVINGS = (16, 8, 4, 2, 1)

STEPS: Mapping[str, dict[str, Any]] = {
    "train": {"kind": "train"},
    "tune": {"kind": "distill", "tuning_stages": 8},
    "halve": {"kind": "progressive", "teacher_steps": 2},
    "distill": {"kind": "distill", "intervals": 32, "target_decay": 0.95},
}
"""Kinds of steps, which differ in the evaluations of the network for one shower."""

TRANSFERS: Mapping[str, tuple[str, str]] = {
    "transferred": ("ILD", "edm_dit_distilled"),
    "transferred2": ("ILD", "edm_dit_distilled2"),
    "transferred_100": ("adapted_100", "edm_dit_distilled"),
    "transferred_300": ("adapted_300", "edm_dit_distilled"),
}
"""Files of `transfer`: of which adapted denoiser, and which student that ships."""

CALIBRATED: Mapping[str, str] = {"transferred": "ddim"}
"""Files that are calibrated for one evaluation, with their sampler; those of the GPU are already."""


@dataclass(frozen=True)
class Row:
    """A student, or for scale a denoiser.

    Attributes:
        name: for people.
        weights: file in ``FOLDER/weights``, without its ending.
        nfe: evaluations of the network.
        trained: files whose trainings on ILD it took, with the kind of their steps.
        calibrated: with the calibration of its file.
    """

    name: str
    weights: str
    nfe: int
    trained: tuple[tuple[str, str], ...] = ()
    calibrated: bool = False


_ADAPTED = (("ILD", "train"),)


def _halved(steps: int) -> Row:
    names = [f"halved_{steps}" + (f"_{k}" if k > 1 else "") for k in HALVINGS]
    trained = (*_ADAPTED, *((name, "halve") for name in names))
    return Row(f"after; 5 halvings of {steps} steps", names[-1], 1, trained)


def _consistency(nfe: int, *, calibrated: bool = False) -> Row:
    trained = (*_ADAPTED, ("ILD_distilled", "distill"))
    name = "after; consistency distillation, 4,000 steps"
    return Row(name, "ILD_distilled", nfe, trained, calibrated)


def _transferred(nfe: int, *, calibrated: bool = False) -> Row:
    weights = "transferred" if nfe == 1 else f"transferred{nfe}"
    return Row(
        "before; transferred to the denoiser of 2,000 steps", weights, nfe, _ADAPTED, calibrated
    )


def _tuned(steps: int) -> Row:
    name = f"tuned_{steps}"
    return Row(f"before; tuned, {steps} steps", name, 1, ((name, "tune"),))


def _early(steps: int) -> Row:
    trained = ((f"adapted_{steps}", "train"),)
    name = f"before; transferred to a denoiser of {steps} steps"
    return Row(name, f"transferred_{steps}", 1, trained)


ROWS = (
    Row("(the adapted denoiser itself, 2,000 steps)", "ILD", 25, _ADAPTED),
    Row("before; not adapted", "before", 1),
    _tuned(100), _early(100), _early(300), _transferred(1),
    _halved(20), _consistency(1),
    _transferred(2), _consistency(2),
    _transferred(1, calibrated=True), _consistency(1, calibrated=True),
)  # fmt: skip
"""*before* and *after* say when the student was distilled: before or after the adaptation."""


def configurations(folder: Path) -> dict[str, dict[str, Any]]:
    """Trainings that are done on one core, by the name of their weights."""
    weights = folder / "weights"

    def given(name: str, rest: Mapping[str, Any], **optimizer: Any) -> dict[str, Any]:
        return {
            "data_dir": str(folder),
            "files": {"ILD": ["ILD_train.h5"]},
            "test": {"ILD": ["ILD_reference.h5"]},
            "validation_fraction": 0.1,
            "output": str(folder / "runs" / name),
            "weights": str(weights / f"{name}.safetensors"),
            "optimizer": {
                "warm_up": optimizer["steps"] // 10,
                "seed": 1,
                "threads": 1,
                "curve_every": 100,
                "checkpoint_every_s": 20,
                **optimizer,
            },
            **rest,
        }

    adapted = str(weights / "ILD.safetensors")
    # The rates are those of configs/adapt.yaml, distill.yaml and progressive.yaml.
    adapting = {
        **STEPS["train"],
        **network_of(weights),
        "start": str(WEIGHTS_DIR / "edm_dit.safetensors"),
        "replaces": ["FCCeeALLEGRO"],
    }
    halving = {"kind": "progressive", "teacher": adapted, "teacher_steps": 2 * HALVINGS[0]}
    student = {"teacher": adapted, "start": str(WEIGHTS_DIR / "edm_dit_distilled.safetensors")}
    made = {
        f"adapted_{steps}": given(
            f"adapted_{steps}", adapting, steps=steps, ema_decay=ema_decay, batch_size=32, rate=3e-4,
            decay=steps * 3 // 4,
        )
        for steps, ema_decay in ((100, 0.98), (300, 0.99))
    }  # fmt: skip
    for name, kind, steps, ema_decay in (
        ("tuned_100", STEPS["tune"] | student, 100, 0.98),
        ("halved_20", halving, 20, 0.95),
    ):
        made[name] = given(
            name, kind, steps=steps, ema_decay=ema_decay, batch_size=SHOWERS_PER_STEP, rate=4e-4,
            decay=steps * 2 // 3,
        )  # fmt: skip
    return made


def calibration(folder: Path, name: str) -> dict[str, Any]:
    """Configuration of a calibration, as the one of the student that was distilled after the adaptation."""
    return {
        "kind": "calibrate",
        "data_dir": str(folder),
        "files": {"ILD": ["ILD_train.h5"]},
        "weights": str(folder / "weights" / f"{name}.safetensors"),
        "sampler": CALIBRATED[name],
        "schedule": "nested",
        "nfe": 1,
        "showers": 800,
        "noise_showers": 800,
        "rounds": 2,
        "seed": 1,
        "threads": 1,
    }


def network_of(weights: Path) -> dict[str, Any]:
    """What a configuration of ``train`` says of the network and of the marginals."""
    own = load_model(weights / "ILD.safetensors")
    return {
        "patch": list(own.network.config.patch),
        "offset_mev": own.transform.offset_mev,
        "marginals": str(weights / "ILD_marginals.safetensors"),
    }
