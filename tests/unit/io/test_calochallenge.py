from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from calobench.errors import ShowerFileError, UnknownNameError
from calobench.io import CaloChallengeFile
from calobench.io.formats import find_format, formats
from calobench.showers import Mesh

N = 3


@pytest.fixture
def challenge(tmp_path: Path) -> Callable[..., Path]:
    def write(**changes: Any) -> Path:
        content: dict[str, Any] = {
            "incident_energies": np.full((N, 1), 2e4),
            "showers": np.arange(N * 6480, dtype=np.float64).reshape(N, 6480),
        }
        path = tmp_path / "challenge.h5"
        with h5py.File(path, "w") as file:
            for key, values in (content | changes).items():
                if values is not None:
                    file[key] = values
        return path

    return write


def test_r_runs_fastest_then_alpha_then_layer(challenge: Callable[..., Path]) -> None:
    with CaloChallengeFile(challenge(), sampling_fraction=1) as file:
        energy = file.read().energy
    assert energy.shape == (N, 9, 16, 45)
    for n, r, alpha, layer in [
        (0, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
        (0, 0, 0, 1),
        (2, 8, 15, 44),
    ]:
        assert energy[n, r, alpha, layer] == 6480 * n + r + 9 * alpha + 9 * 16 * layer


def test_data_set_3_has_a_mesh_of_its_own(challenge: Callable[..., Path]) -> None:
    cells = np.arange(N * 40500, dtype=np.float64).reshape(N, 40500)
    with CaloChallengeFile(challenge(showers=cells), sampling_fraction=1) as file:
        assert file.mesh == Mesh(2.325, 3.4, 18, 50, 45)
        energy = file.read().energy
    assert energy.shape == (N, 18, 50, 45)
    for n, r, alpha, layer in [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1), (2, 17, 49, 44)]:
        assert energy[n, r, alpha, layer] == 40500 * n + r + 18 * alpha + 18 * 50 * layer


def test_what_was_undone_is_said(challenge: Callable[..., Path]) -> None:
    with CaloChallengeFile(challenge()) as file:
        (remark,) = file.remarks()
    assert "CaloChallenge data set 2; cell energies are multiplied by 0.033" in remark


def test_sampling_fraction_is_multiplied_back(challenge: Callable[..., Path]) -> None:
    with CaloChallengeFile(challenge()) as file:
        assert file.sampling_fraction == 0.033
        assert file.read().energy.sum() == pytest.approx(0.033 * sum(range(N * 6480)), rel=1e-6)


def test_particles_enter_at_normal_incidence(challenge: Callable[..., Path]) -> None:
    with CaloChallengeFile(challenge()) as file:
        assert len(file) == N
        assert file.mesh == Mesh(4.65, 3.4)
        np.testing.assert_array_equal(file.conditions.energy, np.full(N, 2e4))
        np.testing.assert_array_equal(file.conditions.theta, np.full(N, np.pi / 2))
        np.testing.assert_array_equal(file.conditions.phi, np.zeros(N))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"incident_energies": None}, "no data set 'incident_energies'"),
        ({"incident_energies": None, "incident_energy": np.ones(N)}, "looks like LEMURS"),
        (
            {"showers": np.ones((N, 368))},
            r"data set 1 \(photons\), whose layers are cut differently",
        ),
        ({"showers": np.ones((N, 9, 16, 45))}, "flatten each shower, r fastest"),
        ({"showers": np.ones((2, 6480))}, "unequal lengths"),
        ({"incident_energies": np.zeros((N, 1))}, "'incident_energies' holds 0 in shower 0"),
        ({"incident_energies": np.ones((N, 2))}, "one number per shower"),
        ({"showers": np.full((N, 6480), -1.0)}, "'showers' holds a negative energy"),
    ],
)
def test_bad_files(challenge: Callable[..., Path], changes: dict[str, Any], message: str) -> None:
    path = challenge(**changes)
    with pytest.raises(ShowerFileError, match=message), CaloChallengeFile(path) as file:
        file.read()


def test_formats_are_found_by_content_or_name(
    challenge: Callable[..., Path], raw_file: Callable[..., Path]
) -> None:
    assert {"calochallenge", "lemurs"} <= set(formats())
    assert find_format(challenge()).name == "calochallenge"
    assert find_format(challenge(incident_energy=np.ones(N))).name == "lemurs"
    assert find_format(raw_file()).name == "lemurs"
    assert find_format(raw_file(showers=None)).name == "lemurs"
    with pytest.raises(ShowerFileError, match="looks like lemurs, not like calochallenge; leave"):
        find_format(raw_file(), "calochallenge")
    with pytest.raises(UnknownNameError, match="did you mean 'lemurs'"):
        find_format(raw_file(), "lemur")
