from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from results_factory import make_distribution, make_results

from calobench.report import render, write_report
from calobench.results.schema import Distribution, EnergyDependence, Profile, Results

_LIMIT_BYTES = 3_000_000


def few(results: Results, count: int = 1) -> Results:
    return results.model_copy(
        update={"observables": results.observables[:count], "events": results.events[:2]}
    )


@pytest.fixture(scope="module")
def full_page() -> str:
    return render(make_results())


def test_page_is_small_and_loads_nothing(full_page: str) -> None:
    assert len(full_page.encode()) < _LIMIT_BYTES / 2
    sources = re.findall(r"""(?:src|href)=["']?([^"'\s>]+)""", full_page)
    assert sources
    assert all(source.startswith(("#", "data:")) for source in sources)
    assert "url(http" not in full_page
    assert "@import" not in full_page


def test_ids_are_unique_and_every_link_has_its_place(full_page: str) -> None:
    identifiers = Counter(re.findall(r'\bid="([^"]+)"', full_page))
    assert [name for name, count in identifiers.items() if count > 1] == []
    targets = set(re.findall(r'href="#([^"]+)"', full_page))
    targets |= set(re.findall(r"url\(#([^)]+)\)", full_page))
    assert targets <= set(identifiers)


def test_every_observable_has_its_row_and_figure(full_page: str) -> None:
    results = make_results()
    assert full_page.count('class="value"') == 3 * len(results.observables)
    assert len(re.findall(r'<figure id="o\d+">', full_page)) == len(results.observables)
    assert results.provenance.git_commit is not None
    for known in (results.run.command, results.reference.sha256, results.provenance.git_commit):
        assert known in full_page
    assert results.warnings[0] in full_page


def test_placeholder_colours_are_gone(full_page: str) -> None:
    assert "#01020" not in full_page
    assert "var(--model)" in full_page


def test_same_results_give_the_same_bytes() -> None:
    results = few(make_results(), 2)
    assert render(results) == render(results)


def test_names_are_escaped() -> None:
    results = few(make_results())
    bad = "<script>alert('$x^2$')</script>"
    observable = results.observables[0].model_copy(
        update={"name": bad, "label": bad, "family": bad, "description": bad, "unit": "$\\frac"}
    )
    page = render(
        results.model_copy(
            update={
                "observables": (observable,),
                "warnings": (bad,),
                "model": results.model.model_copy(update={"name": bad, "description": bad}),
            }
        )
    )
    assert page.count("<script>") == 1
    assert "alert" not in page.split("<script>")[1].split("</script>")[0]


def test_labels_in_any_alphabet() -> None:
    results = few(make_results())
    observable = results.observables[0].model_copy(update={"label": "能量 𝛆 🎯"})
    assert "能量" in render(results.model_copy(update={"observables": (observable,)}))


def test_one_observable_without_events_or_warnings() -> None:
    results = few(make_results()).model_copy(update={"events": (), "warnings": (), "stages": ()})
    page = render(results)
    assert 'id="events"' not in page
    assert 'class="warnings"' not in page


def test_nothing_scored() -> None:
    results = few(make_results(), 0)
    assert "nothing was scored" in render(results)
    unscored = few(make_results()).observables[0].model_copy(update={"scores": ()})
    assert "not scored" in render(results.model_copy(update={"observables": (unscored,)}))


