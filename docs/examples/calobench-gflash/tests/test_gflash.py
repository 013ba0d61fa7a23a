"""Showers against the closed forms that they are drawn from; the fit against showers of known parameters."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from calobench_gflash import model as model_module
from calobench_gflash.fit import fit
from calobench_gflash.material import medium_of
from calobench_gflash.model import GFlash, gflash
from calobench_gflash.parameters import (
    Longitudinal,
    Parameters,
    Provenance,
    Radial,
    Response,
    Spots,
    read_parameters,
)
from calobench_gflash.profiles import (
    core_and_tail,
    depth_fractions,
    fitted_depth,
    truncated_moments,
)
from calobench_gflash.stack import Stack, normals

from calobench import Conditions, Showers, load_detector
from calobench.detectors import DetectorSpec
from calobench.errors import ModelError

SHIPPED = sorted((Path(model_module.__file__).parent / "parameters").glob("*.json"))
ORIGIN = Provenance(command="", files={}, showers=0, seed=0, left_out=0)


def toy(n_z: int = 30, **changes: object) -> DetectorSpec:
    """Tungsten and silicon, 40 periods of 3 mm; a layer of the mesh is one period."""
    return DetectorSpec.model_validate(
        {
            "name": "Toy",
            "description": "toy",
            "inner_radius_mm": 1000,
            "periods": 40,
            "layers": [
                {"material": "G4_W", "thickness_mm": 2},
                {"material": "G4_Si", "thickness_mm": 1, "active": True},
            ],
            "mesh": {"dr_mm": 4, "dz_mm": 3, "n_z": n_z},
            "energy_range_mev": [1000, 100000],
            "theta_range": [0.8, 2.4],
            "sampling_fraction": 0.05,
            "one_hot_slot": 4,
            "sources": {},
            **changes,
        }
    )


def parameters(detector: DetectorSpec, steady: bool = False, **changes: object) -> Parameters:
    """Usual ones; steady: without fluctuations of the shape, and alike at all depths."""
    spread = (1e4, 0.0) if steady else (-0.4, 0.7)
    medium = medium_of(detector)
    content = {
        "detector": detector.name,
        "geometry_hash": detector.geometry_hash,
        "radiation_length_mm": medium.radiation_length_mm,
        "critical_energy_mev": medium.critical_energy_mev,
        "moliere_radius_mm": medium.moliere_radius_mm,
        "energy_range_mev": (1000, 100000),
        "theta_range": (0.8, 2.4),
        "longitudinal": Longitudinal(
            t_max=(-0.9, 1.05, 0.0), alpha=(0.2, 0.6, 0.0), spread_t_max=spread, spread_alpha=spread,
            correlation=(0.6, 0.0),
        ),
        "radial": Radial(
            core=(0.15, 0.0, 0.0) if steady else (0.02, 0.0, 0.12),
            tail=(0.4, 0.0, 0.0, 0.0, 0.0) if steady else (0.6, 0.5, -2.6, 0.25, 0.04),
            weight=(2.0, 0.0, 1e6, 0.0) if steady else (2.6, 0.6, 1.2, -0.05),
        ),
        "response": Response(mean=(0.05, 0.0, 0.0), resolution=(0.12, 0.01)),
        "spots": Spots(energy_mev=0.3, shape=1.0),
        "provenance": ORIGIN,
    }  # fmt: skip
    return Parameters.model_validate({**content, **changes})


def at(energy_mev: float, n: int, theta: float = np.pi / 2) -> Conditions:
    return Conditions(np.full(n, energy_mev), np.full(n, theta), np.zeros(n))


def gamma_of(fitted: Parameters, energy_mev: float) -> tuple[float, float]:
    """Alpha and beta, 1/mm, of a mean shower at right angles."""
    log_y = np.log([energy_mev / fitted.critical_energy_mev])
    (t_max,), (alpha,) = np.exp(fitted.longitudinal.moments(log_y, np.zeros(1))[0])
    return float(alpha), float((alpha - 1) / t_max / fitted.radiation_length_mm)


def generate(detector: DetectorSpec, fitted: Parameters, conditions: Conditions) -> np.ndarray:
    return GFlash({detector.name: fitted}).generate(conditions, detector, np.random.SeedSequence(3))


class TestClosedForms:
    def test_the_mean_profile_is_the_integral_of_the_gamma_distribution(self) -> None:
        detector = toy()
        fitted = parameters(detector, steady=True)
        showers = generate(detector, fitted, at(2e4, 200))
        profile = showers.sum(axis=(0, 1, 2), dtype=float)
        expected = depth_fractions(np.arange(31) * 3.0, *gamma_of(fitted, 2e4))
        expected /= expected.sum()
        # The spots of a layer: a Poisson number of them, each of an exponential energy.
        error = np.sqrt(2 * expected * 0.3 / profile.sum())
        pull = (profile / profile.sum() - expected) / error
        assert np.abs(pull).max() < 4.5
        assert np.mean(pull**2) < 2

    def test_energies_in_rings_are_those_of_core_and_tail(self) -> None:
        detector = toy()
        fitted = parameters(detector, steady=True)
        rings = generate(detector, fitted, at(2e4, 200)).sum(axis=(0, 2, 3), dtype=float)
        tau, energy = np.ones(1), np.full(1, 20.0)
        edges = np.arange(10) * 4 / fitted.moliere_radius_mm
        expected = core_and_tail(edges, *fitted.radial.at(tau, energy))[0]
        pull = (rings / rings.sum() - expected) / np.sqrt(2 * expected * 0.3 / rings.sum())
        assert np.abs(pull).max() < 4.5

    def test_a_component_has_half_its_energy_inside_its_radius(self) -> None:
        inside = core_and_tail([0, 1.0, 1e6], 1.0, 1.0, 0.3)
        np.testing.assert_allclose(inside, [0.5, 0.5], rtol=1e-9)

    def test_the_total_has_the_response_and_resolution_that_are_asked_for(self) -> None:
        detector = toy(n_z=45)  # the mesh ends with the stack, 24 radiation lengths
        fitted = parameters(detector, steady=True)
        total = generate(detector, fitted, at(1e4, 2000)).sum(axis=(1, 2, 3), dtype=float) / 1e4
        relative = np.hypot(0.12 / np.sqrt(10), 0.01)
        expected = 0.05 * truncated_moments(*gamma_of(fitted, 1e4), 120.0)[0]
        assert total.mean() == pytest.approx(expected, rel=4 * relative / np.sqrt(2000))
        assert total.std() / total.mean() == pytest.approx(relative, rel=4 / np.sqrt(4000))

    def test_what_lies_behind_the_end_is_lost(self) -> None:
        detector = toy(n_z=10)
        fitted = parameters(detector, steady=True)
        total = (
            generate(detector, fitted, at(5e4, 500)).sum(axis=(1, 2, 3), dtype=float).mean() / 5e4
        )
        inside = truncated_moments(*gamma_of(fitted, 5e4), 30.0)[0]
        assert inside < 0.9
        assert total == pytest.approx(0.05 * inside, rel=0.01)

    def test_azimuths_are_even(self) -> None:
        detector = toy()
        sectors = generate(detector, parameters(detector), at(2e4, 100)).sum(
            axis=(0, 1, 3), dtype=float
        )
        error = np.sqrt(2 * 0.3 * sectors.mean())
        assert np.abs(sectors / sectors.mean() - 1).max() < 4.5 * error / sectors.mean()

    def test_energy_is_in_active_layers_only(self) -> None:
        detector = toy(
            mesh={"dr_mm": 4, "dz_mm": 1, "n_z": 45}
        )  # two layers of tungsten, one of silicon
        profile = generate(detector, parameters(detector), at(2e4, 20)).sum(axis=(0, 1, 2))
        assert (profile[2::3] > 0).all()
        assert profile[0::3].sum() == profile[1::3].sum() == 0

    def test_sections_of_other_layers_follow_each_other(self) -> None:
        thick = [
            {"material": "G4_W", "thickness_mm": 4},
            {"material": "G4_Si", "thickness_mm": 1, "active": True},
        ]
        detector = toy(
            mesh={"dr_mm": 4, "dz_mm": 1, "n_z": 45},
            periods=5,
            deeper=[{"periods": 6, "layers": thick}],
        )
        profile = generate(detector, parameters(detector), at(2e4, 20)).sum(axis=(0, 1, 2))
        assert np.flatnonzero(profile).tolist() == [2, 5, 8, 11, 14, 19, 24, 29, 34, 39, 44]

    def test_layers_are_met_at_the_angle_of_the_particle(self) -> None:
        conditions = Conditions(
            np.full(4, 1e4), np.array([0.9, 1.2, 1.5, 2.2]), np.array([0, 1, 2, 3.0])
        )
        detector = load_detector("ALLEGRO")
        normal = normals(detector, conditions)
        np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1)
        slope = np.sin(conditions.theta) * np.cos(np.deg2rad(39.82))
        np.testing.assert_allclose(normal[:, 2], slope)
        stack = Stack.of(detector)
        np.testing.assert_allclose(stack.length_mm(normal), np.minimum(307.368 / slope, 450))

    @pytest.mark.parametrize("length", [1e3, 25.0, 15.0])
    def test_a_gamma_distribution_is_recovered_from_its_layers(self, length: float) -> None:
        alpha, beta = np.array([2.5, 4.0, 7.0]), np.array([0.5, 0.55, 0.6])
        dz = length / 400 if length < 100 else 0.1
        n = 400 if length < 100 else 1000
        profile = depth_fractions(np.arange(n + 1) * dz, alpha, beta)
        result = fitted_depth(profile, dz, np.full(3, n * dz))
        np.testing.assert_allclose(result, [alpha, beta], rtol=0.01)


class TestMedium:
    def test_pure_tungsten_is_in_the_tables(self) -> None:
        layers = [{"material": "G4_W", "thickness_mm": 2, "active": True}]
        medium = medium_of(toy(layers=layers))
        assert medium.radiation_length_mm == pytest.approx(3.504, rel=0.03)
        assert medium.moliere_radius_mm == pytest.approx(9.327, rel=0.05)

    def test_an_unknown_material_is_named(self) -> None:
        layers = [{"material": "G4_BGO", "thickness_mm": 2, "active": True}]
        with pytest.raises(ModelError, match="no material 'G4_BGO'"):
            medium_of(toy(layers=layers))


class TestFit:
    def test_showers_of_known_parameters_give_them_back(self) -> None:
        detector = toy(n_z=45)
        true = parameters(detector)
        rng = np.random.default_rng(5)
        conditions = Conditions(
            np.exp(rng.uniform(np.log(2e3), np.log(4e4), 500)),
            rng.uniform(0.9, 2.2, 500),
            np.zeros(500),
        )
        showers = Showers(generate(detector, true, conditions), conditions)
        fitted = fit(showers, detector, lambda left_out: ORIGIN, seed=1)
        log_y = np.log(np.array([3e3, 2e4]) / true.critical_energy_mev)
        mean, spread, _ = fitted.longitudinal.moments(log_y, np.full(2, 0.1))
        true_mean, true_spread, _ = true.longitudinal.moments(log_y, np.full(2, 0.1))
        np.testing.assert_allclose(mean, true_mean, atol=0.05)
        np.testing.assert_allclose(spread, true_spread, rtol=0.25)
        edges, tau = np.arange(10) * 4 / true.moliere_radius_mm, np.array([0.7, 1.0, 1.5])
        np.testing.assert_allclose(
            core_and_tail(edges, *fitted.radial.at(tau, np.full(3, 10.0))),
            core_and_tail(edges, *true.radial.at(tau, np.full(3, 10.0))),
            atol=0.01,
        )
        assert fitted.response.mean[0] + 7 * fitted.response.mean[1] == pytest.approx(
            0.05, rel=0.02
        )
        assert fitted.response.resolution[0] == pytest.approx(0.12, rel=0.15)
        assert fitted.spots.energy_mev == pytest.approx(0.3, rel=0.15)

    def test_too_few_showers_are_refused(self) -> None:
        detector = toy()
        few = Showers(np.ones((5, 9, 16, 30), np.float32), at(1e4, 5))
        with pytest.raises(ModelError, match="5 showers are too few"):
            fit(few, detector, lambda left_out: ORIGIN, seed=1)


class TestPackage:
    @pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
    def test_parameters_are_of_the_detector_that_calobench_has(self, path: Path) -> None:
        fitted = read_parameters(path)
        assert path.stem == fitted.detector
        assert fitted.geometry_hash == load_detector(fitted.detector).geometry_hash
        assert fitted.provenance.showers > 1500
        assert fitted.provenance.files

    def test_the_same_seed_gives_the_same_showers_whatever_ran_before(self) -> None:
        detector, shipped = load_detector("SiW"), gflash()
        first, other, again = (
            shipped.generate(at(2e4, 3), detector, np.random.SeedSequence(seed))
            for seed in (1, 2, 1)
        )
        np.testing.assert_array_equal(first, again)
        assert (first != other).any()
        assert first.dtype == np.float32

    def test_another_geometry_is_refused(self) -> None:
        other = load_detector("SiW").model_copy(update={"periods": 20})
        with pytest.raises(ModelError, match="those of another geometry"):
            gflash().generate(at(2e4, 1), other, np.random.SeedSequence(1))
        with pytest.raises(ModelError, match="has none of detector Toy"):
            gflash().generate(at(2e4, 1), toy(), np.random.SeedSequence(1))

    @pytest.mark.parametrize(
        ("content", "expected"),
        [("{", "holds no gflash parameters"), ('{"detector": "Toy"}', "geometry_hash")],
    )
    def test_a_file_that_is_none_is_named(
        self, content: str, expected: str, tmp_path: Path
    ) -> None:
        (tmp_path / "mine.json").write_text(content)
        with pytest.raises(ModelError, match=expected):
            gflash(str(tmp_path / "mine.json"))

    def test_it_reaches_calobench_through_its_public_face(self) -> None:
        public = {"calobench", "calobench.detectors", "calobench.errors", "calobench.models.protocol",
                  "calobench.showers"}  # fmt: skip
        for path in Path(model_module.__file__).parent.glob("*.py"):
            tree = ast.parse(path.read_text())
            names = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            names += [
                n.name
                for node in ast.walk(tree)
                if isinstance(node, ast.Import)
                for n in node.names
            ]
            used = {name for name in names if name and name.split(".")[0] == "calobench"}
            assert used <= public, path.name
