"""Finding detectors by name, alias or path."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import ValidationError

from calobench._util.resources import data_specs_dir
from calobench._util.validation import describe_validation_error
from calobench._util.yaml_file import read_yaml
from calobench.detectors.spec import DetectorSpec
from calobench.errors import SpecError, UnknownNameError

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
    for spec in _catalogue().values():
        if spec.is_called(name_or_path):
            return spec
    known = [n for spec in _catalogue().values() for n in (spec.name, *spec.aliases)]
    raise UnknownNameError("detector", name_or_path, known)


def read_detector(path: Path) -> DetectorSpec:
    """Read and check one detector YAML.

    Raises:
        SpecError: the file is missing, is not YAML, has a key twice, or breaks the schema;
            names the path of the key.
    """
    content = read_yaml(path, "detector")
    if not isinstance(content, dict):
        raise SpecError(
            f"{path} must hold a mapping of keys; start from a file in data_specs/detectors"
        )
    try:
        return DetectorSpec.model_validate(content)
    except ValidationError as error:
        raise SpecError(f"{path}: {describe_validation_error(error)}") from error