def test_empty_histograms_and_energy_bins() -> None:
    results = few(make_results(), 12)
    changed: list[Any] = []
    for observable in results.observables:
        data = observable.data
        if isinstance(data, Distribution):
            zeros = (0.0,) * len(data.model)
            both = len(changed) % 2
            data = data.model_copy(
                update={"model": zeros, "reference": zeros if both else data.reference}
            )
        changed.append(observable.model_copy(update={"data": data}))
    dependence = EnergyDependence(edges_mev=(1e3, 1e4), reference=(None,), model=(None,))
    events = tuple(
        event.model_copy(
            update={"rz": ((0.0,) * 45,) * 9, "r_phi": ((0.0,) * 16,) * 9, "visible_mev": 0.0}
        )
        for event in results.events
    )
    page = render(
        results.model_copy(
            update={
                "observables": tuple(changed),
                "energy_dependence": dependence,
                "events": events,
            }
        )
    )
    assert "No energy bin has enough showers" in page


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("sign", [1, -1])
def test_extreme_values(scale: float, sign: int) -> None:
    results = make_results(events=0)
    changed = []
    for observable in results.observables:
        data = observable.data
        if isinstance(data, Profile):
            factor = sign * scale
            update: dict[str, object] = {
                name: tuple(value * factor for value in getattr(data, name))
                for name in ("reference", "model")
            }
            update |= {
                f"{name}_{kind}": tuple(v * scale for v in getattr(data, f"{name}_{kind}"))
                for name in ("reference", "model")
                for kind in ("error", "spread")
            }
            changed.append(observable.model_copy(update={"data": data.model_copy(update=update)}))
        elif not changed:
            edges = tuple(edge * scale for edge in data.edges)
            changed.append(
                observable.model_copy(update={"data": data.model_copy(update={"edges": edges})})
            )
    assert render(results.model_copy(update={"observables": tuple(changed)}))


def test_empty_profiles() -> None:
    results = make_results(events=0)
    changed = []
    for observable in results.observables:
        if isinstance(observable.data, Profile):
            nothing = (0.0,) * len(observable.data.model)
            names = ("reference", "model")
            update = {n + tail: nothing for n in names for tail in ("", "_error", "_spread")}
            data = observable.data.model_copy(update=update)
            changed.append(observable.model_copy(update={"data": data}))
    assert len(changed) == 5
    assert render(results.model_copy(update={"observables": tuple(changed)}))


def test_flow_bins_are_drawn_and_named_only_where_something_lies() -> None:
    results = few(make_results())
    assert "▸" in render(results).split('<figure id="o0">')[1].split("</svg>")[0]
    data = results.observables[0].data
    assert isinstance(data, Distribution)
    inside = data.model_copy(
        update={name: (0.0, *getattr(data, name)[1:-1], 0.0) for name in ("model", "reference")}
    )
    observable = results.observables[0].model_copy(update={"data": inside})
    page = render(results.model_copy(update={"observables": (observable,)}))
    assert "▸" not in page.split('<figure id="o0">')[1].split("</svg>")[0]


def test_a_distribution_of_two_bins_renders(tmp_path: Path) -> None:
    import numpy as np

    results = few(make_results())
    data = make_distribution(0.0, 1.0, 0.0, 1.0, n=20, rng=np.random.default_rng(0))
    short = data.model_copy(
        update={"edges": (0.0, 1.0), "reference": (0.0, 3.0, 0.0), "model": (1.0, 2.0, 3.0)}
    )
    observable = results.observables[0].model_copy(update={"data": short})
    write_report(
        results.model_copy(update={"observables": (observable,)}), tmp_path / "a" / "report.html"
    )
    assert (tmp_path / "a" / "report.html").stat().st_size > 10_000


def test_command_line_help_does_not_import_matplotlib() -> None:
    code = (
        "import sys, calobench.cli.report\n"
        "heavy = {'matplotlib', 'mplhep', 'torch', 'pandas'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_tick_is_an_artist(monkeypatch: pytest.MonkeyPatch) -> None:
    from matplotlib.axis import Tick

    artists = []
    plain = Tick.__init__

    def counted(self: Tick, *arguments: object, **settings: object) -> None:
        artists.append(self)
        plain(self, *arguments, **settings)

    monkeypatch.setattr(Tick, "__init__", counted)
    render(few(make_results(), 3))
    # They took two thirds of the time that a page took.
    assert artists == []
