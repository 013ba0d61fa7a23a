"""Finding detectors by name, alias or path."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from calobench.detectors.spec import DetectorSpec
from calobench.errors import SpecError, UnknownNameError
from calobench.resources import data_specs_dir
from calobench.validation import describe_validation_error

__all__ = ["detector_names", "load_detector", "read_detector"]


@cache
def _catalogue() -> dict[str, DetectorSpec]:
    specs = (
        read_detector(path) for path in sorted((data_specs_dir() / "detectors").glob("*.yaml"))
    )
    return {spec.name: spec for spec in sorted(specs, key=lambda s: (s.one_hot_slot, s.name))}


def detector_names() -> list[str]:
    """Names of the detectors that ship with calobench, in one-hot order."""
    return list(_catalogue())


def load_detector(name_or_path: str) -> DetectorSpec:
    """A detector by name, alias (both case-insensitive) or path of a YAML.

    Raises:
        UnknownNameError: there is no such detector.
        SpecError: the YAML is missing or not a valid detector.
    """
    if name_or_path.endswith((".yaml", ".yml")):
        return read_detector(Path(name_or_path))
    wanted = name_or_path.casefold()
    for spec in _catalogue().values():
        if wanted in {spec.name.casefold(), *(alias.casefold() for alias in spec.aliases)}:
            return spec
    known = [n for spec in _catalogue().values() for n in (spec.name, *spec.aliases)]
    raise UnknownNameError("detector", name_or_path, known)


def read_detector(path: Path) -> DetectorSpec:
    """Read and check one detector YAML.

    Raises:
        SpecError: the file is missing, is not YAML, or breaks the schema; names the key's path.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SpecError(f"cannot read detector file {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SpecError(f"{path} is not valid YAML: {reason}") from error
    if not isinstance(content, dict):
        raise SpecError(
            f"{path} must hold a mapping of keys; start from a file in data_specs/detectors"
        )
    try:
        return DetectorSpec.model_validate(content)
    except ValidationError as error:
        raise SpecError(f"{path}: {describe_validation_error(error)}") from error
