from __future__ import annotations

import numpy as np
from results_factory import make_results

from calobench.evaluation.univariate.response_peaks import response_peaks
from calobench.report.html import render
from calobench.results.mean_showers import MeanImage, MeanShowers
from calobench.results.schema import Results


def with_pictures() -> Results:
    results, rng = make_results(events=0), np.random.default_rng(1)
    edges = np.array([1e3, 1e4, 1e5])
    bins = [(np.full(300, 5e3), rng.normal(0.03, 0.001, 300)) for _ in range(2)]
    small = [bins[0], (np.full(5, 5e4), rng.normal(0.03, 0.001, 5))]
    peaks = response_peaks(edges, bins, small)
    assert len(peaks) == 1
    assert sum(peaks[0].reference) == sum(peaks[0].model) == 300

    def image(factor: float) -> MeanImage:
        rz = (factor * rng.dirichlet(np.ones(45), 9) / 9).tolist()
        rz[0][0] = 0.0
        return MeanImage(
            n=100,
            rz=tuple(map(tuple, rz)),
            rz_error=tuple(map(tuple, (0.1 * np.array(rz)).tolist())),
            r_phi=tuple(map(tuple, np.full((9, 16), 1 / 144).tolist())),
        )

    dependence = results.energy_dependence.model_copy(update={"peaks": peaks})
    means = MeanShowers(reference=image(1.0), model=image(1.1))
    return results.model_copy(update={"energy_dependence": dependence, "mean_showers": means})


def test_peaks_have_their_fits_and_mean_showers_their_ratio() -> None:
    page = render(with_pictures())
    assert "Response, 1.00 GeV to 10.0 GeV" in page
    assert "Gaussian of the core, ±2 σ: Geant4 0.0" in page
    for title in ("Geant4", "model", "model over Geant4"):
        assert f"Mean shower, {title}</h3>" in page


def test_the_picture_of_empty_mean_showers_can_be_drawn() -> None:
    results = with_pictures()
    assert results.mean_showers is not None
    empty = MeanImage(
        n=2, rz=((0.0,) * 45,) * 9, rz_error=((0.0,) * 45,) * 9, r_phi=((0.0,) * 16,) * 9
    )
    means = results.mean_showers.model_copy(update={"model": empty})
    assert render(results.model_copy(update={"mean_showers": means}))
