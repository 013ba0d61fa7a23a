"""Further showers of a run that is done: the same call with a larger number, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from calobench._util.memory import require_memory
from calobench._util.progress import Progress
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, ResultsError
from calobench.evaluation.conditional.metrics import Meter
from calobench.evaluation.conditional.yardstick import Yardstick
from calobench.harness.observing import Observed, observe
from calobench.harness.reference import read_reference
from calobench.harness.sources import TABLE_BYTES, is_shower_file
from calobench.io.reading import UNDECLARED, Reading
from calobench.models.calls import model_info, prepare_model
from calobench.models.checks import check_model_covers, generate_checked
from calobench.models.protocol import ShowerModel
from calobench.models.registry import load_model
from calobench.observables import FeatureTable, all_observables
from calobench.results.quality import QualityRecord
from calobench.results.schema import Results
from calobench.showers import Conditions, Content, Showers

__all__ = ["STEP", "MoreShowers"]

STEP = 500
"""Showers between two looks."""


@dataclass(frozen=True)
class MoreShowers:
    """Recipe of the showers of results, to make more of them.

    Attributes:
        results: of the run.
        model: as it was named.
        detector: the detector.
        reference: a file of showers; None for the bundled sample.
        reading: what is known of the files of showers.
    """

    results: Results
    model: str
    detector: DetectorSpec
    reference: Path | None = None
    reading: Reading = UNDECLARED

    def require_more(self, max_n: int) -> None:
        """Check that more showers can be made at all, before anything is read.

        Args:
            max_n: showers that there are to be.

        Raises:
            ConditionsError: the run has as many showers already, or its showers are of a file.
        """
        n = self.results.run.n
        if max_n <= n:
            raise ConditionsError(f"--escalate {max_n}: the run has {n} showers; give more")
        if is_shower_file(self.model):
            raise ConditionsError(
                f"--escalate: the showers are of the file {self.model}, and no more can be made; run the "
                "gate on a larger file"
            )

    def samples(
        self, max_n: int, step: int, remark: Callable[[str], None], progress: Progress
    ) -> Iterator[QualityRecord]:
        """Metrics of the run's showers, made again, and then of ever more.

        Conditions and seeds go on where the run ended: a run of as many showers would have the same.

        Args:
            max_n: showers of the last sample, more than the run has.
            step: by how many a sample is larger than the one before, rounded up to whole chunks.
            remark: told that the first showers are not those of the run.
            progress: shows the stages.

        Raises:
            ConditionsError: the run has as many showers already, or its showers are of a file.
            ResultsError: the model, the detector or the reference is not that of the results.
            CalobenchError: anything wrong with the model or the files.
        """
        self.require_more(max_n)
        n = self.results.run.n
        require_memory(TABLE_BYTES * max_n, f"the observables of {max_n} showers")
        model = load_model(self.model)
        reference = read_reference(self.reference, self.detector, self.reading)
        observed = self._observed(
            reference.chunks(), len(reference.conditions), "read reference", progress
        )
        self._require_same_setup(observed.content)
        conditions = reference.conditions.repeated(max_n)
        self._require_same_model(model, conditions)
        meter = Meter(Yardstick.fit(observed.table, self.detector, all_observables()))
        chunks = self._generated(model, conditions)
        size = self.results.run.chunk_size
        # Whole chunks: what is generated is used.
        tables, ends = [], [*range(n, max_n, -(-step // size) * size), max_n]
        for first, last in zip([0, *ends], ends, strict=False):
            part = self._observed(
                _until(chunks, last - first), last - first, f"generate {last}", progress
            )
            if first == 0 and self.results.run.content_sha256 not in (None, part.content.sha256):
                remark(
                    f"the first {n} showers are not, to the last bit, those of the results: made on "
                    "another machine, or with another version of the model"
                )
            tables.append(part.table)
            yield meter.measure(meter.yardstick.measure(FeatureTable.concatenate(tables)))

    def _generated(self, model: ShowerModel, conditions: Conditions) -> Iterator[Showers]:
        """In the chunks of the run, the last of which may be short, and then in whole ones."""
        size, n = self.results.run.chunk_size, self.results.run.n
        starts = [*range(0, n, size), *range(n, len(conditions), size)]
        seeds = np.random.SeedSequence(self.results.run.seed).spawn(len(starts))
        ends = [*starts[1:], len(conditions)]
        for start, end, seed in zip(starts, ends, seeds, strict=True):
            part = conditions[start:end]
            yield generate_checked(model, part, self.detector, seed, name=self.model).showers

    def _observed(
        self, chunks: Iterator[Showers], n: int, what: str, progress: Progress
    ) -> Observed:
        with progress.stage(what, n) as advance:
            return observe(
                chunks, n, self.detector, all_observables(), look=lambda _: None, advance=advance
            )

    def _require_same_setup(self, reference: Content) -> None:
        results = self.results
        if self.detector.geometry_hash != results.detector.geometry_hash:
            raise ResultsError(
                f"--escalate: {self.detector.name} has another geometry now than in the results; make them "
                "again with 'calobench run'"
            )
        if results.reference.content_sha256 not in (None, reference.sha256):
            raise ResultsError(
                "--escalate: the reference has other showers than that of the results; make them again "
                "with 'calobench run'"
            )

    def _require_same_model(self, model: ShowerModel, conditions: Conditions) -> None:
        prepare_model(model, self.detector, self.model)
        info, there = model_info(model), self.results.model
        if (info.name, info.weights_hash) != (there.name, there.weights_hash):
            raise ResultsError(
                f"--escalate: {self.model} is {info.name} with the weights {_short(info.weights_hash)} "
                f"now, the results are of {there.name} with {_short(there.weights_hash)}; make them again "
                "with 'calobench run'"
            )
        check_model_covers(info, self.detector, conditions)


def _short(weights_hash: str | None) -> str:
    return "unknown" if weights_hash is None else weights_hash[:12]


def _until(chunks: Iterator[Showers], n: int) -> Iterator[Showers]:
    """The next chunks, with ``n`` showers in all."""
    while n > 0:
        chunk = next(chunks)
        yield chunk
        n -= len(chunk)
