"""Features against hand-made showers, and against the challenge's own code.

``ORIGINAL`` was computed once, outside this repository, by running ``HighLevelFeatures`` and
``prepare_high_data_for_classifier`` of github.com/CaloChallenge/homepage (commit 9b41df7, numpy 2.4) on the
same float64 showers: ``challenge_showers(dataset, 12, salt=1)``.
"""

from __future__ import annotations

import numpy as np
import pytest
from challenge_showers import challenge_showers

from calobench.benchmarks.calochallenge.binning import Binning, Layer
from calobench.benchmarks.calochallenge.datasets import ChallengeDataset, load_dataset
from calobench.benchmarks.calochallenge.features import FeatureExtractor, classifier_features

pytestmark = pytest.mark.golden

ORIGINAL = {
    "1-photons": {
        "E_inc": 62.01217910678013,
        "E_layer": 188.25740423709843,
        "EC_eta": -0.09868086612022298,
        "EC_phi": 0.057200507921194854,
        "width_eta": 4.127182416479114,
        "width_phi": 4.144333318783522,
        "E_tot": 61.681054884110786,
        "sparsity": 39.72105263157894,
        "EC_r": 95.45165873048569,
        "width_r": 23.959418951655607,
    },
    "1-pions": {
        "E_inc": 62.01217910678013,
        "E_layer": 290.49020839004544,
        "EC_eta": -0.9031014745199654,
        "EC_phi": 0.5356601845975026,
        "width_eta": 20.314759005895624,
        "width_phi": 20.13239925723392,
        "E_tot": 61.57465208168787,
        "sparsity": 59.477500000000006,
        "EC_r": 82.59726902010597,
        "width_r": 39.10871905917031,
    },
    "2": {
        "E_inc": 59.35463707190728,
        "E_layer": 1638.5116666835663,
        "EC_eta": -0.8876140454644397,
        "EC_phi": -0.06136824205279234,
        "width_eta": 60.40906620354949,
        "width_phi": 61.46464921688976,
        "E_tot": 59.27103308462342,
        "sparsity": 341.59722222222223,
        "EC_r": 70.39518000044305,
        "width_r": 52.85061959548351,
    },
    "3": {
        "E_inc": 59.35463707190728,
        "E_layer": 1649.4341441769839,
        "EC_eta": -1.0001460582714474,
        "EC_phi": -0.3080904658863354,
        "width_eta": 61.19316760596373,
        "width_phi": 61.69179728226392,
        "E_tot": 59.35871594440651,
        "sparsity": 370.2655555555556,
        "EC_r": 68.1845611137155,
        "width_r": 54.46841840221414,
    },
}

# One layer of 1 ring and 1 sector, then two alike of 2 rings and 4 sectors.
SMALL = Binning(
    "photon", (Layer(0, (0, 4), 1), Layer(1, (0, 2, 6), 4), Layer(2, (0, 2, 6), 4)), "test"
)


def features(cells: list[float]) -> dict[str, list[float]]:
    extractor = FeatureExtractor(SMALL)
    table = extractor(np.array([cells], dtype=np.float64), np.array([100.0]))
    return {name: table[0, columns].tolist() for name, columns in extractor.layout.blocks.items()}


def test_one_voxel_is_its_own_centre_and_has_no_width() -> None:
    cells = [0.0] * 17
    cells[1 + 2 * 2 + 1] = 8.0  # layer 1, third sector (centre at 45 degrees), outer ring (r = 4)
    values = features(cells)
    assert values["E_inc"] == [100]
    assert values["E_tot"] == [8]
    assert values["E_layer"] == [0, 8, 0]
    assert values["EC_eta"] == pytest.approx([4 * np.sqrt(0.5), 0])
    assert values["EC_phi"] == pytest.approx([4 * np.sqrt(0.5), 0])
    assert values["EC_r"] == pytest.approx([0, 4, 0])
    assert values["sparsity"] == [1, 7 / 8, 1]
    for width in ("width_eta", "width_phi", "width_r"):
        assert values[width] == pytest.approx([0] * len(values[width]), abs=1e-6)


