"""Names of the quantities of a verdict."""

from __future__ import annotations

from typing import Any

from results_factory import make_results

from calobench.observables import all_observables
from calobench.results.observable import declared_observables
from calobench.results.words import PlainRecord
from calobench.verdict.names import Name, name_of


def observable(**declared: Any) -> Any:
    return make_results(n=200, events=0).observables[0].model_copy(update=declared)


def test_an_observable_says_what_it_is_called() -> None:
    plain = PlainRecord(mean="mean depth", larger="too deep", smaller="too shallow")
    deep = observable(plain=plain)
    assert name_of(deep, "mean", "⟨z⟩") == Name("mean depth", "too deep", "too shallow")
    assert name_of(deep, "width", "⟨z⟩") == Name("spread of mean depth", "too wide", "too narrow")
    response = observable(plain=plain.model_copy(update={"width": "resolution"}))
    assert name_of(response, "width", "E").words == "resolution"


def test_without_words_it_has_its_label() -> None:
    assert name_of(observable(), "mean", "σ_z") == Name("σ_z", "too large", "too small")
    assert name_of(None, "mean", "distance").words == "distance"


def test_older_results_have_the_declarations_of_what_is_installed() -> None:
    results = make_results(n=200, events=0)
    installed = {one.name: one for one in all_observables()}
    assert not any(one.verdict or one.plain for one in results.observables)
    declared = declared_observables(results)
    assert list(declared) == [one.name for one in results.observables]
    assert declared["shower_maximum"].verdict
    assert declared["shower_maximum"].plain == PlainRecord.of(installed["shower_maximum"].plain)
    # Those of the run count, as far as it has them.
    index = list(declared).index("shower_maximum")
    own = results.observables[index].model_copy(update={"verdict": False})
    rest = results.observables
    run = results.model_copy(update={"observables": (*rest[:index], own, *rest[index + 1 :])})
    assert not declared_observables(run)["shower_maximum"].verdict
    assert declared_observables(run)["shower_maximum"].plain is not None


def test_what_every_verdict_measures_has_a_plain_name() -> None:
    assert all(one.plain for one in all_observables() if one.verdict)
