"""Records of benchmarks in a document: each under its name, read by the class that the benchmark declares."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple, Self, TypeVar

from pydantic import ConfigDict, Field, SerializeAsAny, field_validator

from calobench.observables.base import TopicName
from calobench.results.multivariate import ClassifierTest
from calobench.results.record import Record

__all__ = ["ForeignRecord", "OfBenchmark", "WithBenchmarks", "classifiers"]

R = TypeVar("R", bound=Record)

_Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class ForeignRecord(Record):
    """The record of a benchmark that is not installed here: kept as it is, and shown by nobody."""

    model_config = ConfigDict(extra="allow")


class WithBenchmarks(Record):
    """A document that holds records of benchmarks."""

    benchmarks: dict[_Name, SerializeAsAny[Record]] = Field(
        default_factory=dict, description="by name of the benchmark"
    )

    @field_validator("benchmarks", mode="before")
    @classmethod
    def _read(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {name: _record(name, value) for name, value in given.items()}

    def benchmark(self, name: str, kind: type[R]) -> R | None:
        """The record of a benchmark; None where there is none.

        Raises:
            TypeError: it is of another class.
        """
        record = self.benchmarks.get(name)
        if record is None or isinstance(record, kind):
            return record
        raise TypeError(
            f"the record of '{name}' is a {type(record).__name__}, not a {kind.__name__}"
        )

    def with_benchmarks(self, records: dict[str, Record]) -> Self:
        """The document with these records, each in place of an older one."""
        return self.model_copy(update={"benchmarks": {**self.benchmarks, **records}})


class OfBenchmark(NamedTuple):
    """The classifier of a benchmark.

    Attributes:
        name: of the benchmark.
        title: of the benchmark.
        topic: light of the verdict that its score belongs to.
        test: the results.
    """

    name: str
    title: str
    topic: TopicName
    test: ClassifierTest


def classifiers(results: WithBenchmarks) -> tuple[OfBenchmark, ...]:
    """The classifiers of all benchmarks of a run that declare one.

    Args:
        results: of the run.
    """
    from calobench.benchmarks.catalogue import all_benchmarks

    known = all_benchmarks()
    return tuple(
        OfBenchmark(name, one.title, one.topic, one.classifier(record))
        for name, record in results.benchmarks.items()
        if (one := known.get(name)) is not None and one.classifier is not None
    )


def _record(name: object, value: Any) -> Record:
    # Benchmarks bring their records from their own folders, which import this package.
    from calobench.benchmarks.catalogue import all_benchmarks

    if isinstance(value, Record):
        return value
    known = all_benchmarks().get(str(name))
    return (ForeignRecord if known is None else known.record).model_validate(value)
