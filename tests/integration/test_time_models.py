"""``calobench time`` with a bundled model, and a run that gets the times."""

from __future__ import annotations

from pathlib import Path

import pytest

from calobench.benchmarks.timing.record import TimingResults
from calobench.cli import main
from calobench.results.store import read_results


def command(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stop:
        main(arguments)
    assert isinstance(stop.value.code, int)
    return stop.value.code


def test_times_of_a_bundled_model_go_into_a_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    toy = ("--model", "toy_models:toy", "--detector", "ALLEGRO", "--replicas", "20", "-n", "20")
    assert command("run", *toy, "--out", str(run)) == 0
    options = ("--batch-sizes", "1,2", "--energies", "50", "--max-seconds", "1")
    into = ("--into", str(run / "results.json"))
    times = ("time", "--detector", "ALLEGRO", "--models", "distilled", *options, *into)
    assert command(*times) == 0
    timing = read_results(run / "results.json").benchmark("timing", TimingResults)
    assert timing is not None
    one, two = timing.rows
    assert (one.batch_size, two.batch_size) == (1, 2)
    for row in timing.rows:
        assert row.nfe == 1
        assert row.parameters is not None
        assert row.parameters > 1e5
        assert row.time is not None
        assert row.peak_memory_bytes is not None
        assert row.peak_memory_bytes > 100 * 2**20
        if row.limit_ms is not None:
            # The network is the smaller part of what is timed: arithmetic alone is faster.
            assert row.limit_ms < row.time.cpu_ms
    # Whether the machine was quiet is not known; what calobench itself sets is.
    assert not any("threads of torch" in reason for reason in timing.invalid)
    assert not any("could also run on" in reason for reason in timing.invalid)
    assert [one.model for one in timing.quality] == ["toy"]
    assert 'id="timing"' in (run / "report.html").read_text()
    assert command(*times) == 2
