"""The study of the order of distillation and adaptation: a complete plan, and a page of what was measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "studies"))

from student_adaptation_page import answer, table
from student_adaptation_plan import CALIBRATED, ROWS, STEPS, TRANSFERS, configurations

from reference_models.training.config import parse_config

GPU = Path(__file__).parents[2] / "reports" / "samples" / "slides-ILD" / "weights"


def test_every_row_has_weights_that_are_made_or_shipped(tmp_path: Path) -> None:
    (tmp_path / "weights").symlink_to(GPU)
    made = configurations(tmp_path)
    for name, content in made.items():
        assert parse_config(content, Path(name)).weights.name == f"{name}.safetensors"
    shipped = {path.stem for path in GPU.glob("*.safetensors")}
    halvings = {f"halved_20_{k}" for k in (16, 8, 4, 2)}
    known = shipped | set(made) | set(TRANSFERS) | halvings | {"before"}
    for row in ROWS:
        assert row.weights in known
        assert {name for name, _ in row.trained} <= known
        assert {step for _, step in row.trained} <= set(STEPS)
        assert not row.calibrated or row.weights in CALIBRATED or row.weights in shipped
    assert {of for of, _ in TRANSFERS.values()} <= known


def made_up(before: float, after: float) -> dict[str, Any]:
    def row(
        name: str, area: float, *, calibrated: bool = False, worth: float = 120.0
    ) -> dict[str, Any]:
        score = {
            "auc": area, "auc_error": 0.01, "fpd": 1.5, "equivalent": worth,
            "wasserstein": {"azimuthal_coherence": [0.2, 0.1], "hottest_cell": [0.3, 0.1]},
        }  # fmt: skip
        return {
            "name": name, "weights": name, "nfe": 1, "calibrated": calibrated, "n": 500,
            "showers_seen": 4000, "one_core_s": 1200.0, "scores": [score, score],
        }  # fmt: skip

    plain = ("transferred", "ILD_distilled", "transferred_300", "tuned_100", "halved_20", "before")
    return {
        "rows": [
            *(row(name, 0.9) for name in plain),
            row("transferred", before, calibrated=True, worth=500.0),
            row("ILD_distilled", after, calibrated=True),
        ]
    }


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (0.60, 0.61, "neither order is seen to be better"),
        (0.60, 0.70, "before is better"),
        (0.70, 0.60, "after is better"),
    ],
)
def test_an_order_is_better_only_by_more_than_the_error(
    before: float, after: float, verdict: str
) -> None:
    text = answer(made_up(before, after))
    assert verdict in text
    assert f"an area of {before:.3f} ± 0.010 (FPD 1.50, worth at least 500 showers)" in text
    assert f"an area of {after:.3f} ± 0.010 (FPD 1.50, worth 120 showers)" in text


def test_rows_of_the_table_say_what_is_calibrated() -> None:
    rows = table(made_up(0.6, 0.7)).splitlines()[2:]
    assert len(rows) == 8
    assert rows[-1].startswith(
        "| ILD_distilled; calibrated | 1 | 4,000 | 20 min | 0.700 ± 0.010 | 1.50 | 120 | 0.20 | 0.30 |"
    )
