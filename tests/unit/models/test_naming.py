"""Names of models with arguments."""

from __future__ import annotations

import subprocess
import sys
import warnings
from typing import Any

import pytest

from calobench.errors import ModelError, PluginWarning
from calobench.models import registry
from calobench.models.naming import ModelName, join_arguments, split_models, with_arguments


@pytest.mark.parametrize(
    ("text", "factory", "arguments"),
    [
        ("distilled", "distilled", {}),
        ("package.module:factory", "package.module:factory", {}),
        ("./a.py:factory", "./a.py:factory", {}),
        ("edm:sampler=lms,nfe=9", "edm", {"sampler": "lms", "nfe": "9"}),
        ("p.m:factory:checkpoint=last.pt", "p.m:factory", {"checkpoint": "last.pt"}),
        ("p.m:factory:path=a=b", "p.m:factory", {"path": "a=b"}),
    ],
)
def test_parts_of_a_name(text: str, factory: str, arguments: dict[str, str]) -> None:
    assert ModelName.parse(text) == (factory, arguments)


def test_further_arguments_are_joined() -> None:
    assert join_arguments("m:f", ()) == "m:f"
    assert join_arguments("m:f", ("a=1", "b=2")) == "m:f:a=1,b=2"
    assert join_arguments("edm:a=1", ("b=2",)) == "edm:a=1,b=2"


@pytest.mark.parametrize(
    ("text", "message"),
    [("edm:nfe=9,sampler", "'sampler' is no argument"), ("edm:nfe=9,nfe=8", "given twice")],
)
def test_odd_names_are_refused(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        ModelName.parse(text)


def factory(
    path: str, n: int = 1, scale: float | None = None, fast: bool = False, other: Any = None
) -> Any:
    return path, n, scale, fast, other


def test_arguments_have_the_types_of_the_signature() -> None:
    name = ModelName.parse("f:path=12,n=3,scale=0.5,fast=true,other=7")
    assert with_arguments(factory, name)() == ("12", 3, 0.5, True, 7)
    assert with_arguments(factory, ModelName.parse("f:path=x,other=word"))()[-1] == "word"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f:pth=1", "no argument 'pth': did you mean 'path'"),
        ("f:n=many", "n=many is not of type int"),
        ("f:fast=perhaps", "fast=perhaps is not of type bool"),
    ],
)
def test_wrong_arguments_are_named(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        with_arguments(factory, ModelName.parse(text))


def test_arguments_reach_the_factory() -> None:
    info = registry.load_model("edm:sampler=dpmpp_3m,nfe=9,schedule=cosine").info
    assert info.nfe == 9
    assert info.name == "edm-dpmpp_3m-9-cosine"
    with pytest.raises(ModelError, match="nfe=23 or nfe=25"):
        registry.load_model("edm:sampler=heun,nfe=24")


class Entry:
    """An entry point without a package."""

    name, value = "mine", "mine:MODELS"

    def __init__(self, loaded: object) -> None:
        self.loaded = loaded

    def load(self) -> object:
        return self.loaded


def test_a_set_of_models_is_registered_by_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {registry.SET_GROUP: [Entry({"a": factory, "b": factory})]}
    monkeypatch.setattr(registry, "entry_points", lambda group: entries.get(group, []))
    assert list(registry.registered_models()) == ["a", "b"]


def test_a_set_that_is_none_is_named_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {registry.SET_GROUP: [Entry([factory])]}
    monkeypatch.setattr(registry, "entry_points", lambda group: entries.get(group, []))
    with pytest.warns(PluginWarning, match=r"'mine = mine:MODELS' cannot be imported"):
        assert registry.registered_models() == {}


def test_listing_models_imports_no_torch() -> None:
    code = (
        "import sys; from calobench.models.registry import registered_models\n"
        "assert 'full' in registered_models()\nsys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_alone_give_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        registry.registered_models()


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("full, distilled", ("full", "distilled")),
        (
            "full,edm:sampler=heun,nfe=63,distilled",
            ("full", "edm:sampler=heun,nfe=63", "distilled"),
        ),
        ("a.pt:unit=GeV,b.onnx:unit=MeV,slot=4", ("a.pt:unit=GeV", "b.onnx:unit=MeV,slot=4")),
        (",", ()),
    ],
)
def test_lists_of_models_keep_arguments_together(text: str, names: tuple[str, ...]) -> None:
    assert split_models(text) == names
