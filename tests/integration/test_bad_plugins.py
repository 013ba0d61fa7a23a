"""Things of other packages that break their contract: one line that names them and their package, exit 2."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from calobench._util import discovery
from calobench.cli import main
from calobench.detectors import load_detector
from calobench.evaluation.multivariate.catalogue import all_multivariate
from calobench.evaluation.univariate.catalogue import all_scores
from calobench.gate.kinds import metric_kinds
from calobench.harness.reference import bundled_reference
from calobench.io import LemursFile, write_lemurs
from calobench.observables.catalogue import all_observables

CACHES = (all_observables, all_scores, all_multivariate, metric_kinds)

SOURCE = """
import numpy as np
from calobench.evaluation.multivariate import MultivariateFunction, Outcome
from calobench.evaluation.univariate import ScoreFunction, Values
from calobench.observables import Observable


def observable(compute, **declared):
    return Observable("mine", "mine", "", "toy", "A number.", compute, **declared)


def score(value):
    def compare(samples, weights):
        return value(len(weights.model_draws.counts))
    return ScoreFunction("mine", compare, compare)


SHORT = observable(lambda p: p.total[:2])
FAILING = observable(lambda p: 1 / 0)
NAN = score(lambda n: Values(np.full(n, np.nan)))
WRONG_SHAPE = score(lambda n: Values(np.zeros(n + 1)))
ALONE = MultivariateFunction("mine", lambda task: 1 / 0)
NOTHING = MultivariateFunction("mine", lambda task: None)
LEAVES = MultivariateFunction("mine", lambda task: Outcome(records={"local": None}))
TEXT = "no observable"
"""


@pytest.fixture(scope="module")
def showers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    detector = load_detector("ALLEGRO")
    with LemursFile(bundled_reference(detector)) as file:
        few = file.read()[:60]
    path = tmp_path_factory.mktemp("showers") / "few.h5"
    write_lemurs(path, [few], detector=detector.name, mesh=detector.mesh_geometry)
    return path


@pytest.mark.parametrize(
    ("group", "name", "message"),
    [
        (
            "observables",
            "SHORT",
            "the observable 'mine' of bad_things gives an array of shape (2,)",
        ),
        ("observables", "FAILING", "the observable 'mine' of bad_things failed: ZeroDivisionError"),
        ("observables", "TEXT", "'mine = bad_things:TEXT' gives a str, it must give a Observable"),
        ("scores", "NAN", "the score 'mine' of bad_things gives a value that is not finite"),
        ("scores", "WRONG_SHAPE", "the score 'mine' of bad_things gives an array of shape (2,)"),
        (
            "multivariate_scores",
            "ALONE",
            "the score 'mine' of bad_things failed: ZeroDivisionError",
        ),
        (
            "multivariate_scores",
            "NOTHING",
            "'mine' of bad_things gives a NoneType, it must be an Out",
        ),
        ("multivariate_scores", "LEAVES", "'mine' of bad_things gives further results"),
    ],
)
def test_what_breaks_its_contract_is_named(
    group: str,
    name: str,
    message: str,
    showers: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bad_things.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "bad_things", raising=False)
    entry = EntryPoint("mine", f"bad_things:{name}", f"calobench.{group}")
    monkeypatch.setattr(
        discovery, "entry_points", lambda group: [entry] if group == entry.group else []
    )
    for cached in CACHES:
        cached.cache_clear()
    try:
        with pytest.raises(SystemExit) as stop:
            main(
                ["run", "--model", str(showers), "--reference", str(showers), "--detector", "ALLEGRO",
                 "--replicas", "20", "--out", str(tmp_path / "out")]
            )  # fmt: skip
    finally:
        for cached in CACHES:
            cached.cache_clear()
    output = capsys.readouterr().err
    assert stop.value.code == 2
    (line,) = [line for line in output.splitlines() if line.startswith("calobench: error:")]
    assert message in line
    assert "Traceback" not in output
    assert not (tmp_path / "out" / "results.json").exists()
