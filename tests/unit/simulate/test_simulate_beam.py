"""Draws of the incident photons."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from calobench.detectors import load_detector
from calobench.errors import ConditionsError
from calobench.simulate.beam import Beam, make_beam
from calobench.simulate.options import Range

CLD = load_detector("CLD")


def test_without_options_the_whole_range_of_the_detector_is_covered() -> None:
    beam = make_beam(CLD)
    assert beam.energy == CLD.energy_range_mev
    assert beam.theta == CLD.theta_range
    assert beam.phi == (0, 2 * math.pi)
    assert beam.separation is None


def test_energies_are_given_in_gev() -> None:
    assert make_beam(CLD, "1:100").energy == (1000, 100000)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"energy_gev": "0.5"}, r"--energy 0\.5 is outside 1:100 GeV"),
        ({"energy_gev": "1:101"}, "energy_range_mev"),
        ({"theta": "0.1:1.5"}, "--theta .* widen theta_range"),
        ({"phi": "0:7"}, "--phi .* radians"),
        ({"two_photons_mm": "-1:30"}, "--two-photons"),
        ({"two_photons_mm": "0:501"}, "--two-photons"),
        ({"energy_gev": "ten"}, "--energy 'ten'"),
    ],
)
def test_what_the_detector_does_not_cover(options: dict[str, str], named: str) -> None:
    with pytest.raises(ConditionsError, match=named):
        make_beam(CLD, **options)


def test_an_event_depends_on_seed_and_number_only() -> None:
    beam = make_beam(CLD)
    assert beam.draw(5, 2, 3) == beam.draw(5, 2, 3)
    others = [beam.draw(6, 2, 3), beam.draw(5, 3, 3), beam.draw(5, 2, 4), beam.draw(5, 3, 2)]
    assert len({beam.draw(5, 2, 3), *others}) == 5
    assert len({event.seed for event in others}) == 4


def test_draws_fill_the_ranges_evenly() -> None:
    beam = make_beam(CLD, "10:20", "1:2")
    events = [beam.draw(1, 0, i) for i in range(2000)]
    energies = np.array([event.energy for event in events])
    thetas = np.array([event.theta for event in events])
    assert 10000 <= energies.min() < 10020
    assert 19980 < energies.max() <= 20000
    # Means of 2000 flat draws; 5 standard errors.
    assert energies.mean() == pytest.approx(15000, abs=5 * 10000 / math.sqrt(12 * 2000))
    assert thetas.mean() == pytest.approx(1.5, abs=5 / math.sqrt(12 * 2000))
    assert abs(np.corrcoef(energies, thetas)[0, 1]) < 5 / math.sqrt(2000)


def test_fixed_values_and_the_precision_of_the_file() -> None:
    event = make_beam(CLD, "50", "1.57", "0").draw(1, 0, 0)
    assert (event.energy, event.theta, event.phi) == (50000, float(np.float32(1.57)), 0)


def test_the_seed_of_geant4_is_never_zero_and_fits_a_signed_integer() -> None:
    seeds = [make_beam(CLD).draw(0, 0, i).seed for i in range(100)]
    assert min(seeds) > 0
    assert max(seeds) < 2**63


def test_one_photon_enters_at_the_origin() -> None:
    (photon,) = make_beam(CLD, "2").draw(1, 0, 0).photons(0.1)
    assert (photon.energy, photon.y, photon.z) == (2000, 0, 0)


def test_two_photons_lie_on_both_sides_of_their_mid_point() -> None:
    beam = make_beam(CLD, "20", two_photons_mm="10:30")
    events = [beam.draw(1, 0, i) for i in range(300)]
    for event in events:
        first, second = event.photons(0.0)
        assert event.separation is not None
        assert 10 <= event.separation <= 30
        assert second.z - first.z == pytest.approx(event.separation)
        assert (first.z + second.z) / 2 == pytest.approx(event.vertex_z)
        assert first.y == second.y == event.vertex_y
        assert first.energy == second.energy == 20000
        assert np.array_equal(first.direction, second.direction)
    spread = np.array([(event.vertex_y, event.vertex_z) for event in events])
    assert np.abs(spread).max() <= CLD.mesh.dr_mm / 2
    assert np.abs(spread).max(axis=0).min() > 0.45 * CLD.mesh.dr_mm


def test_a_beam_can_be_written_as_json_and_compared() -> None:
    beam = Beam(Range(1, 2), Range(1, 1), Range(0, 6), Range(0, 30), 4.65)
    assert json.loads(json.dumps(beam.as_dict())) == beam.as_dict()
