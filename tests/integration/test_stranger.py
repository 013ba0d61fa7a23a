"""The package in ``tests/stranger``, installed: what it adds is measured, shown, compared and described."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from installed import Installed

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.detectors import load_detector
from calobench.harness.reference import bundled_reference
from calobench.io import LemursFile, write_lemurs
from calobench.report import render
from calobench.results.benchmarks import ForeignRecord
from calobench.results.store import read_results

pytest.importorskip("pip", reason="the package is installed with pip")
pytest.importorskip("hatchling", reason="the package is built with hatchling")

# A whole run, which takes minutes on a loaded machine.
pytestmark = pytest.mark.timeout(900)

PACKAGE = Path(__file__).parents[1] / "stranger"
ROOT = PACKAGE.parents[1]

# The results of a better model: one that hits as many cells as Geant4 does.
MAKE_BETTER = """
import sys
from pathlib import Path
from calobench.results.store import read_results, write_results

results = read_results(Path(sys.argv[1]))
record = results.benchmarks["hit_count"]
(mean,) = record.metrics
nearer = mean.model_copy(update={"value": mean.reference})
better = record.model_copy(update={"metrics": (nearer,)})
write_results(Path(sys.argv[2]), results.with_benchmarks({"hit_count": better}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(PACKAGE, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def run(installed: Installed, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the package's own model, with its benchmark."""
    folder = tmp_path_factory.mktemp("run")
    detector = load_detector("ALLEGRO")
    with LemursFile(bundled_reference(detector)) as file:
        few = file.read()[:60]
    reference = folder / "reference.h5"
    write_lemurs(reference, [few], detector=detector.name, mesh=detector.mesh_geometry)
    installed.calobench(
        "run", "--model", "average_shower", "--detector", "ALLEGRO", "-n", "60", "--reference",
        str(reference), "--replicas", "20", "--with", "hit_count", "--out", str(folder / "out"),
    )  # fmt: skip
    return folder / "out"


def test_it_is_measured_and_is_on_the_page(run: Path) -> None:
    results = read_results(run / "results.json")
    assert results.model.name == "average_shower"
    observables = {one.name: one for one in results.observables}
    own = observables["hottest_layer_fraction"]
    assert own.data.kind == "distribution"
    assert 0 < own.data.reference_mean < 1
    # Of every observable, with its error and its null.
    for observable in results.observables:
        (score,) = [score for score in observable.scores if score.name == "cramer_von_mises"]
        assert 0 <= score.value <= 1
        assert score.null_median <= score.null_95
        assert 0 < score.p_value <= 1
    assert "cramer_von_mises" in {family.score for family in results.families}
    page = (run / "report.html").read_text()
    assert "hottest layer / E_vis" in page
    assert 'id="hit_count"' in page
    assert "Mean number of cells above 0.1 MeV per shower" in page


def test_the_schema_describes_its_record(installed: Installed, run: Path) -> None:
    code = "from calobench.results.store import json_schema; print(json_schema())"
    schema = json.loads(installed.python("-c", code))
    record = schema["properties"]["benchmarks"]["properties"]["hit_count"]
    content = json.loads((run / "results.json").read_text())["benchmarks"]["hit_count"]
    assert set(content) == set(record["properties"])
    assert set(record["required"]) <= set(content)


def test_the_gate_compares_its_metric(installed: Installed, run: Path, tmp_path: Path) -> None:
    now, better, baseline, report = (
        str(path)
        for path in (
            run / "results.json",
            tmp_path / "results.json",
            tmp_path / "baseline.json",
            tmp_path / "gate.json",
        )
    )
    installed.python("-c", MAKE_BETTER, now, better)
    installed.calobench("baseline", better, "-o", baseline)
    installed.calobench("gate", now, "--baseline", baseline, "--json", report, codes=(1, 3))
    found = json.loads(Path(report).read_text())
    (part,) = [part for part in found["parts"] if part["name"] == "hit_count"]
    assert (part["verdict"], part["compared"]) == ("REGRESSION", 1)
    (change,) = [one for one in found["changes"] if one["name"] == "hit_count.mean"]
    assert change["status"] == "worse"
    assert change["kind"] == "hits"


def test_without_the_package_its_results_are_read_and_kept(run: Path, tmp_path: Path) -> None:
    assert "hit_count" not in all_benchmarks()
    results = read_results(run / "results.json")
    record = results.benchmarks["hit_count"]
    assert isinstance(record, ForeignRecord)
    content = json.loads((run / "results.json").read_text())["benchmarks"]["hit_count"]
    assert record.model_dump(mode="json") == content
    page = render(results)
    assert "hottest layer / E_vis" in page
    assert 'id="hit_count"' not in page


def test_what_it_adds_keeps_the_contracts(installed: Installed) -> None:
    """The contract tests, over everything that is registered with the package installed."""
    contracts = str(ROOT / "tests" / "unit" / "test_contracts.py")
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT))
    chosen = "hottest_layer_fraction or cramer_von_mises or hit_count or average_shower"
    told = installed.python("-m", "pytest", *options, "-rA", "-k", chosen, contracts)
    for name in ("hottest_layer_fraction", "cramer_von_mises", "hit_count", "average_shower"):
        assert re.search(rf"PASSED .*\[(\w+-)*{name}[\]-]", told), name
