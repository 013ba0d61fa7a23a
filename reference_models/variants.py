"""The variants of the reference model: weights with a sampler. One is a declaration, and listed by its name.

Nothing heavy is imported before a model is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reference_models.calibration.tables import Calibration
    from reference_models.edm_model import EdmModel
    from reference_models.library import Geant4Library

__all__ = ["MODELS", "VARIANTS", "Variant", "edm", "make", "weights_file"]

_WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Variant:
    """Weights with a sampler.

    Attributes:
        name: as in the registry.
        description: one line for people.
        weights: file in ``reference_models/weights``, without its ending.
        sampler: name of the sampler.
        nfe: network function evaluations of one shower.
        options: of the sampler.
        schedule: of the noise levels.
    """

    name: str
    description: str
    weights: str
    sampler: str
    nfe: int
    options: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "karras"


VARIANTS = (
    Variant(
        "full",
        "EDM diffusion transformer, stochastic Heun, 32 steps",
        "edm_dit",
        "heun",
        nfe=63,
        options={"churn": 8.0},
    ),
    Variant(
        "solver",
        "EDM diffusion transformer, DPM-Solver++(2M), 25 evaluations",
        "edm_dit",
        "dpmpp_2m",
        nfe=25,
    ),
    Variant(
        "distilled",
        "progressively distilled diffusion transformer, 1 evaluation",
        "edm_dit_distilled",
        "ddim",
        nfe=1,
        schedule="nested",
    ),
    Variant(
        "distilled2",
        "progressively distilled diffusion transformer, 2 evaluations",
        "edm_dit_distilled2",
        "ddim",
        nfe=2,
        schedule="nested",
    ),
    Variant(
        "distilled-small",
        "progressively distilled diffusion transformer with half of the blocks and heads, 1 evaluation",
        "edm_dit_distilled_small",
        "ddim",
        nfe=1,
        schedule="nested",
    ),
)


def make(
    variant: Variant,
    *,
    backend: str = "auto",
    folder: Path = _WEIGHTS,
    calibration: Calibration | None = None,
) -> EdmModel:
    """The model of a variant.

    Args:
        variant: the variant.
        backend: what evaluates the network on the CPU.
        folder: where its weights are.
        calibration: instead of that of the weights.

    Raises:
        UnknownNameError: there is no such sampler or schedule.
        ModelError: the sampler cannot take that number of evaluations.
        WeightsError: the weights are missing or are not what their card says.
    """
    from reference_models.edm_model import EdmModel
    from reference_models.samplers.sampling import Sampling

    return EdmModel(
        variant.name,
        variant.description,
        folder / f"{variant.weights}.safetensors",
        Sampling(variant.sampler, variant.nfe, variant.options, variant.schedule),
        backend=backend,
        calibration=calibration,
    )


def edm(
    sampler: str = "dpmpp_2m", nfe: int = 25, schedule: str = "karras", backend: str = "auto"
) -> EdmModel:
    """The diffusion transformer with any sampler: ``edm:sampler=dpmpp_3m,nfe=25,schedule=exponential``.

    Raises:
        UnknownNameError: there is no such sampler or schedule.
        ModelError: the sampler cannot take that number of evaluations, or is for distilled weights.
    """
    from calobench.errors import ModelError
    from reference_models.samplers.catalogue import sampler_kind

    kind = sampler_kind(sampler)
    if kind.consistency:
        raise ModelError(
            f"the sampler '{sampler}' is for weights that were distilled into a consistency function; use "
            "another sampler, or --model with such a file"
        )
    name = f"edm-{sampler}-{nfe}" + ("" if schedule == "karras" else f"-{schedule}")
    description = (
        f"EDM diffusion transformer, {kind.description}, {nfe} evaluations, {schedule} levels"
    )
    return make(
        Variant(name, description, "edm_dit", sampler, nfe, schedule=schedule), backend=backend
    )


def weights_file(
    path: Path,
    sampler: str | None = None,
    nfe: int | None = None,
    schedule: str | None = None,
    backend: str = "auto",
) -> EdmModel:
    """Weights that lie anywhere, with their card: ``--model mine.safetensors --model-arg nfe=63``.

    Args:
        path: the weights; the card and the weights of the marginals lie beside them.
        sampler: its name; None: one step of a consistency function for distilled weights, ``ddim`` for a
            student of progressive distillation, else ``dpmpp_2m``.
        nfe: network function evaluations of one shower; None: 1 for a consistency function, those that a
            progressive student was trained for, else 25.
        schedule: of the noise levels; None: ``nested`` for distilled weights, else ``karras``.
        backend: what evaluates the network on the CPU.

    Raises:
        UnknownNameError: there is no such sampler or schedule.
        ModelError: the sampler cannot take that number of evaluations, or is for other weights.
        WeightsError: the weights are missing or are not what their card says.
    """
    from calobench.errors import ModelError
    from reference_models.samplers.catalogue import sampler_kind
    from reference_models.weights_check import ModelCard
    from reference_models.weights_file import read_weights

    _, _, card = read_weights(path, ModelCard)
    distilled, steps = card.get("kind") == "distill", _steps(card)
    name = sampler or ("consistency" if distilled else "ddim" if steps else "dpmpp_2m")
    kind = sampler_kind(name)
    if kind.consistency != distilled:
        weights = "distilled into a consistency function" if distilled else "those of a denoiser"
        raise ModelError(
            f"{path.name}: its weights are {weights}, sampler={name} is for the other kind"
        )
    variant = Variant(
        "-".join([path.stem, *(str(one) for one in (sampler, nfe, schedule) if one is not None)]),
        f"weights of {path.name}, {kind.description}",
        path.stem,
        name,
        nfe or steps or (1 if distilled else 25),
        schedule=schedule or ("nested" if steps or distilled else "karras"),
    )
    return make(variant, backend=backend, folder=path.parent)


def _steps(card: Mapping[str, object]) -> int | None:
    """Steps of a student of progressive distillation; None: the weights are of another kind."""
    steps = card.get("steps")
    return steps if card.get("kind") == "progressive" and isinstance(steps, int) else None


def _factory(variant: Variant) -> Callable[..., EdmModel]:
    def factory(backend: str = "auto") -> EdmModel:
        return make(variant, backend=backend)

    return factory


def _library(folder: str | None = None, nearest: int = 10, scale: bool = True) -> Geant4Library:
    # Numpy is imported when it is made: the list of models is read by every command.
    from reference_models.library import geant4_library

    return geant4_library(folder, nearest, scale)


MODELS: Mapping[str, Callable[..., EdmModel | Geant4Library]] = {
    **{variant.name: _factory(variant) for variant in VARIANTS},
    "edm": edm,
    "geant4-library": _library,
}
"""By name: what ``calobench models`` lists."""
