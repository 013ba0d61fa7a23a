"""The classifier test on the cells themselves: a small network instead of trees on observables.

What no observable measures, such as how neighbouring cells go together, a network may still see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from calobench._util.threads import few_threads
from calobench.benchmarks.cells.images import incident_columns
from calobench.benchmarks.cells.sample import Side, drawn
from calobench.detectors.spec import DetectorSpec
from calobench.errors import ConditionsError, MissingPackageError
from calobench.evaluation.multivariate.classifier import Fit, classifier_test
from calobench.evaluation.multivariate.judging import Name
from calobench.evaluation.multivariate.samples import Pool, permuted_labels
from calobench.evaluation.multivariate.shapes import duplicates
from calobench.evaluation.multivariate.weights import auc_score, classifier_record
from calobench.results.multivariate import ClassifierTest
from calobench.showers import Conditions, Showers

if TYPE_CHECKING:
    from calobench._util.progress import Progress

__all__ = ["MAX_SHOWERS", "MIN_SHOWERS", "CellTest", "cell_test", "require_torch"]

Array = NDArray[np.float64]
Indices = NDArray[np.intp]

MAX_SHOWERS = 2000
"""Showers of either sample that are used, and kept in memory, at most."""

MIN_SHOWERS = 40
"""Of either sample."""

FOLDS = 3
SEEDS = 2

# Permutations that train all networks anew.
TRAININGS = 10

AUC = Name(
    "cell_auc",
    "cell network AUC",
    "Area under the ROC curve of a small convolutional network that was trained on the cells of the "
    "mesh, incident energy and angles to tell the model from Geant4, on showers that it has not seen; "
    "0.5 is guessing.",
    tolerance=True,
)


def require_torch() -> None:
    """Check that networks can be trained.

    Raises:
        MissingPackageError: torch is not installed.
    """
    try:
        import torch  # noqa: F401
    except ImportError:
        raise MissingPackageError(
            "--with cells needs torch, which is not installed; install it with 'pip install torch', "
            "or leave --with cells out"
        ) from None


class CellTest:
    """Keeps showers of both samples as they pass by, and tells them apart when all have passed.

    Args:
        reference: conditions of the reference.
        sample: conditions of the model's sample.
        detector: gives mesh and staves.
        paired: model shower i has the condition of reference shower ``i mod len(reference)``.
        seed: draws the showers, divides them and seeds the networks.

    Raises:
        ConditionsError: a sample has too few showers.
    """

    def __init__(
        self,
        reference: Conditions,
        sample: Conditions,
        detector: DetectorSpec,
        *,
        paired: bool,
        seed: np.random.SeedSequence,
    ) -> None:
        if min(len(reference), len(sample)) < MIN_SHOWERS:
            raise ConditionsError(
                f"--with cells needs {MIN_SHOWERS} showers of the model and of Geant4, there are "
                f"{len(sample)} and {len(reference)}; give more, or leave --with cells out"
            )
        self._rng = np.random.default_rng(seed)
        pool = Pool.of(np.empty((len(reference), 0)), np.empty((len(sample), 0)), paired=paired)
        rows = drawn(pool, MAX_SHOWERS, self._rng)
        self._pool, self._of_all = pool[rows], len(pool)
        n = self._pool.n_reference
        reference_rows, model_rows = rows[:n], rows[n:] - len(reference)
        shape = detector.mesh_geometry.shape
        self._images = np.zeros((len(rows), *shape), np.float32)
        self._shapes = np.zeros((len(rows), sum(shape)))
        self._incident = np.concatenate(
            [
                incident_columns(side[chosen], detector.staves)
                for side, chosen in ((reference, reference_rows), (sample, model_rows))
            ]
        )
        self._reference = Side(reference_rows, self._images[:n], self._shapes[:n])
        self._model = Side(model_rows, self._images[n:], self._shapes[n:])

    def look_reference(self, chunk: Showers) -> None:
        """Take the chosen showers from the next chunk of the reference."""
        self._reference.look(chunk)

    def look_model(self, chunk: Showers) -> None:
        """Take the chosen showers from the next chunk of the sample."""
        self._model.look(chunk)

    def measure(self, progress: Progress) -> ClassifierTest:
        """Train and judge the networks.

        Args:
            progress: shows a bar of the networks.
        """
        n = self._pool.n_reference
        duplicate_numbers = duplicates(self._shapes[:n], self._shapes[n:])
        notes = []
        if len(self._pool) < self._of_all:
            notes.append(
                f"the network on the cells uses {len(self._pool)} of {self._of_all} showers, drawn at "
                f"random: at most {MAX_SHOWERS} of either sample"
            )
        with progress.stage("networks on the cells", FOLDS * (SEEDS + TRAININGS)) as advance:
            return cell_test(
                self._pool, self._images, self._incident, duplicate_numbers, self._rng,
                notes=notes, trained=advance,
            )  # fmt: skip


def cell_test(
    pool: Pool,
    images: NDArray[np.float32],
    incident: NDArray[np.float32],
    duplicate_numbers: Indices,
    rng: np.random.Generator,
    *,
    notes: list[str] | None = None,
    trained: Callable[[], object] = lambda: None,
) -> ClassifierTest:
    """The classifier test with networks on cells.

    Args:
        pool: both samples; features are not looked at.
        images: logarithms of the cells, (N, R, PHI, Z).
        incident: of the incident particles, (N, K).
        duplicate_numbers: equal numbers for identical showers, (N,).
        rng: divides the showers and seeds the networks.
        notes: what was reduced before.
        trained: called after each network.
    """
    from calobench.benchmarks.cells.network import one_torch_thread

    labels = permuted_labels(pool, TRAININGS, rng)
    with few_threads(len(pool)), one_torch_thread():
        test = classifier_test(
            pool, duplicate_numbers, labels, rng,
            fit=_fit(images, incident, trained), seen=np.arange(len(pool)),
            n_folds=FOLDS, n_seeds=SEEDS,
        )  # fmt: skip
    remarks = list(notes or ())
    if test is None:
        remarks.append("too few distinct showers for the network on the cells")
        return ClassifierTest(score=None, classifier=None, notes=tuple(remarks))
    return ClassifierTest(
        score=auc_score(test, pool, AUC),
        classifier=classifier_record(test, pool, ()),
        notes=tuple(remarks),
    )


class _OfRows(NamedTuple):
    """A network that is asked by number of shower, so that cells are not copied about."""

    network: Any
    images: NDArray[np.float32]
    incident: NDArray[np.float32]

    def decision_function(self, rows: Indices) -> Array:
        output: Array = self.network.decision_function(self.images[rows], self.incident[rows])
        return output


def _fit(
    images: NDArray[np.float32], incident: NDArray[np.float32], trained: Callable[[], object]
) -> Fit:
    from calobench.benchmarks.cells.network import CellNetwork

    def fit(rows: Indices, is_model: NDArray[np.bool_], seed: int) -> _OfRows:
        network = CellNetwork(images[rows], incident[rows], is_model, seed)
        trained()
        return _OfRows(network, images, incident)

    return fit
