"""What the study of scaling concludes from its wall times."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

from scaling_model import Costs, simulated, speed_up
from scaling_tables import speed_up_table


def test_the_start_of_the_program_is_no_part_of_the_speed_up() -> None:
    files = (500, 2500)
    walls = {
        workers: [
            (begin + 500 * shower / workers, begin + 2500 * shower / workers)
            for begin, shower in ((4.0, 0.01), (5.0, 0.012), (4.5, 0.011))
        ]
        for workers in (1, 2)
    }
    result = speed_up(walls, files)
    assert result["speed_up"] == pytest.approx({"value": 2, "least": 2, "greatest": 2})
    assert result["work_s"] == pytest.approx({1: 22, 2: 11})
    assert result["begin_s"] == pytest.approx({1: 4.5, 2: 4.5})
    # As JSON gives it back.
    kept = json.loads(json.dumps({**result, "model": "distilled", "rounds": 3}))
    assert speed_up_table({"speed_up": kept}).splitlines()[2:] == [
        "| 2,000 showers of `distilled` | 22.0 | 11.0 | 2.00 (2.00 to 2.00 in 3 rounds) |",
        "| start and end of the program | 4.5 | 4.5 |  |",
    ]


def test_simulated_shards_end_when_the_last_worker_does() -> None:
    costs = Costs(shower_s=0.01, shard_s=0.0, begin_s=5.0, merge_s=0.001)
    assert simulated(costs, 1000, 100, 1) == pytest.approx((15, 1))
    # Four workers do three, three, two and two of ten shards.
    assert simulated(costs, 1000, 100, 4) == pytest.approx((8, 1))
