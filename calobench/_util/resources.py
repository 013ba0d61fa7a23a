"""Folders of the data that ship with calobench: inside an installed wheel or in a source checkout."""

from __future__ import annotations

from pathlib import Path

__all__ = ["data_specs_dir", "report_templates_dir"]

_PACKAGE = Path(__file__).parents[1]


def _locate(relative: str) -> Path:
    installed = _PACKAGE / "_resources" / relative
    return installed if installed.is_dir() else _PACKAGE.parent / relative


def data_specs_dir() -> Path:
    """Folder of the detector YAMLs, bundled reference samples and JSON schemas."""
    return _locate("data_specs")


def report_templates_dir() -> Path:
    """Folder of the Jinja templates, style and script of the HTML report."""
    return _locate("reports/templates")
