"""The three classifiers by name."""

from __future__ import annotations

from collections.abc import Callable

from calobench.benchmarks.calochallenge.binning import Binning
from calobench.benchmarks.calochallenge.classifiers.inputs import Inputs
from calobench.benchmarks.calochallenge.classifiers.rotation import Outputs, Split
from calobench.benchmarks.calochallenge.classifiers.score import TRAININGS, Classifier
from calobench.benchmarks.calochallenge.record import ClassifierName

__all__ = ["NAMES", "image_shape", "load_classifier", "total_epochs"]

_LABELS: dict[ClassifierName, str] = {
    "low": "dense network on the cells",
    "high": "dense network on the features",
    "cnn": "residual network on the cells",
}

NAMES = tuple(_LABELS)


def image_shape(binning: Binning) -> tuple[int, int, int] | None:
    """Layers, sectors and rings; None where layers are cut differently, so that there is no image."""
    shapes = {(layer.n_alpha, len(layer.r_edges) - 1) for layer in binning.layers}
    if len(shapes) > 1:
        return None
    return (len(binning.layers), *shapes.pop())


def total_epochs() -> int:
    """Epochs of all trainings of one classifier."""
    from calobench.benchmarks.calochallenge.classifiers.training import EPOCHS

    return TRAININGS * EPOCHS


def load_classifier(
    name: ClassifierName, columns: int, binning: Binning, advance: Callable[[int], object]
) -> Classifier:
    """A classifier that is ready to be trained; imports torch.

    Args:
        name: ``low``, ``high`` or ``cnn``.
        columns: of its inputs.
        binning: of the showers.
        advance: called with the number of epochs done.
    """
    from calobench.benchmarks.calochallenge.classifiers.training import (
        device_name,
        network_parameters,
        train,
    )

    shape = image_shape(binning) if name == "cnn" else None

    def fit(inputs: Inputs, split: Split, seed: int) -> Outputs:
        return train(inputs, split, seed, shape=shape, advance=advance)

    parameters = network_parameters(columns, shape)
    return Classifier(name, _LABELS[name], parameters, device_name(), fit)
