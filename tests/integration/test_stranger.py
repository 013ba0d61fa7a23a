"""The package in ``tests/stranger``, installed: what it adds is measured, shown, compared and described."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from installed import Installed

from calobench.benchmarks.catalogue import all_benchmarks
from calobench.detectors import load_detector
from calobench.gate.changes import quality_entries
from calobench.gate.policy import Policy
from calobench.harness.reference import bundled_reference
from calobench.io import LemursFile, write_lemurs
from calobench.report import render
from calobench.results.benchmarks import ForeignRecord
from calobench.results.store import read_results
from calobench.results.verdict import Topic

pytest.importorskip("pip", reason="the package is installed with pip")
pytest.importorskip("hatchling", reason="the package is built with hatchling")

# A whole run, which takes minutes on a loaded machine.
pytestmark = pytest.mark.timeout(900)

PACKAGE = Path(__file__).parents[1] / "stranger"
ROOT = PACKAGE.parents[1]

# The results of a better model: one that is as Geant4 in the metrics that are named.
MAKE_BETTER = """
import sys
from pathlib import Path
from calobench.results.store import read_results, write_results

def nearer(metric):
    return metric.model_copy(update={"value": metric.reference})

def better(record, names):
    metrics = [nearer(one) if one.name in names else one for one in record.metrics]
    return record.model_copy(update={"metrics": tuple(metrics)})

results, names = read_results(Path(sys.argv[1])), sys.argv[3:]
results = results.with_benchmarks({"hit_count": better(results.benchmarks["hit_count"], names)})
# Other showers, as the numbers of others are: the same ones would not be compared.
run = results.run.model_copy(update={"content_sha256": None})
results = results.model_copy(update={"quality": better(results.quality, names), "run": run})
write_results(Path(sys.argv[2]), results)
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
    process = installed.calobench(
        "run", "--model", "average_shower", "--detector", "ALLEGRO", "-n", "60", "--reference",
        str(reference), "--replicas", "20", "--with", "hit_count", "--out", str(folder / "out"),
    )  # fmt: skip
    (folder / "out" / "terminal.txt").write_text(process)
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
    assert results.verdict is not None
    named = {effect.name: effect for light in results.verdict.lights for effect in light.effects}
    mean = named["hottest_layer_fraction.mean"]
    assert (mean.topic, mean.label) == (Topic.LONGITUDINAL, "hottest layer")
    assert re.search(r"^hottest layer .* too (prominent|weak)", mean.words)
    # Together with calobench's own, as one family.
    assert results.multivariate is not None
    together = {score.name: score for score in results.multivariate.scores}
    assert together["energy_distance"].family_p_value is not None
    assert together.keys() >= {"fpd", "kpd", "auc"}
    page = (run / "report.html").read_text()
    assert "hottest layer / E_vis" in page
    assert 'id="hit_count"' in page
    assert "Mean number of cells above 0.1 MeV per shower" in page
    assert '<th scope="colgroup" colspan="5">CvM</th>' in page
    assert "Cramér-von Mises distance" in page
    assert "energy distance" in section_of(page, "multivariate")


def section_of(page: str, anchor: str) -> str:
    start = page.index(f'id="{anchor}"')
    return page[start : page.index("</section>", start)]


def test_the_terminal_shows_what_declares_to_be_shown_there(run: Path) -> None:
    lines = (run / "terminal.txt").read_text().splitlines()
    heading = next(line for line in lines if line.split()[:1] == ["observable"])
    assert heading.split() == [
        "observable", "W₁/σ", "±", "null", "p", "q", "80%", "χ²/ndf", "p", "CvM", "p",
    ]  # fmt: skip
    assert any(line.strip().startswith("hottest layer / E_vis ") for line in lines)
    # Not everything: what declares nothing is on the page alone.
    assert not any("R_97" in line for line in lines)


def test_results_hold_what_it_declares_and_the_schema_describes_it(
    installed: Installed, run: Path
) -> None:
    code = "from calobench.results.store import json_schema; print(json_schema())"
    schema = json.loads(installed.python("-c", code))
    record = schema["properties"]["benchmarks"]["properties"]["hit_count"]
    content = json.loads((run / "results.json").read_text())["benchmarks"]["hit_count"]
    assert set(content) == set(record["properties"])
    assert set(record["required"]) <= set(content)
    results = json.loads((run / "results.json").read_text())
    (declared,) = [one for one in results["scores"] if one["name"] == "cramer_von_mises"]
    assert (declared["title"], declared["terminal"], declared["gate"]) == ("CvM", True, 0.01)
    (own,) = [one for one in results["observables"] if one["name"] == "hottest_layer_fraction"]
    assert own["terminal"]
    assert set(declared) == set(schema["$defs"]["ScoreRecord"]["properties"])
    assert set(own) <= set(schema["$defs"]["ObservableResult"]["properties"])
    assert set(own["scores"][0]) <= set(schema["$defs"]["Score"]["properties"])


