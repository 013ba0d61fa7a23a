"""The catalogue of observables and the table of features."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from calobench._util.discovery import discover
from calobench.detectors.spec import DetectorSpec
from calobench.errors import MeshMismatchError, PluginError
from calobench.observables import FeatureTable, Observable, all_observables, compute_features
from calobench.showers import Conditions, Showers


def test_catalogue_names_are_unique_and_families_are_files() -> None:
    observables = all_observables()
    assert len({observable.name for observable in observables}) == len(observables) >= 35
    families = {observable.family for observable in observables}
    assert families == {
        "azimuthal",
        "coherence",
        "continuity",
        "energy",
        "longitudinal",
        "occupancy",
        "radial",
        "spectrum",
    }
    for observable in observables:
        assert observable.description.endswith("."), observable.name


def test_wrong_mesh_is_an_error(detector: DetectorSpec) -> None:
    showers = Showers(
        np.zeros((1, 9, 16, 44), np.float32), Conditions(np.ones(1), np.ones(1), np.ones(1))
    )
    with pytest.raises(MeshMismatchError, match="choose the detector"):
        compute_features(showers, detector, all_observables())


def test_concatenate_needs_tables_alike(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    table = features_of(np.ones((1, 9, 16, 45)))
    with pytest.raises(ValueError, match="no table"):
        FeatureTable.concatenate([])
    other = FeatureTable(table.conditions, {}, table.profiles)
    with pytest.raises(ValueError, match="different observables"):
        FeatureTable.concatenate([table, other])


def test_frame_has_a_row_a_shower(
    features_of: Callable[[NDArray[np.floating]], FeatureTable],
) -> None:
    table = features_of(np.ones((2, 9, 16, 45)))
    frame = table.to_frame()
    assert len(frame) == 2
    assert frame["incident_energy"].tolist() == [1e3, 1e3]
    assert frame["radial_profile[8]"].tolist() == pytest.approx([1 / 9, 1 / 9])
    assert frame.shape[1] == 3 + len(table.scalars) + 3 * 45 + 3 * 9 + 3 * 16 + 22


@pytest.fixture
def plugin_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    package = tmp_path / "toy_families"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield package
    for name in [name for name in sys.modules if name.startswith("toy_families")]:
        del sys.modules[name]


MODULE = """
from calobench.observables.base import Observable
OBSERVABLES = (Observable("{name}", "", "", "", "", lambda showers: showers.total),)
"""


def test_a_new_file_is_found(plugin_package: Path) -> None:
    (plugin_package / "b.py").write_text(MODULE.format(name="later"))
    (plugin_package / "a.py").write_text(MODULE.format(name="first"))
    (plugin_package / "helper.py").write_text("")
    observables = discover("toy_families", "OBSERVABLES", Observable)
    assert [observable.name for observable in observables] == ["first", "later"]


def test_duplicates_are_an_error(plugin_package: Path) -> None:
    (plugin_package / "a.py").write_text(MODULE.format(name="same"))
    (plugin_package / "b.py").write_text(MODULE.format(name="same"))
    with pytest.raises(PluginError, match=r"'same' is listed by .*\.a\.OBSERVABLES and by .*\.b\."):
        discover("toy_families", "OBSERVABLES", Observable)


def test_other_things_are_an_error(plugin_package: Path) -> None:
    (plugin_package / "a.py").write_text("OBSERVABLES = (3,)")
    with pytest.raises(TypeError, match="not of type Observable"):
        discover("toy_families", "OBSERVABLES", Observable)


def test_heavy_packages_are_not_imported() -> None:
    code = (
        "import sys, calobench.observables, calobench.evaluation.univariate as s; s.all_scores();"
        "sys.exit(any(name in sys.modules for name in ('torch', 'matplotlib', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