def test_two_opposite_voxels_have_their_distance_as_width() -> None:
    cells = [0.0] * 17
    cells[9 + 0 * 2 + 1] = 3.0  # layer 2, first sector (-135 degrees), r = 4
    cells[9 + 2 * 2 + 1] = 1.0  # layer 2, third sector (45 degrees), r = 4
    values = features(cells)
    eta = 4 * np.sqrt(0.5)
    assert values["EC_eta"][1] == pytest.approx(eta * (1 - 3) / 4)
    # Two points at +-a with weights 1/4, 3/4: sd = 2 a sqrt(3/16).
    assert values["width_eta"][1] == pytest.approx(2 * eta * np.sqrt(3 / 16))
    assert values["width_phi"][1] == pytest.approx(2 * eta * np.sqrt(3 / 16))
    assert values["EC_r"][2] == pytest.approx(4)
    assert values["width_r"][2] == pytest.approx(0, abs=1e-6)


def test_two_rings_have_a_radial_width() -> None:
    cells = [0.0] * 17
    cells[1], cells[2] = 2.0, 2.0  # layer 1, r = 1 and r = 4 of one sector
    values = features(cells)
    assert values["EC_r"][1] == pytest.approx(2.5)
    assert values["width_r"][1] == pytest.approx(1.5)


def test_an_empty_shower_is_all_zero() -> None:
    values = features([0.0] * 17)
    assert values["sparsity"] == [1, 1, 1]
    for name in (
        "E_tot",
        "E_layer",
        "EC_eta",
        "EC_phi",
        "EC_r",
        "width_eta",
        "width_phi",
        "width_r",
    ):
        assert values[name] == [0] * len(values[name])


@pytest.mark.parametrize(
    ("name", "columns"), [("1-photons", 30), ("1-pions", 46), ("2", 362), ("3", 362)]
)
def test_number_of_features(name: str, columns: int) -> None:
    assert FeatureExtractor(load_dataset(name).binning).layout.columns == columns


def test_vector_holds_no_label(two: ChallengeDataset) -> None:
    """The same showers give the same vector whichever sample they are in, and no column is constant."""
    extractor = FeatureExtractor(two.binning)
    energy, cells = challenge_showers("2", 12, 1)
    vectors = [
        classifier_features(extractor(part.copy(), energy[:, 0]), extractor.layout)
        for part in (cells, cells)
    ]
    np.testing.assert_array_equal(*vectors)
    assert vectors[0].shape == (12, 362)
    assert vectors[0].std(axis=0).min() > 0


def test_units_of_the_vector() -> None:
    extractor = FeatureExtractor(SMALL)
    cells = np.zeros((1, 17))
    cells[0, 1 + 2 * 2 + 1] = 1000.0
    table = extractor(cells, np.array([1e6]))
    vector = classifier_features(table, extractor.layout)[0]
    blocks = extractor.layout.blocks
    assert vector[blocks["E_inc"]] == 6
    np.testing.assert_allclose(vector[blocks["E_layer"]], [-8, 3, -8])
    np.testing.assert_allclose(vector[blocks["E_tot"]], 3)
    np.testing.assert_allclose(vector[blocks["EC_r"]], [0, 0.04, 0])


@pytest.mark.parametrize("name", list(ORIGINAL))
def test_agrees_with_the_original_code(name: str) -> None:
    spec = load_dataset(name)
    extractor = FeatureExtractor(spec.binning)
    energy, cells = challenge_showers(name, 12, 1)
    cells[cells < spec.threshold_mev] = 0
    vector = classifier_features(extractor(cells, energy[:, 0]), extractor.layout)
    sums = {key: vector[:, columns].sum() for key, columns in extractor.layout.blocks.items()}
    # A width is the root of a difference that is zero for a layer with one filled cell.
    assert sums == pytest.approx(ORIGINAL[name], rel=1e-9)
