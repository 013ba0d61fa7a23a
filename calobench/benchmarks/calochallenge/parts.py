"""Parts that ``--with`` adds to the protocol: classifiers, and precision, recall, density and coverage."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from calobench import __version__
from calobench._util.places import resolved
from calobench.benchmarks.calochallenge.binning import Binning
from calobench.benchmarks.calochallenge.classifiers.catalogue import (
    NAMES,
    image_shape,
    load_classifier,
    total_epochs,
)
from calobench.benchmarks.calochallenge.classifiers.inputs import (
    HighInputs,
    Inputs,
    LowInputs,
    cells_of,
)
from calobench.benchmarks.calochallenge.classifiers.score import (
    TRAININGS,
    classifier_score,
    require_classifiers,
)
from calobench.benchmarks.calochallenge.classifiers.store import TrainingStore
from calobench.benchmarks.calochallenge.diversity import MIN_SHOWERS, diversity_scores
from calobench.benchmarks.calochallenge.record import ClassifierName, ClassifierScore
from calobench.benchmarks.calochallenge.showers import ChallengeFiles
from calobench.errors import ConditionsError, UnknownNameError
from calobench.harness.stages import Stages
from calobench.results.multivariate import MultivariateScore

__all__ = ["PARTS", "Measured", "Parts", "PartsRequest"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

PARTS = ("classifiers", *NAMES, "prdc")
"""Words of ``--with``; ``classifiers`` are all three."""


class Measured(NamedTuple):
    """Results of the parts."""

    classifiers: tuple[ClassifierScore, ...]
    prdc: tuple[MultivariateScore, ...]


@dataclass(frozen=True)
class PartsRequest:
    """Request: what to add.

    Attributes:
        words: of ``PARTS``.
        showers: of each sample that parts use at most, drawn at random; None for all.
        replicas: permutations.
        seed: of all that is random.
    """

    words: tuple[str, ...]
    showers: int | None
    replicas: int
    seed: int


class Parts:
    """Checks early what can be added, measures late.

    Args:
        request: what to add.
        binning: of the showers.
        n_reference: showers of the reference.
        n_generated: generated showers.

    Attributes:
        n: showers of each sample that parts use.
        remarks: what is left out or reduced, and why.

    Raises:
        UnknownNameError: a word is not one of ``PARTS``.
        ConditionsError: too few showers, or showers of which there is no image.
        MissingPackageError: torch is not installed.
    """

    def __init__(
        self, request: PartsRequest, binning: Binning, n_reference: int, n_generated: int
    ) -> None:
        for word in request.words:
            if word not in PARTS:
                raise UnknownNameError("part of the CaloChallenge", word, PARTS)
        self._request, self._binning = request, binning
        all_three = "classifiers" in request.words
        self._names = [name for name in NAMES if all_three or name in request.words]
        self._prdc = "prdc" in request.words
        self.n = min(n_reference, n_generated, request.showers or n_reference)
        self.remarks: list[str] = []
        if "cnn" in self._names and image_shape(binning) is None:
            why = "has layers that are cut differently, which make no image for the cnn"
            if "cnn" in request.words:
                raise ConditionsError(f"this data set {why}; leave cnn out of --with")
            self._names.remove("cnn")
            self.remarks.append(f"no cnn: the data set {why}")
        if self._names:
            require_classifiers(self.n, self.n)
        if self._prdc and self.n < MIN_SHOWERS:
            raise ConditionsError(
                f"prdc needs {MIN_SHOWERS} showers of each sample, there are {self.n}; give more, or "
                "leave it out of --with"
            )
        if (self._names or self._prdc) and self.n < max(n_reference, n_generated):
            which = [*(["classifiers"] if self._names else ()), *(["prdc"] if self._prdc else ())]
            self.remarks.append(
                f"{' and '.join(which)} use {self.n:,} showers of each sample, drawn at random"
            )

    def measure(
        self,
        files: tuple[ChallengeFiles, ChallengeFiles],
        features: tuple[Array, Array],
        folder: Path,
        stages: Stages,
    ) -> Measured:
        """Measure all that is asked for.

        Args:
            files: reference and generated sample, open.
            features: the classifier's vectors of both, (N, columns) and (M, columns).
            folder: of the run, which keeps finished trainings until all are.
            stages: shows and times them.
        """
        draw, *seeds = np.random.SeedSequence((self._request.seed, 3)).spawn(2 + len(NAMES))
        rng = np.random.default_rng(draw)
        rows = tuple(np.sort(rng.permutation(len(one))[: self.n]) for one in files)
        cells: list[sparse.csr_array] = []
        if self._prdc or set(self._names) - {"high"}:
            with stages.stage("cells of both", sum(map(len, files))) as advance:
                cells = [cells_of(*one, advance) for one in zip(files, rows, strict=True)]
        prdc: tuple[MultivariateScore, ...] = ()
        if self._prdc:
            with stages.stage("precision, recall, density, coverage"):
                generator = np.random.default_rng(seeds[-1])
                prdc = diversity_scores(cells[0], cells[1], self._request.replicas, generator)
        energy = np.concatenate(
            [one.energy[chosen] for one, chosen in zip(files, rows, strict=True)]
        )
        store = TrainingStore(folder, self._key(files))
        scores = []
        low: Inputs | None = None
        for name in self._names:
            if name == "high":
                table, other = (one[chosen] for one, chosen in zip(features, rows, strict=True))
                inputs: Inputs = HighInputs(table, other)
            else:
                low = low or LowInputs(energy, sparse.csr_array(sparse.vstack(cells)))
                inputs = low
            scores.append(self._score(name, inputs, seeds[NAMES.index(name)], store, stages))
        store.clear()
        return Measured(tuple(scores), prdc)

    def _score(
        self,
        name: ClassifierName,
        inputs: Inputs,
        seed: np.random.SeedSequence,
        store: TrainingStore,
        stages: Stages,
    ) -> ClassifierScore:
        epochs = total_epochs()
        with stages.stage(f"classifier {name}", epochs) as advance:
            classifier = load_classifier(name, inputs.columns, self._binning, advance)
            return classifier_score(
                classifier, inputs, self.n, seed, store, done=lambda: advance(epochs // TRAININGS)
            )

    def _key(self, files: tuple[ChallengeFiles, ChallengeFiles]) -> str:
        """Of everything that a training depends on."""
        content = {
            "version": __version__,
            "files": [[[str(resolved(path)), path.stat().st_size, path.stat().st_mtime_ns]
                       for path in one.paths] for one in files],
            "layers": repr(self._binning.layers),
            "showers": self.n,
            "seed": self._request.seed,
        }  # fmt: skip
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]
