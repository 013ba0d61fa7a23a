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
_ELSEWHERE = {"output", "weights", "data_dir", "files", "test", "marginals"}


def training_files(folder: Path, patterns: Mapping[str, Sequence[str]]) -> Files:
    """Files of each detector that match its patterns, in order."""
    return {
        name: [match for pattern in of for match in sorted(folder.glob(pattern))]
        for name, of in patterns.items()
    }


def read_samples(files: Files) -> list[Sample]:
    """Showers of each detector with its slot and symmetry.

    Raises:
        UnknownNameError: there is no such detector.
        SpecError: two detectors have the same one-hot slot.
        ShowerFileError: a detector has no file, or one is broken.
    """
    specs = [load_detector(name) for name in files]
    slots: dict[int, str] = {}
    for spec in specs:
        slot = spec.one_hot_slot
        if slot in slots:
            raise SpecError(
                f"{slots[slot]} and {spec.name} both have one-hot slot {slot}; give one of them another "
                "'one_hot_slot' in its YAML, or train them apart"
            )
        slots[slot] = spec.name
    samples = []
    for spec, paths in zip(specs, files.values(), strict=True):
        inclined = spec.staves.inclination_deg > 0
        symmetry = StaveSymmetry(spec.staves.count, mirror_y=not inclined)
        samples.append(read_sample(spec, paths, symmetry))
    return samples


def require_unseen(samples: Sequence[Sample], test: Files | None = None) -> None:
    """Check that no training shower is one of those by which models are judged.

    In the bundled reference, showers of the same energy and angle, to 24 bits each, are one, whatever their
    file is called; in files of tests, which may have one energy and angle only, those that also have the same
    visible energy to 4 digits.

    Args:
        samples: training showers.
        test: files of each detector by which the result is judged, besides the bundled reference.

    Raises:
        SpecError: some are; says how many.
        ShowerFileError: a file of ``test`` is broken, or there is none.
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
    for name, paths in (test or {}).items():
        spec = load_detector(name)
        judges = _showers(read_sample(spec, paths, StaveSymmetry(0, mirror_y=False)))
        for sample in samples:
            shared = len(_showers(sample) & judges) if sample.name == spec.name else 0
            if shared:
                raise SpecError(
                    f"{shared} training showers of {sample.name} are in the files of 'test', by which the "
                    "result is judged; leave them out of 'files'"
                )


def _particles(conditions: Conditions) -> set[tuple[float, float]]:
    energy, theta = (v.astype(np.float32).tolist() for v in (conditions.energy, conditions.theta))
    return set(zip(energy, theta, strict=True))


def _showers(sample: Sample) -> set[tuple[float, float, str]]:
    visible = sample.showers.sum(dim=(1, 2, 3)).tolist()
    particles = zip(sample.energy.tolist(), sample.theta.tolist(), strict=True)
    return {(*p, f"{total:.4g}") for p, total in zip(particles, visible, strict=True)}


def fingerprint(config: Config, files: Files) -> str:
    """Inputs that the result of a training depends on, as JSON: configuration, and content of the files."""
    settings = config.model_dump(mode="json", exclude=_ELSEWHERE)
    for key in ("threads", "checkpoint_every_s"):
        settings["optimizer"].pop(key)
    digests = {n: [sha256_of_file(path) for path in paths] for n, paths in files.items()}
    return json.dumps({**settings, "files": digests}, sort_keys=True)
