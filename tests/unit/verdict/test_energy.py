"""An average over energies does not hide one at which a model is wrong; few showers have long tails."""

from __future__ import annotations

import pytest
from results_factory import make_results

from calobench.results.schema import AverageRatio, EnergyBin, EnergyDependence
from calobench.verdict import Topic, verdict_of
from calobench.verdict.energy import freedom, ratio_tests, stands_out, worst_bin


def a_bin(resolution: float = 0.1, n: int = 60) -> EnergyBin:
    return EnergyBin(
        n=n, mean_energy_mev=5e3, response=0.1, response_error=0.001, resolution=resolution,
        resolution_error=0.05 * resolution,
    )  # fmt: skip


def data(*resolutions: float) -> EnergyDependence:
    return EnergyDependence(
        edges_mev=tuple(range(len(resolutions) + 1)),
        reference=tuple(a_bin() for _ in resolutions),
        model=tuple(a_bin(one) for one in resolutions),
    )


def test_the_worst_energy_is_named_and_judged_as_the_worst_of_all() -> None:
    worst = worst_bin(data(0.1, 0.1, 0.144, 0.1, 0.1, 0.1), "resolution")
    assert worst.ratio == pytest.approx(1.44)
    assert worst.bins == 6
    assert stands_out(data(0.1, 0.1, 0.16, 0.1, 0.1, 0.1), "resolution")
    assert not stands_out(data(0.1, 0.1, 0.11, 0.1, 0.1, 0.1), "resolution")
    assert worst_bin(data(), "resolution") is None


def test_a_light_says_what_an_average_over_energies_hides() -> None:
    """44 ± 10 % in one bin is reported, whatever the average."""
    run = make_results()
    response = run.observables[0].model_copy(update={"name": "response"})
    results = run.model_copy(
        update={
            "energy_dependence": data(0.1, 0.144, 0.1),
            "observables": (response, *run.observables[1:]),
        }
    )
    light = next(one for one in verdict_of(results).lights if one.topic is Topic.ENERGY)
    words = [effect.words for effect in light.effects]
    assert any(one.startswith("resolution at 5.0 GeV 44 ± 10 % too wide") for one in words)


def test_of_few_showers_a_pull_has_long_tails() -> None:
    one = (AverageRatio(quantity="response", log_ratio=0.04, error=0.01, n_bins=6),)
    p_values = [ratio_tests(one, n)[0].p_value for n in (10, 30, 60, 1000)]
    assert p_values == sorted(p_values, reverse=True)
    assert p_values[2] == p_values[3]
    assert (freedom(1), freedom(30), freedom(60), freedom(10_000)) == (1, 10, 20, 20)


def test_one_energy_that_chance_explains_is_not_what_fitness_fails_on() -> None:
    results = make_results().model_copy(update={"energy_dependence": data(0.1, 0.12, 0.1)})
    light = next(one for one in verdict_of(results).lights if one.topic is Topic.ENERGY)
    worst = next(one for one in light.effects if "at 5.0 GeV" in one.label and one.value > 10)
    assert worst.max is None
    assert not any("at 5.0 GeV" in one for one in verdict_of(results).not_shown)