def test_the_gate_compares_its_metrics(installed: Installed, run: Path, tmp_path: Path) -> None:
    now, better, baseline, report = (
        str(path)
        for path in (
            run / "results.json",
            tmp_path / "results.json",
            tmp_path / "baseline.json",
            tmp_path / "gate.json",
        )
    )
    # Both are beyond what chance does: this model's showers are all alike.
    own = ("hit_count.mean", "hottest_layer_fraction.bias", "width_z.cramer_von_mises")
    installed.python("-c", MAKE_BETTER, now, better, *own)
    installed.calobench("baseline", better, "-o", baseline)
    policy = tmp_path / "policy.toml"
    policy.write_text("min_showers = 50\n")
    installed.calobench(
        "gate", now, "--baseline", baseline, "--policy", str(policy), "--json", report, codes=(1,)
    )
    document = json.loads(Path(report).read_text())
    (part,) = [part for part in document["parts"] if part["name"] == "hit_count"]
    assert (part["verdict"], part["compared"]) == ("REGRESSION", 1)
    (change,) = [one for one in document["changes"] if one["name"] == "hit_count.mean"]
    assert change["status"] == "worse"
    assert change["kind"] == "hits"
    changes = {one["name"]: one for one in document["changes"]}
    bias = changes["hottest_layer_fraction.bias"]
    assert (bias["status"], bias["headline"], bias["label"]) == (
        "worse",
        True,
        "hottest layer / E_vis",
    )
    distance = changes["width_z.cramer_von_mises"]
    assert (distance["status"], distance["headline"]) == ("worse", False)
    assert distance["floor"] == 0.01
    # Of what the gate judges by other observables there is none.
    assert "visible_energy.cramer_von_mises" not in changes


def test_without_the_package_the_gate_says_what_it_cannot_compare(
    run: Path, tmp_path: Path
) -> None:
    results = read_results(run / "results.json")
    assert results.quality is not None
    entries, gaps = quality_entries(results.quality, results.quality, Policy())
    assert not [entry for entry in entries if entry.kind == "cramer_von_mises"]
    reasons = {gap.reason for gap in gaps if gap.name.endswith(".cramer_von_mises")}
    assert reasons == {"its kind 'cramer_von_mises' is of a package that is not installed here"}
    # Its observable is compared: what kind of metric a mean is, is known.
    assert "hottest_layer_fraction.bias" in {entry.name for entry in entries}


def test_without_the_package_its_results_are_read_and_kept(run: Path, tmp_path: Path) -> None:
    assert "hit_count" not in all_benchmarks()
    results = read_results(run / "results.json")
    record = results.benchmarks["hit_count"]
    assert isinstance(record, ForeignRecord)
    content = json.loads((run / "results.json").read_text())["benchmarks"]["hit_count"]
    assert record.model_dump(mode="json") == content
    page = render(results)
    assert "hottest layer / E_vis" in page
    assert '<th scope="colgroup" colspan="5">CvM</th>' in page
    assert "Cramér-von Mises distance" in page
    assert 'id="hit_count"' not in page


def test_its_format_is_read_by_commands(installed: Installed, tmp_path: Path) -> None:
    lines, out = str(tmp_path / "showers.jsonl"), str(tmp_path / "out.h5")
    code = (
        "import sys; from pathlib import Path; import calobench as cb\n"
        "from calobench_stranger.reader import write_cell_lines\n"
        "showers = cb.reference('ALLEGRO')[:5]\n"
        "write_cell_lines(Path(sys.argv[1]), showers, cb.load_detector('ALLEGRO').mesh_geometry)"
    )
    installed.python("-c", code, lines)
    assert "cell_lines" in installed.calobench("inspect", lines, "--detector", "ALLEGRO")
    installed.calobench("convert", lines, out, "--detector", "ALLEGRO")
    with (
        LemursFile(out) as converted,
        LemursFile(bundled_reference(load_detector("ALLEGRO"))) as truth,
    ):
        np.testing.assert_array_equal(converted.read().energy, next(truth.chunks(5)).energy)


def test_what_it_adds_keeps_the_contracts(installed: Installed) -> None:
    """The contract tests, over everything that is registered with the package installed."""
    contracts = str(ROOT / "tests" / "unit" / "test_contracts.py")
    options = ("-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(ROOT))
    names = (
        "hottest_layer_fraction", "cramer_von_mises", "energy_distance", "hit_count", "average_shower",
        "cell_lines",
    )  # fmt: skip
    chosen = " or ".join(names)
    process = installed.python("-m", "pytest", *options, "-rA", "-k", chosen, contracts)
    for name in names:
        assert re.search(rf"PASSED .*\[(\w+-)*{name}[\]-]", process), name
