"""Statements about where a sample's azimuth begins."""

from __future__ import annotations

from calobench.detectors.spec import DetectorSpec
from calobench.evaluation.conditional.half_turn import lean
from calobench.models.protocol import ModelInfo
from calobench.observables import FeatureTable

__all__ = ["azimuth_warnings"]


def azimuth_warnings(
    reference: FeatureTable, model: FeatureTable, detector: DetectorSpec, info: ModelInfo
) -> list[str]:
    """Warning of a sample that is turned by half a turn; where no azimuth is stated, the test's answer.

    Args:
        reference: observables of Geant4's showers.
        model: of the sample.
        detector: its staves fold the azimuth.
        info: of what made the sample.
    """
    fit = lean(reference, model, detector)
    if fit is None:
        return []
    told = f"its showers lean {fit.value:.2f} ± {fit.error:.2f} of Geant4's lean across the axis"
    if fit.turned:
        return [
            f"{info.name} is turned by half a turn ({told}): its first azimuth bin begins at 0, as in DDML; "
            "give --model-arg azimuth=0 for a trained file, or turn the showers by half of the bins"
        ]
    if info.azimuth_stated:
        return []
    what = (
        "begins at -pi, as in Par04"
        if fit.agrees
        else "is taken to begin at -pi: it cannot be told"
    )
    return [f"{info.name}: its azimuth {what} ({told})"]
