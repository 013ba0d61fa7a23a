"""The number of hits on the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from calobench.report.section import Section
from calobench.report.text import measured
from calobench.results.schema import Results
from calobench_stranger.hit_count.record import HitCount

__all__ = ["SECTION"]


def _context(results: Results) -> Mapping[str, object] | None:
    record = results.benchmark("hit_count", HitCount)
    if record is None:
        return None
    (mean,) = record.metrics
    return {
        "threshold": f"{record.threshold_mev:g} MeV",
        "rows": [
            ("Geant4", measured(mean.reference, mean.reference_error), mean.n_reference),
            ("model", measured(mean.value, mean.error), mean.n),
        ],
    }


SECTION = Section(
    "hit_count", "Hits per shower", 200, _context, Path(__file__).with_name("page.html.j2")
)
