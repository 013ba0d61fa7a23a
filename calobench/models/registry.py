"""Finding models: by registered name, as ``package.module:factory`` or ``path.py:factory``, and listing them.

A package registers models under the entry-point group ``calobench.models``; each entry point is a
factory without arguments that returns a :class:`calobench.models.protocol.ShowerModel`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

from calobench.errors import ModelError, UnknownNameError
from calobench.models.calls import model_info, quiet_exit, third_party
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
        name: a registered name, ``package.module:factory`` or ``path.py:factory``. Modules are looked for
            where Python looks, then in the current folder.

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
    module_name, _, attribute = name.rpartition(":")
    if module_name.endswith(".py"):
        module = _module_of_file(Path(module_name))
    else:
        module = _module_of_name(module_name)
    factory: Callable[[], object] = getattr(module, attribute)
    return factory


def _module_of_name(name: str) -> ModuleType:
    _search(Path.cwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # it is there, and misses another
        raise ModelError(
            f"cannot make a model of '{name}': {error}; it is neither installed nor in the current "
            f"folder {Path.cwd()}: go to its folder, set PYTHONPATH, or give path.py:factory"
        ) from error


def _search(folder: Path) -> None:
    """Modules of the folder are found from now on, after all that is installed.

    A model may import when it is first used: the folder is not taken off the path again.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()


def _module_of_file(path: Path) -> ModuleType:
    """The module in a file; modules beside it can be imported from it."""
    if not path.is_file():
        raise ModelError(f"{path} does not exist; check the path of the model's module")
    _search(path.resolve().parent)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise ModelError(f"{path} cannot be imported as a module; rename it to end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def _make(name: str, find: Callable[[], Callable[[], object]]) -> ShowerModel:
    with third_party(name, "was made"), quiet_exit():
        model = find()()
        is_model = isinstance(model, ShowerModel)
    made = cast("ShowerModel", model)
    if not is_model:
        raise ModelError(
            f"model '{name}' is a {type(model).__name__} without 'info' and 'generate'; "
            "see calobench.models.protocol.ShowerModel"
        )
    model_info(made, name)
    return made
