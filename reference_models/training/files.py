"""The files of a training: what is in them, and that none of them is what judges the result."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from calobench._util.digest import sha256_of_file
from calobench.detectors import load_detector
from calobench.errors import SpecError
from calobench.io.readers.lemurs import LemursFile
from calobench.resources import data_specs_dir
from calobench.showers import Conditions
from reference_models.network.symmetry import StaveSymmetry
from reference_models.training.config import Config
from reference_models.training.dataset import Sample, conditions_of, read_sample

__all__ = ["Files", "fingerprint", "read_samples", "require_unseen", "training_files"]

Files = dict[str, list[Path]]

# What the result of a training does not depend on.
_ELSEWHERE = {"output", "weights", "data_dir", "files"}


def training_files(folder: Path, patterns: Mapping[str, Sequence[str]]) -> Files:
    """Files of each detector that match its patterns, in order."""
    return {
        name: [match for pattern in of for match in sorted(folder.glob(pattern))]
        for name, of in patterns.items()
    }


def read_samples(files: Files) -> list[Sample]:
    """Showers of each detector with its slot and symmetry.

    Raises:
        SpecError: there is no such detector.
        ShowerFileError: a detector has no file, or one is broken.
    """
    samples = []
    for name, paths in files.items():
        spec = load_detector(name)
        inclined = spec.staves.inclination_deg > 0
        symmetry = StaveSymmetry(spec.staves.count, mirror_y=not inclined)
        samples.append(read_sample(spec, paths, symmetry))
    return samples


def require_unseen(samples: Sequence[Sample]) -> None:
    """Check that no training shower is one of the bundled reference, by which models are judged.

    Showers of the same energy and angle, to 24 bits each, are one, whatever their file is called.

    Raises:
        SpecError: some are; says how many.
    """
    for sample in samples:
        path = data_specs_dir() / "reference" / f"{sample.name}.h5"
        if not path.exists():
            continue
        with LemursFile(path) as reference:
            judging = _particles(reference.conditions)
        shared = len(_particles(conditions_of(sample)) & judging)
        if shared:
            raise SpecError(
                f"{shared} training showers of {sample.name} are those of the bundled reference, by which "
                "models are judged; leave that file out of 'files'"
            )


def _particles(conditions: Conditions) -> set[tuple[float, float]]:
    energy, theta = (v.astype(np.float32).tolist() for v in (conditions.energy, conditions.theta))
    return set(zip(energy, theta, strict=True))


def fingerprint(config: Config, files: Files) -> str:
    """Inputs that the result of a training depends on, as JSON: configuration, and content of the files."""
    settings = config.model_dump(mode="json", exclude=_ELSEWHERE)
    for key in ("threads", "checkpoint_every_s"):
        settings["optimizer"].pop(key)
    digests = {n: [sha256_of_file(path) for path in paths] for n, paths in files.items()}
    return json.dumps({**settings, "files": digests}, sort_keys=True)
