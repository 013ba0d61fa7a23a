"""The Python face: from showers, or a model, to a result in one call."""

from __future__ import annotations

import warnings
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from calobench._util.progress import SilentProgress
from calobench.detectors import load_detector
from calobench.detectors.spec import DetectorSpec
from calobench.harness.extras import Extras
from calobench.harness.in_memory import InMemorySource, reference_of, showers_of
from calobench.harness.measuring import Settings, measure
from calobench.harness.reference import Reference, read_reference
from calobench.harness.sources import Source, model_source, open_source, placed
from calobench.harness.stages import Stages
from calobench.io.formats import require_taken
from calobench.io.joined import open_showers
from calobench.io.paths import paths_in
from calobench.io.reading import Reading
from calobench.models.calls import model_name
from calobench.models.devices import AUTO, on_device
from calobench.models.protocol import ShowerModel
from calobench.result import Result
from calobench.results.store import read_results as _read_results
from calobench.showers import Showers

if TYPE_CHECKING:
    from calobench.gate import Policy
    from calobench.results.gate import GateReport

__all__ = ["Sample", "evaluate", "judge", "read_results", "read_showers", "reference"]

Sample: TypeAlias = "Showers | ShowerModel | NDArray[np.float32] | str | PathLike[str]"
"""Showers, an array of them, a model, the name of one, or a file."""


def evaluate(
    sample: Sample,
    reference: Showers | str | PathLike[str] | None = None,
    *,
    detector: str | DetectorSpec,
    n: int | None = None,
    name: str = "array",
    seed: int = 1,
    replicas: int = 200,
    device: str = "auto",
) -> Result:
    """Compare a sample with Geant4.

    Args:
        sample: what is under test. An array (N, r, phi, z) in MeV is taken to have the reference's own
            conditions, shower by shower, from the first on again where it is longer.
        reference: Geant4's showers or their file; None for the bundled sample.
        detector: name, alias, path of a YAML, or the detector.
        n: showers to generate, or to take of a file; None: 1,000 of a model, all there are otherwise.
        name: of the model that made the showers, where only showers are given.
        seed: seeds generation, bootstrap and null.
        replicas: of the bootstrap, and of the null.
        device: where a model runs: ``cpu``, ``cuda``, ``cuda:1``; ``auto``: one that is given by its name
            on a GPU if there is one and it can be moved, another where it is.

    Returns:
        Scores with errors, nulls and p-values, and the verdict.

    Raises:
        CalobenchError: anything wrong with sample, reference or model.
        MemoryError: ``n`` showers are more than there is memory for.
    """
    spec = detector if isinstance(detector, DetectorSpec) else load_detector(detector)
    stages = Stages(SilentProgress())
    truth = _reference(reference, spec)
    source = _source(sample, truth, spec, n, name, seed, device)
    extras = Extras((), source.info.name, spec, seed, replicas)
    results, _ = measure(source, truth, spec, Settings(seed, replicas), extras, stages)
    return Result(results)


def reference(detector: str | DetectorSpec) -> Showers:
    """The Geant4 showers that ship with calobench for a detector.

    Raises:
        UnknownNameError: there is no such detector.
        ShowerFileError: there is no sample of it.
    """
    spec = detector if isinstance(detector, DetectorSpec) else load_detector(detector)
    return read_reference(None, spec).showers


def read_showers(
    *paths: str | PathLike[str],
    detector: str | DetectorSpec | None = None,
    file_format: str | None = None,
    axes: str | None = None,
    unit: str | None = None,
    collection: str | None = None,
) -> Showers:
    """All showers of one or several files, of any format that calobench knows.

    What had to be guessed is told in a :class:`UserWarning`.

    Args:
        paths: files, patterns such as ``jobs/*.h5``, or several with commas between.
        detector: name, alias, path of a YAML, or the detector; points and hits need it.
        file_format: name of the format; None: what the files look like.
        axes: of arrays or points, such as ``z,phi,r``, where a file does not say.
        unit: ``MeV`` or ``GeV``, where a file does not say; two for cells and incident energies.
        collection: of hits of an EDM4hep file.

    Raises:
        ShowerFileError: a file is missing, damaged, no file of showers, or holds impossible values.
        MeshMismatchError: files of different meshes or detectors.
    """
    spec = load_detector(detector) if isinstance(detector, str) else detector
    reading = Reading.declared(file_format, axes, unit, collection).of(spec)
    named = [one for path in paths for one in paths_in(str(path))]
    require_taken(reading, named)
    with open_showers(named, reading) as files:
        showers = files.read()
        for remark in files.remarks():
            warnings.warn(remark, UserWarning, stacklevel=2)
    return showers


def read_results(path: str | PathLike[str]) -> Result:
    """The result in a ``results.json``, or in the folder of a run.

    Raises:
        ResultsError: missing, not results, of another version, or edited.
    """
    place = Path(path)
    return Result(_read_results(place / "results.json" if place.is_dir() else place))


def judge(candidate: Result, baseline: Result, policy: Policy | None = None) -> GateReport:
    """Whether a model has become worse: the gate, on two results.

    Args:
        candidate: the run.
        baseline: the earlier one.
        policy: what is too much; None for the default.

    Raises:
        PolicyError: the policy names metrics that neither run has.
    """
    from calobench.gate import Policy
    from calobench.gate import judge as judge_runs

    return judge_runs(candidate.results, baseline.results, policy or Policy())


def _reference(given: Showers | str | PathLike[str] | None, detector: DetectorSpec) -> Reference:
    if isinstance(given, Showers):
        return reference_of(given, detector)
    return read_reference(None if given is None else Path(given), detector)


def _source(
    sample: Sample,
    reference: Reference,
    detector: DetectorSpec,
    n: int | None,
    name: str,
    seed: int,
    device: str,
) -> Source:
    if isinstance(sample, str | PathLike):
        placed_sample = placed(str(sample), device)
        return open_source(placed_sample, reference.conditions, detector, n, seed)
    if isinstance(sample, ShowerModel):
        if device != AUTO:
            on_device(sample, device, model_name(sample), "device")
        return model_source(sample, reference.conditions, detector, n, seed)
    showers = sample if isinstance(sample, Showers) else showers_of(sample, reference.conditions)
    return InMemorySource(showers[:n] if n is not None else showers, detector, name)
