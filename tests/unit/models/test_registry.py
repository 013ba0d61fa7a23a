"""Finding models by name and by factory."""

from __future__ import annotations

import pytest

from calobench.errors import ModelError, UnknownNameError
from calobench.models import registry
from calobench.models.protocol import ShowerModel


class Entry:
    """An entry point without a package."""

    def __init__(self, name: str, value: str) -> None:
        self.name, self.value = name, value


def test_the_reference_models_are_registered() -> None:
    assert {"full", "solver", "distilled"} <= set(registry.registered_models())


def test_unknown_name_suggests() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'distilled'"):
        registry.load_model("destilled")


def test_factory_by_path() -> None:
    model = registry.load_model("toy_models:toy")
    assert isinstance(model, ShowerModel)
    assert model.info.name == "toy"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no_such_package.models:toy", "No module named 'no_such_package'"),
        ("toy_models:no_such_factory", "no attribute 'no_such_factory'"),
        ("toy_models:failing", "RuntimeError: no luck"),
        ("toy_models:not_a_model", "without 'info' and 'generate'"),
    ],
)
def test_bad_factories_are_named(name: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        registry.load_model(name)


def test_two_packages_with_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry("twin", "one:make"), Entry("twin", "two:make")]
    groups = {registry.ENTRY_POINT_GROUP: entries}
    monkeypatch.setattr(registry, "entry_points", lambda group: groups.get(group, []))
    with pytest.raises(ModelError, match="two packages register the model 'twin'"):
        registry.registered_models()
