"""Expected cost of a suite: scaled from rates, and only of what is left to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from calobench.cli import main
from calobench.suite import plan as planning
from calobench.suite.entries import entries_of
from calobench.suite.plan import Rates, make_plan
from calobench.suite.spec import read_suite

RATES = Rates({"distilled": 0.01, "full": 0.5}, 60.0, 0.02, 2_000_000, 1500.0, 10**9, 150)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = tmp_path / "suite.yaml"
    path.write_text("models: [distilled, full]\ndetectors: [CLD, ODD]\nn: 1000\n")
    return path


def test_generation_and_tables_grow_with_the_showers(suite: Path, tmp_path: Path) -> None:
    entries = entries_of(read_suite(suite), tmp_path)
    seconds = [run.seconds for run in make_plan(entries, RATES).runs]
    assert seconds == pytest.approx([91, 630, 91, 630])
    million = make_plan(entries, RATES, 10**6)
    assert million.runs[1].seconds == pytest.approx(60 + 20_000 + 500_050)
    cost = million.cost(1)
    assert cost.showers == 4 * 10**6
    assert cost.core_hours == pytest.approx((4 * 20_060 + 2 * 10_001 + 2 * 500_050) / 3600)
    assert cost.disk_bytes == pytest.approx(4 * 2e6 + 4e6 * 1500)


def test_no_run_is_divided(suite: Path, tmp_path: Path) -> None:
    plan = make_plan(entries_of(read_suite(suite), tmp_path), RATES)
    assert plan.cost(1).wall_s == pytest.approx(1442)
    assert plan.cost(2).wall_s == pytest.approx(91 + 91 + 630)
    assert plan.cost(4).wall_s == plan.cost(1000).wall_s == pytest.approx(630)


def test_what_is_finished_costs_nothing(
    suite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "finished", lambda entry: entry.name == "full" or None)
    cost = make_plan(entries_of(read_suite(suite), tmp_path), RATES).cost(1)
    assert (cost.showers, cost.wall_s) == (2000, pytest.approx(182))


def test_the_command(
    suite: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(planning, "measure_rates", lambda *_: RATES)
    with pytest.raises(SystemExit) as stop:
        main(["plan", str(suite), "--workers", "2", "--price", "0.5"])
    output = capsys.readouterr().out
    assert not stop.value.code
    assert "4 runs, 0 finished" in output
    assert "distilled: 10 ms per shower, 100 showers/s" in output
    assert "14 min" in output
    assert f"{1442 / 3600 * 0.5:.2f}" in output
    # The same suite with a million showers per run.
    assert "4,000,000" in output
    assert (
        f"{make_plan(entries_of(read_suite(suite), suite), RATES, 10**6).cost(2).core_hours:.2f}"
        in output
    )
