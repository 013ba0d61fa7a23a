"""Fields of a record that have an entry per bin, or per name, are equally long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from calobench.results.quality import HistogramMetric
from calobench.results.record import Record
from calobench.results.store import read_results

SAMPLE = Path(__file__).parents[3] / "reports/samples/distilled-FCCeeALLEGRO/results.json"


def records(value: object) -> Iterator[Record]:
    if isinstance(value, Record):
        yield value
        for name in type(value).model_fields:
            yield from records(getattr(value, name))
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from records(one)
    elif isinstance(value, dict):
        yield from records(list(value.values()))


def kinds() -> dict[str, Record]:
    """One record of each kind that declares lengths, from the sample that ships."""
    of_kind = {type(one).__name__: one for one in records(read_results(SAMPLE)) if one._lengths()}
    return dict(sorted(of_kind.items()))


KINDS = kinds()


def test_records_with_bins_declare_their_lengths() -> None:
    assert KINDS.keys() >= {
        "BinnedObservable", "ClassifierRecord", "ConditionBins", "CorrelationMatrix", "CurveRecord",
        "Distribution", "EnergyDependence", "EventDisplay", "HistogramMetric", "Profile", "ResponsePeak",
    }  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_an_entry_too_few_is_refused(kind: str) -> None:
    record = KINDS[kind]
    content = record.model_dump()
    type(record).model_validate(content)
    for name in record._lengths():
        with pytest.raises(ValidationError, match=r"belong together|pairs|bins"):
            type(record).model_validate(content | {name: content[name][:-1]})


def test_the_error_tells_the_numbers() -> None:
    with pytest.raises(ValidationError, match="1 'edges', 3 'counts', 2 'reference_counts'"):
        HistogramMetric(
            name="a", kind="shape", columns=(), edges=(0.0,), counts=(1, 2, 3),
            reference_counts=(1, 2),
        )  # fmt: skip
