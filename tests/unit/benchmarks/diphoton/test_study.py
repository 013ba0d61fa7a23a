"""The di-photon benchmark from showers to record, on hand-made showers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from toy_showers import toy_showers

from calobench.benchmarks.diphoton.compare import compare
from calobench.benchmarks.diphoton.comparison import _single
from calobench.benchmarks.diphoton.design import make_design, separation_edges
from calobench.benchmarks.diphoton.observables import OBSERVABLES, Shot, leading_two, measure
from calobench.benchmarks.diphoton.reconstruct import Cells, Photons, reconstruct
from calobench.benchmarks.diphoton.request import DiphotonRequest, make_chain
from calobench.benchmarks.diphoton.sample import SingleTable, pair_table, single_table
from calobench.benchmarks.diphoton.singles import bundled_singles, deal, pairs_a_seed, read_singles
from calobench.benchmarks.diphoton.study import prepare_diphoton, run_diphoton
from calobench.detectors import load_detector
from calobench.errors import (
    ConditionsError,
    MeshMismatchError,
    ShowerFileError,
    SpecError,
    UnknownNameError,
)
from calobench.models.protocol import ModelInfo

CLD = load_detector("CLD")


def request(**changes: Any) -> DiphotonRequest:
    return DiphotonRequest(**{"detector": CLD, "seeds": 2, "n": 24, "replicas": 20, **changes})


class ToyModel:
    """Generates the showers of the helper, wider or not."""

    def __init__(
        self, radius_mm: float = 2.5, energy_range: tuple[float, float] = (1e3, 1e5)
    ) -> None:
        self.info = ModelInfo("toy", "toy showers", energy_range_mev=energy_range)
        self._radius = radius_mm

    def generate(self, conditions: Any, detector: Any, seed: np.random.SeedSequence) -> Any:
        number = int(seed.generate_state(1)[0])
        energy = float(conditions.energy[0])
        return toy_showers(
            detector, len(conditions), energy_mev=energy, radius_mm=self._radius, seed=number
        ).energy


def write_singles(path: Path, showers: Any) -> Path:
    with h5py.File(path, "w") as file:
        file["showers"] = showers.energy
        for name in ("energy", "theta", "phi"):
            file[f"incident_{name}"] = getattr(showers.conditions, name)
    return path


@pytest.fixture(scope="module")
def singles_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_singles(tmp_path_factory.mktemp("singles") / "cld.h5", toy_showers(CLD, 60))


def test_edges_are_as_wide_as_a_cell_and_a_sliver_joins_its_neighbour() -> None:
    assert separation_edges(0, 30, 5.1) == pytest.approx([0, 5.1, 10.2, 15.3, 20.4, 25.5, 30])
    assert separation_edges(0, 31, 5.1) == pytest.approx([0, 5.1, 10.2, 15.3, 20.4, 25.5, 31])
    assert separation_edges(2, 4, 5.1) == pytest.approx([2, 4])


@pytest.mark.parametrize(("low", "high"), [(5, 5), (8, 3), (-1, 10), (float("nan"), 3)])
def test_a_range_that_is_none_is_refused(low: float, high: int) -> None:
    with pytest.raises(ConditionsError, match="give LOW:HIGH"):
        separation_edges(low, high, 5.1)


def test_every_pair_is_once_in_every_bin() -> None:
    edges = separation_edges(0, 30, 5.1)
    design = make_design(7, edges, (5.1, 5.1), np.random.default_rng(1))
    assert len(design.pair) == 7 * 6
    assert np.array_equal(design.bin.reshape(7, 6), np.tile(np.arange(6), (7, 1)))
    assert np.all(design.separation >= edges[design.bin])
    assert np.all(design.separation < edges[design.bin + 1])
    assert np.all(np.abs(design.vertex - (0, 50)) <= 5.1 / 2)


def test_no_shower_is_dealt_twice() -> None:
    showers = toy_showers(CLD, 20)
    dealt = deal([showers], 3)
    used = np.concatenate([part.energy.sum(axis=(1, 2, 3)) for pair in dealt for part in pair])
    assert len(used) == 18
    assert len(set(used.tolist())) == 18
    first, second = deal([showers, showers], 2)[1]
    assert np.array_equal(first.energy, second.energy)
    with pytest.raises(ConditionsError, match=r"--seeds 8; give 32 or more .* or fewer --seeds"):
        deal([showers], 8)
    with pytest.raises(ConditionsError, match=r"--seeds 1; give 4 or more with --reference$"):
        deal([showers[:3]], 1)
    assert len(deal([showers[:4]], 1)) == 1
    with pytest.raises(ConditionsError, match=r"--seeds 1; give 2 or more with --reference$"):
        deal([showers[:1], showers], 1)
    assert len(deal([showers[:2], showers], 1)) == 1


@pytest.mark.parametrize("seeds", [1, 3])
def test_as_many_events_as_the_message_asks_for_are_enough(seeds: int) -> None:
    with pytest.raises(ConditionsError, match=f"give -n {6 * seeds + 1} or more"):
        pairs_a_seed(6 * seeds, seeds, 6)
    assert pairs_a_seed(6 * seeds + 1, seeds, 6) == 2
    with pytest.raises(ConditionsError, match=f"give -n {6 * seeds + 1} or more$"):
        pairs_a_seed(6, seeds, 6)


def cells_of_points(positions: Any, energy: Any, event: Any, n_events: Any) -> Cells:
    positions = np.asarray(positions, dtype=float)
    return Cells(
        np.asarray(event),
        np.zeros(len(energy), dtype=int),
        positions,
        positions,
        np.asarray(energy, dtype=float),
        n_events,
        40,
    )


def test_an_event_without_cells_has_no_photons_and_is_kept() -> None:
    cells = cells_of_points([[0, 0], [0, 100]], [100, 80], [0, 2], 3)
    photons = reconstruct(cells, CLD.reconstruction)
    assert photons.event.tolist() == [0, 2]
    shot = Shot(
        np.full((3, 2), 20e3),
        np.tile([[0.0, 0.0], [0.0, 10.0]], (3, 1, 1)),
        np.array([100.0, 0.0, 80.0]),
        0.025,
        2150.0,
    )
    values = measure(leading_two(photons, shot), shot)
    assert values["count"].tolist() == [1, 0, 1]
    assert values["exactly_two"].tolist() == [0, 0, 0]
    assert values["fragments"].tolist() == [0, 1, 0]
    assert np.all(np.isnan(values["separation"]))
    assert all(len(values[o.name]) == 3 for o in OBSERVABLES)
    assert all(np.isfinite(values[o.name]).all() for o in OBSERVABLES if o.always)


def test_energy_position_and_mass_of_two_photons_found_perfectly() -> None:
    photons = Photons(
        np.array([0, 0, 0]),
        np.array([600.0, 400.0, 20.0]),
        np.array([[0.0, 21.0], [0.0, 0.0], [5.0, 60.0]]),
    )
    shot = Shot(
        np.array([[16e3, 24e3]]),
        np.array([[[0.0, 0.0], [0.0, 20.0]]]),
        np.array([1050.0]),
        0.025,
        2000.0,
    )
    pairs = leading_two(photons, shot)
    # The first true photon is the fainter one, at z = 0.
    assert pairs.energy.tolist() == [[400.0, 600.0]]
    values = {name: float(value[0]) for name, value in measure(pairs, shot).items()}
    assert values["count"] == 3
    assert values["exactly_two"] == 0
    assert values["at_least_two"] == 1
    assert values["response"] == pytest.approx(1000 / (0.025 * 40e3))
    assert values["fragments"] == pytest.approx(50 / 1050)
    assert values["energy_sharing"] == pytest.approx(0)
    assert values["position"] == pytest.approx(0)
    assert values["separation"] == pytest.approx(1)
    # Energies are right, the separation is 1 mm too large: m = sqrt(E1 E2) * 1 mm / 2 m.
    assert values["mass"] == pytest.approx((16e3 * 24e3) ** 0.5 / 2000, rel=1e-3)


def test_toy_showers_are_resolved_when_far_and_merged_when_near() -> None:
    chain = make_chain(request(separation_mm=(0.0, 40.8)))
    showers = toy_showers(CLD, 40)
    table = pair_table(deal([showers], 2), chain)
    efficiency = table.vectors("at_least_two", chain.bins).mean(axis=0)
    assert efficiency[0] < 0.2
    assert efficiency[-1] > 0.8
    single = single_table(showers, chain)
    assert np.mean(single.photons == 1) >= 0.95
    assert 0.8 < single.response.mean() < 1


def test_the_same_seed_gives_the_same_events() -> None:
    chain = make_chain(request())
    pairs = deal([toy_showers(CLD, 12)], 2)
    one, two = (pair_table(pairs, chain) for _ in range(2))
    for name, values in one.values.items():
        assert np.array_equal(values, two.values[name], equal_nan=True)


def test_wider_showers_are_seen_and_equal_ones_are_not() -> None:
    chain = make_chain(request())
    geant4, same, wide = (
        pair_table(deal([toy_showers(CLD, 60, radius_mm=radius, seed=seed)], 1), chain, seed)
        for seed, radius in ((0, 2.5), (1, 2.5), (2, 4.0))
    )

    def p_of(model: Any, name: Any) -> Any:
        vectors = [table.vectors(name, chain.bins) for table in (geant4, model)]
        return compare(*vectors, replicas=50, rng=chain.rng(1)).p_value

    assert p_of(same, "fragments") > 0.01
    assert p_of(wide, "fragments") == pytest.approx(1 / 51)
    assert p_of(wide, "count") == pytest.approx(1 / 51)


def test_the_benchmark_fills_its_record(singles_file: Path) -> None:
    record = run_diphoton(request(reference=(singles_file,)), ToyModel())
    assert record.model.events == 24
    assert record.model.pairs == 4
    assert record.reference.pairs == 30
    assert {c.name for c in record.curves if c.score} == {o.name for o in OBSERVABLES if o.always}
    assert all(len(c.model) == 6 for c in record.curves)
    assert record.single_model.n == 8
    assert record.events
    assert any("only 30 pairs" in w for w in record.warnings)
    again = run_diphoton(request(reference=(singles_file,)), ToyModel())
    assert again == record


def test_photons_of_two_energies_need_showers_of_both(tmp_path: Path, singles_file: Path) -> None:
    low = write_singles(tmp_path / "low.h5", toy_showers(CLD, 30, energy_mev=10e3, seed=4))
    both = request(energies_mev=(10e3, 20e3), reference=(singles_file, low))
    record = run_diphoton(both, ToyModel())
    assert record.reference.pairs == 30
    with pytest.raises(ConditionsError, match="no single Geant4 showers of 10 GeV"):
        run_diphoton(request(energies_mev=(10e3, 20e3), reference=(singles_file,)), ToyModel())


def test_energies_that_no_sample_has_name_the_command_that_makes_one() -> None:
    with pytest.raises(ShowerFileError, match="calobench simulate --detector FCCeeCLD --energy 33"):
        bundled_singles(CLD, 33e3)


def test_a_model_that_does_not_cover_the_energy_is_refused(singles_file: Path) -> None:
    with pytest.raises(ConditionsError, match="outside"):
        run_diphoton(request(reference=(singles_file,)), ToyModel(energy_range=(1e3, 1e4)))


def test_a_model_that_does_not_cover_the_direction_is_asked_for_another_one() -> None:
    model = ToyModel()
    model.info = replace(model.info, theta_range=(0.2, 0.5))
    with pytest.raises(
        ConditionsError, match=r"theta .* give showers inside that range with --ref"
    ):
        prepare_diphoton(request(), model)


def test_showers_of_several_energies_are_refused(tmp_path: Path) -> None:
    showers = toy_showers(CLD, 10)
    showers.conditions.energy[3] = 15e3
    with pytest.raises(ShowerFileError, match="energy goes from 15000 to 20000"):
        read_singles(write_singles(tmp_path / "mixed.h5", showers), CLD)


def test_showers_of_another_mesh_are_refused(tmp_path: Path) -> None:
    path = write_singles(tmp_path / "cld.h5", toy_showers(CLD, 10))
    with h5py.File(path, "a") as file:
        file.attrs["detector"] = "ODD"
    with pytest.raises(MeshMismatchError, match="ODD"):
        read_singles(path, CLD)


def test_showers_of_another_geometry_of_the_same_name_are_refused(tmp_path: Path) -> None:
    path = write_singles(tmp_path / "cld.h5", toy_showers(CLD, 10))
    with h5py.File(path, "a") as file:
        file.attrs["geometry_hash"] = CLD.geometry_hash
    wider = CLD.model_copy(update={"inner_radius_mm": 2500.0})
    assert len(read_singles(path, CLD).showers) == 10
    with pytest.raises(MeshMismatchError, match="another geometry of FCCeeCLD"):
        read_singles(path, wider)


def test_a_detector_without_readout_or_reconstruction_is_refused() -> None:
    with pytest.raises(SpecError, match="has no readout cells"):
        make_chain(request(detector=load_detector("Par04SiW")))
    bare = CLD.model_copy(update={"reconstruction": None})
    with pytest.raises(SpecError, match="has no reconstruction"):
        make_chain(request(detector=bare))


@pytest.mark.parametrize("high", [5000.0, 1e300, float("inf")])
def test_separations_beyond_the_readout_are_refused(high: float) -> None:
    with pytest.raises(ConditionsError, match="do not fit on the readout"):
        make_chain(request(separation_mm=(0.0, high)))


def test_an_unknown_placement_is_refused(singles_file: Path) -> None:
    with pytest.raises(UnknownNameError, match="radial"):
        run_diphoton(request(reference=(singles_file,), method="radiall"), ToyModel())


def test_a_threshold_above_everything_is_refused_before_showers_are_generated(
    singles_file: Path,
) -> None:
    study_request = request(reference=(singles_file,), threshold_mev=1e6)
    with pytest.raises(ConditionsError, match=r"first 50 photons is found .* 1e\+06 MeV"):
        prepare_diphoton(study_request, ToyModel())


def test_events_without_photons_count_as_zero_photons(singles_file: Path) -> None:
    study_request = request(reference=(singles_file,))
    prepared = prepare_diphoton(study_request, ToyModel())
    deaf = make_chain(replace(study_request, threshold_mev=1e6))
    record = replace(prepared, chain=deaf).run()
    count = next(c for c in record.curves if c.name == "count")
    assert all(point.value == 0 for point in count.model)
    assert all(point.n == 4 for point in count.model)
    assert count.score.ndf == 0
    assert count.score.p_value == 1
    assert record.turnon.model_mm is None
    assert record.single_model.lost.value == 1


def test_the_error_of_a_resolution_knows_tails() -> None:
    """A hundredth of the photons measured low: its error is that of a bootstrap, not a Gaussian's."""
    rng = np.random.default_rng(3)
    response = np.where(rng.random(2000) < 0.01, 0.7, rng.normal(1, 0.02, 2000))
    resolution = _single(SingleTable(np.ones(2000, np.intp), response)).resolution
    drawn = response[rng.integers(0, 2000, (400, 2000))]
    scatter = (drawn.std(axis=1, ddof=1) / drawn.mean(axis=1)).std(ddof=1)
    assert resolution.value == pytest.approx(response.std(ddof=1) / response.mean())
    # 400 replicas know it to 4 %; a Gaussian's would be a third of it.
    assert resolution.error == pytest.approx(scatter, rel=0.15)
