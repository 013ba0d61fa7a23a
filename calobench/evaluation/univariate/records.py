"""The histogram or mean profile of one observable, as results store it."""

from __future__ import annotations

import numpy as np

from calobench.evaluation.univariate.lattice import lattice_of
from calobench.evaluation.univariate.samples import Distributions, Profiles, Samples
from calobench.observables.base import Observable
from calobench.results.schema import Distribution, Profile
from calobench.stats.moments import moments
from calobench.stats.resampling import as_they_are

__all__ = ["record"]


def record(samples: Samples, observable: Observable) -> Distribution | Profile:
    """The data that a report draws of one observable.

    Args:
        samples: the observable in both samples.
        observable: says how to draw it.
    """
    if isinstance(samples, Distributions):
        return _distribution(samples)
    return _profile(samples, log_y=observable.log_y)


def _distribution(samples: Distributions) -> Distribution:
    reference, model = moments(samples.reference), moments(samples.model)
    once = as_they_are(len(samples.reference), len(samples.model))
    reference_counts, model_counts = samples.histograms(once)
    return Distribution(
        edges=tuple(samples.edges.tolist()),
        reference=tuple(reference_counts[0].tolist()),
        model=tuple(model_counts[0].tolist()),
        reference_mean=reference.mean,
        reference_mean_error=reference.mean_error,
        reference_std=reference.std,
        reference_std_error=reference.std_error,
        model_mean=model.mean,
        model_mean_error=model.mean_error,
        model_std=model.std,
        model_std_error=model.std_error,
        reference_undefined=int(np.isnan(samples.reference).sum()),
        model_undefined=int(np.isnan(samples.model).sum()),
        lattice=lattice_of(
            np.concatenate([samples.reference, samples.model]), float(np.diff(samples.edges).min())
        ),
    )


def _profile(samples: Profiles, *, log_y: bool) -> Profile:
    n_reference, n_model = len(samples.reference), len(samples.model)
    means = samples.means(as_they_are(n_reference, n_model))
    reference_error = np.sqrt(means.reference_variance[0])
    model_error = np.sqrt(means.model_variance[0])
    axis = samples.axis
    return Profile(
        edges=tuple(axis.edges.tolist()),
        flow=axis.flow,
        log_x=axis.log,
        log_y=log_y,
        axis_label=axis.label,
        axis_unit=axis.unit,
        reference=tuple(means.reference[0].tolist()),
        reference_error=tuple(reference_error.tolist()),
        reference_spread=tuple((reference_error * n_reference**0.5).tolist()),
        model=tuple(means.model[0].tolist()),
        model_error=tuple(model_error.tolist()),
        model_spread=tuple((model_error * n_model**0.5).tolist()),
    )
