"""Finding models: by registered name, as ``package.module:factory``, and listing them.

A package registers models under the entry-point group ``calobench.models``; each entry point is a
factory without arguments that returns a :class:`calobench.models.protocol.ShowerModel`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points

from calobench.errors import CalobenchError, ModelError, UnknownNameError
from calobench.models.protocol import ShowerModel

__all__ = ["ENTRY_POINT_GROUP", "load_model", "registered_models"]

ENTRY_POINT_GROUP = "calobench.models"


def registered_models() -> dict[str, EntryPoint]:
    """The registered models by name; nothing is imported.

    Raises:
        ModelError: two packages register different models under one name.
    """
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        known = found.setdefault(entry.name, entry)
        if known.value != entry.value:
            raise ModelError(
                f"two packages register the model '{entry.name}' ({known.value} and {entry.value}); "
                "uninstall one, or name the factory with --model package.module:factory"
            )
    return dict(sorted(found.items()))


def load_model(name: str) -> ShowerModel:
    """Make a model.

    Args:
        name: a registered name, or ``package.module:factory``.

    Raises:
        UnknownNameError: no such registered model.
        ModelError: the factory cannot be imported, fails, or returns something else.
    """
    if ":" in name:
        return _make(name, lambda: _import_factory(name))
    models = registered_models()
    if name not in models:
        raise UnknownNameError("model", name, models)
    return _make(name, models[name].load)


def _import_factory(name: str) -> Callable[[], object]:
    module_name, _, attribute = name.partition(":")
    factory: Callable[[], object] = getattr(importlib.import_module(module_name), attribute)
    return factory


def _make(name: str, find: Callable[[], Callable[[], object]]) -> ShowerModel:
    try:
        model = find()()
    except CalobenchError:
        raise
    except Exception as error:
        # Whatever a third party's code raises must end as one line that names the model.
        raise ModelError(
            f"cannot make model '{name}': {type(error).__name__}: {error}; "
            "it must be an importable factory without arguments"
        ) from error
    if not isinstance(model, ShowerModel):
        raise ModelError(
            f"model '{name}' is a {type(model).__name__} without 'info' and 'generate'; "
            "see calobench.models.protocol.ShowerModel"
        )
    return model
