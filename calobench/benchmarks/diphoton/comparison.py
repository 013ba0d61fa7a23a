"""Two samples of pairs taken through the same chain, and compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calobench._util.progress import Progress, SilentProgress
from calobench.benchmarks.diphoton.chain import Chain
from calobench.benchmarks.diphoton.counting import wilson
from calobench.benchmarks.diphoton.curves import EventTable, curve, turnon
from calobench.benchmarks.diphoton.display import displays
from calobench.benchmarks.diphoton.estimates import log_resolution
from calobench.benchmarks.diphoton.metrics import diphoton_metrics
from calobench.benchmarks.diphoton.observables import OBSERVABLES
from calobench.benchmarks.diphoton.record import (
    MIN_PAIRS,
    DiphotonResults,
    DiphotonSample,
    DiphotonSettings,
    Measured,
    SingleRecord,
)
from calobench.benchmarks.diphoton.sample import (
    GEANT4,
    MODEL,
    SingleTable,
    pair_table,
    single_table,
)
from calobench.showers import Showers

__all__ = ["Comparison", "compare_pairs"]

# A fit each, and never fewer, because a gate relies on it: the error of a standard deviation from 100
# is 7 %.
_TURNON_REPLICAS = 100

Pairs = list[tuple[Showers, Showers]]


@dataclass(frozen=True)
class Comparison:
    """Both samples measured; :meth:`results` scores them.

    Attributes:
        chain: what happened to every event.
        pairs: showers of Geant4 and of the model.
        tables: two-photon events of either.
        singles: single showers of either.
        direct: Geant4's own two-photon events; None without.
        replicas: of bootstrap, null and permutations.
    """

    chain: Chain
    pairs: tuple[Pairs, Pairs]
    tables: tuple[EventTable, EventTable]
    singles: tuple[SingleTable, SingleTable]
    direct: EventTable | None
    replicas: int

    def results(
        self,
        settings: DiphotonSettings,
        reference: str,
        model: str,
        sha256: tuple[str, ...] = (),
        content_sha256: tuple[str, ...] = (),
        remarks: tuple[str, ...] = (),
    ) -> DiphotonResults:
        """Scores and records; the random numbers depend on the seed alone.

        Args:
            settings: what was asked for.
            reference: where Geant4's showers come from.
            model: where the model's come from.
            sha256: of the files of Geant4's showers.
            content_sha256: of the showers themselves.
            remarks: what was noticed in the showers.
        """
        rng = self.chain.rng(20_000)
        geant4, generated = self.tables
        curves = tuple(
            curve(
                observable,
                self.chain.bins,
                geant4,
                generated,
                self.direct,
                replicas=self.replicas,
                rng=rng,
            )
            for observable in OBSERVABLES
        )
        half = turnon(
            self.chain.bins,
            geant4,
            generated,
            replicas=_TURNON_REPLICAS,
            rng=rng,
        )
        samples = [
            DiphotonSample(
                description=text,
                seeds=len(pairs),
                pairs=sum(len(first) for first, _ in pairs),
                events=len(table.pair),
            )
            for text, pairs, table in zip((reference, model), self.pairs, self.tables, strict=True)
        ]
        samples[0] = samples[0].model_copy(
            update={"sha256": sha256, "content_sha256": content_sha256}
        )
        return DiphotonResults(
            settings=settings,
            reference=samples[0],
            model=samples[1],
            curves=curves,
            turnon=half,
            single_reference=_single(self.singles[0]),
            single_model=_single(self.singles[1]),
            metrics=diphoton_metrics(self.tables, self.singles, half, self.chain.bins),
            events=displays(self.pairs[0][0], self.pairs[1][0], self.chain),
            warnings=(*remarks, *_warnings(*samples)),
        )


def compare_pairs(
    reference: Pairs,
    model: Pairs,
    chain: Chain,
    *,
    direct: EventTable | None = None,
    replicas: int = 200,
    progress: Progress | None = None,
) -> Comparison:
    """Take both samples through the same chain.

    Args:
        reference: first and second showers of each seed, of Geant4.
        model: the same of the model.
        chain: what happens to them.
        direct: Geant4's own two-photon events, measured.
        replicas: of bootstrap, null and permutations.
        progress: shows the stages.
    """
    progress = progress or SilentProgress()
    tables, singles = [], []
    for side, name, pairs in ((GEANT4, "Geant4", reference), (MODEL, "model", model)):
        with progress.stage(f"reconstruct {name}", 2) as advance:
            tables.append(pair_table(pairs, chain, side))
            advance()
            everything = Showers.concatenate([showers for pair in pairs for showers in pair])
            singles.append(single_table(everything, chain, side))
            advance()
    return Comparison(
        chain,
        (reference, model),
        (tables[0], tables[1]),
        (singles[0], singles[1]),
        direct,
        replicas,
    )


def _single(table: SingleTable) -> SingleRecord:
    n = len(table.photons)
    mean, spread = float(table.response.mean()), float(table.response.std(ddof=1))
    # Not that of a Gaussian: a few photons far below the others make it twice as large.
    resolution, relative = spread / mean if mean > 0 else 0.0, log_resolution(table.response)
    return SingleRecord(
        n=n,
        split=_fraction(int(np.sum(table.photons > 1)), n),
        lost=_fraction(int(np.sum(table.photons == 0)), n),
        response=Measured(value=mean, error=spread / n**0.5),
        resolution=Measured(
            value=resolution, error=resolution * relative[1] if relative is not None else 0.0
        ),
    )


def _fraction(count: int, n: int) -> Measured:
    low, high = wilson(count, n)
    fraction = count / n
    return Measured(value=fraction, error=float(max(high - fraction, fraction - low)))


def _warnings(reference: DiphotonSample, model: DiphotonSample) -> tuple[str, ...]:
    sides = (
        ("the reference", reference, "more single showers, --reference"),
        ("the model", model, "more events, -n"),
    )
    return tuple(
        f"{who} has only {sample.pairs} pairs of showers: small differences cannot be seen; {more}, "
        "see more"
        for who, sample, more in sides
        if sample.pairs < MIN_PAIRS
    )
