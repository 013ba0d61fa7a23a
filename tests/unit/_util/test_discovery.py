"""Things that other packages register: one that fails is left out and named, a name is given once."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from toy_detector import toy_detector

from calobench._util import discovery
from calobench.errors import PluginError, PluginWarning
from calobench.observables import Observable, compute_features
from calobench.showers import Conditions, Showers

GROUP = "calobench.observables"


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Registers entry points of a package that is made of source text."""

    def register(source: str, **values: str) -> None:
        (tmp_path / "stranger_things.py").write_text(
            "from stranger_support import observable\n" + source
        )
        (tmp_path / "stranger_support.py").write_text(
            "from calobench.observables import Observable\n"
            "def observable(name):\n"
            "    return Observable(name, name, '', 'toy', 'A number.', lambda p: p.total)\n"
        )
        for module in ("stranger_things", "stranger_support"):
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.syspath_prepend(str(tmp_path))
        entries = [EntryPoint(name, value, GROUP) for name, value in values.items()]
        monkeypatch.setattr(discovery, "entry_points", lambda group: entries)

    return register


def names() -> list[str]:
    things = discovery.discover("calobench.observables", "OBSERVABLES", Observable, GROUP)
    return [thing.name for thing in things]


def test_one_thing_or_a_tuple_is_added_after_those_of_calobench(register: Any) -> None:
    before = names()
    register(
        "ONE = observable('one')\nTWO = (observable('two'), observable('three'))",
        one="stranger_things:ONE",
        two="stranger_things:TWO",
    )
    assert names() == [*before, "one", "two", "three"]


def test_what_cannot_be_imported_is_named_and_the_others_go_on(register: Any) -> None:
    register("ONE = observable('one')", bad="stranger_things:MISSING", good="stranger_things:ONE")
    with pytest.warns(PluginWarning, match=r"'bad = stranger_things:MISSING' cannot be imported"):
        assert names()[-1] == "one"


def test_two_of_one_name_names_both(register: Any) -> None:
    register("ONE = observable('response')", one="stranger_things:ONE")
    with pytest.raises(
        PluginError, match=r"calobench\.observables\.energy.* and by the entry point 'one"
    ):
        names()


def test_another_kind_is_named(register: Any) -> None:
    register("ONE = 3", one="stranger_things:ONE")
    with pytest.raises(PluginError, match="gives a int, it must give a Observable"):
        names()


def test_an_observable_of_wrong_length_is_named_with_its_module() -> None:
    detector = toy_detector()
    energy = np.ones((4, *detector.mesh_geometry.shape), np.float32)
    conditions = Conditions(np.full(4, 1e4), np.full(4, 1.5), np.zeros(4))
    bad = Observable("bad", "", "", "toy", "", lambda p: p.total[:2])
    with pytest.raises(
        PluginError, match=r"'bad' of .*test_discovery gives an array of shape \(2,\).*\(4,\)"
    ):
        compute_features(Showers(energy, conditions), detector, [bad])
