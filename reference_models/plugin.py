"""The EDM DiT as calobench models: ``full``, ``solver`` and ``distilled``."""

from __future__ import annotations

from reference_models.edm_model import EdmModel
from reference_models.inference.choose import AUTO
from reference_models.network.preconditioning import SIGMA_MIN
from reference_models.samplers.consistency import Consistency
from reference_models.samplers.dpmpp_2m import DpmPlusPlus2M
from reference_models.samplers.heun import Heun
from reference_models.weights_io import WEIGHTS_DIR

__all__ = ["EdmModel", "distilled", "full", "solver"]


def full(*, calibrate: bool = True, backend: str = AUTO) -> EdmModel:
    """The diffusion transformer with the stochastic Heun sampler, 32 steps."""
    return EdmModel(
        "full",
        "EDM diffusion transformer, stochastic Heun, 32 steps",
        WEIGHTS_DIR / "edm_dit.safetensors",
        Heun(churn=8.0),
        levels=32,
        calibrate=calibrate,
        backend=backend,
    )


def solver(*, calibrate: bool = True, backend: str = AUTO) -> EdmModel:
    """The same weights with DPM-Solver++(2M), 25 evaluations."""
    return EdmModel(
        "solver",
        "EDM diffusion transformer, DPM-Solver++(2M), 25 evaluations",
        WEIGHTS_DIR / "edm_dit.safetensors",
        DpmPlusPlus2M(),
        levels=25,
        calibrate=calibrate,
        backend=backend,
    )


def distilled(*, calibrate: bool = True, backend: str = AUTO) -> EdmModel:
    """The consistency-distilled student, one evaluation."""
    return EdmModel(
        "distilled",
        "consistency-distilled diffusion transformer, 1 evaluation",
        WEIGHTS_DIR / "edm_dit_distilled.safetensors",
        Consistency(),
        levels=1,
        boundary=SIGMA_MIN,
        calibrate=calibrate,
        backend=backend,
    )
