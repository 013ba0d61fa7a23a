"""Finding models: by registered name, ``package.module:factory``, ``path.py:factory`` or file; listing them.

A package registers models under the entry-point group ``calobench.models``; each entry point is a factory
that returns a :class:`calobench.models.protocol.ShowerModel` and needs no arguments. A package with many of
them registers one mapping of names to factories under the group ``calobench.model_sets``, which is imported
to be read and so must be quick to import.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import cast

from calobench._util.places import resolved
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ModelError, PluginWarning, UnknownNameError
from calobench.models.calls import model_info, prepare_model, quiet_exit, third_party
from calobench.models.devices import AUTO, on_device, require_device_name
from calobench.models.files.catalogue import CPP, model_file_factory, model_file_path
from calobench.models.naming import ModelName, with_arguments, with_device
from calobench.models.protocol import ShowerModel

__all__ = ["ENTRY_POINT_GROUP", "SET_GROUP", "RegisteredModel", "load_model", "registered_models"]

ENTRY_POINT_GROUP = "calobench.models"
SET_GROUP = "calobench.model_sets"

Factory = Callable[..., object]


@dataclass(frozen=True)
class RegisteredModel:
    """A model that a package registers.

    Attributes:
        name: what it is called.
        value: where it is, for messages.
        load: imports and returns its factory.
    """

    name: str
    value: str
    load: Callable[[], Factory]


def registered_models() -> dict[str, RegisteredModel]:
    """The registered models by name; no model is imported.

    A set of models that cannot be imported is left out with a :class:`~calobench.errors.PluginWarning`.

    Raises:
        ModelError: two packages register different models under one name.
    """
    by_name: dict[str, RegisteredModel] = {}
    single = [
        RegisteredModel(entry.name, entry.value, _loads(entry))
        for entry in entry_points(group=ENTRY_POINT_GROUP)
    ]
    several = [model for entry in entry_points(group=SET_GROUP) for model in _models_of(entry)]
    for model in (*single, *several):
        known = by_name.setdefault(model.name, model)
        if known.value != model.value:
            raise ModelError(
                f"two packages register the model '{model.name}' ({known.value} and {model.value}); "
                "uninstall one, or name the factory with --model package.module:factory"
            )
    return dict(sorted(by_name.items()))


def _loads(entry: EntryPoint) -> Callable[[], Factory]:
    # Looked up when it is called: what is only listed is not loaded.
    def load() -> Factory:
        factory: Factory = entry.load()
        return factory

    return load


def _models_of(entry: EntryPoint) -> list[RegisteredModel]:
    try:
        factories = dict(entry.load())
    except Exception as error:  # a stranger's module may raise anything
        warnings.warn(
            f"the set of models '{entry.name} = {entry.value}' cannot be imported and is left out: "
            f"{type(error).__name__}: {error}",
            PluginWarning,
            stacklevel=2,
        )
        return []
    return [
        RegisteredModel(name, f"{entry.value}[{name}]", _returns(factory))
        for name, factory in factories.items()
    ]


def _returns(factory: Factory) -> Callable[[], Factory]:
    return lambda: factory


def load_model(
    name: str, detector: DetectorSpec | None = None, device: str | None = None
) -> ShowerModel:
    """Make a model.

    Args:
        name: a registered name, ``package.module:factory``, ``path.py:factory`` or a trained file, and
            behind a further colon arguments of the factory, ``key=value,key=value``. Modules are looked
            for where Python looks, then in the current folder. The argument ``device`` is that of
            :func:`~calobench.models.devices.on_device`, where a factory does not take it itself.
        detector: what a :class:`~calobench.models.protocol.PreparedModel` is made ready for.
        device: where the model runs, in the stead of what its name says.

    Raises:
        DeviceError: the device is not there, or the model cannot be moved to it.
        UnknownNameError: no such registered model.
        ModelError: the factory cannot be imported, fails, or returns something else; the file is damaged.
    """
    model = _load(name if device is None else with_device(name, device))
    if detector is not None:
        prepare_model(model, detector, name)
    return model


def _load(name: str) -> ShowerModel:
    parts = ModelName.parse(name)
    device = require_device_name(parts.arguments.get("device", AUTO))
    find = _finder(name, parts)

    def bound() -> Callable[[], object]:
        factory = find()
        takes_it = "device" in inspect.signature(factory).parameters
        return with_arguments(factory, parts if takes_it else parts.without("device"))

    return on_device(_make(name, bound), device, name)


def _finder(name: str, parts: ModelName) -> Callable[[], Factory]:
    """A call that loads the factory; it runs the model's own code, and this does not."""
    file = model_file_path(name)
    if file is not None:
        return lambda: model_file_factory(file, in_cpp=name.startswith(CPP))
    if ":" in parts.factory:
        return lambda: _import_factory(parts.factory)
    models = registered_models()
    if parts.factory not in models:
        raise UnknownNameError("model", parts.factory, models)
    return models[parts.factory].load


def _import_factory(name: str) -> Factory:
    module_name, _, attribute = name.rpartition(":")
    if module_name.endswith(".py"):
        module = _module_of_file(Path(module_name))
    else:
        module = _module_of_name(module_name)
    factory: Factory = getattr(module, attribute)
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
    """Modules of the folder can be imported from now on, after all that is installed.

    A model may import when it is first used: the folder is not taken off the path again.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()


def _module_of_file(path: Path) -> ModuleType:
    """The module in a file; modules beside it can be imported from it."""
    if not path.is_file():
        raise ModelError(f"{path} does not exist; check the path of the model's module")
    _search(resolved(path).parent)
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
