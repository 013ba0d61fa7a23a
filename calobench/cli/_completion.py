"""Completion in a shell of the names in options: models, detectors, uses, data sets."""

from __future__ import annotations

from collections.abc import Iterable

import click

__all__ = ["complete_data_set", "complete_detector", "complete_model", "complete_use"]


def complete_model(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[str]:
    """Registered models; no model is imported."""
    from calobench.models.registry import registered_models

    return _beginning(registered_models(), incomplete)


def complete_detector(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[str]:
    """Detectors that ship with calobench, and their other names."""
    from calobench.detectors import detector_names, load_detector

    specs = [load_detector(name) for name in detector_names()]
    return _beginning((name for spec in specs for name in (spec.name, *spec.aliases)), incomplete)


def complete_data_set(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[str]:
    """Public data sets and their samples; nothing is downloaded."""
    from calobench.datasets import data_set_names, load_data_set

    sets = [load_data_set(name) for name in data_set_names()]
    return _beginning(
        (f"{one.name}:{subset.name}".removesuffix(":") for one in sets for subset in one.subsets),
        incomplete,
    )


def complete_use(
    context: click.Context,  # noqa: ARG001
    parameter: click.Parameter,  # noqa: ARG001
    incomplete: str,
) -> list[str]:
    """Uses that ship with calobench."""
    from calobench.verdict import use_names

    return _beginning(use_names(), incomplete)


def _beginning(names: Iterable[str], incomplete: str) -> list[str]:
    folded = incomplete.casefold()
    return sorted(name for name in names if name.casefold().startswith(folded))
