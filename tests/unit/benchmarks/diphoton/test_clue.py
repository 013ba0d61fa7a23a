"""CLUE on points whose clusters are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from calobench.benchmarks.diphoton.clue import OUTLIER, ClueParameters, clue, neighbours_within
from calobench.benchmarks.diphoton.linking import LinkParameters, link

PARAMETERS = ClueParameters(dc_mm=8.0, rhoc_mev=5.0, outlier_delta_factor=2.0)


def cluster(positions: Any, energy: Any, parameters: Any = PARAMETERS, group: Any = None) -> Any:
    positions = np.asarray(positions, dtype=float)
    group = np.zeros(len(positions), dtype=int) if group is None else np.asarray(group)
    return clue(positions, np.asarray(energy, dtype=float), group, parameters).tolist()


def blob(centre: Any, peak: Any, pitch: float = 5.0, size: int = 3) -> Any:
    """Cells of a square around a centre, energy falling with the distance."""
    offsets = np.arange(-size, size + 1) * pitch
    y, z = (axis.ravel() for axis in np.meshgrid(offsets, offsets, indexing="ij"))
    return np.column_stack([y, z]) + centre, peak * np.exp(-np.hypot(y, z) / pitch)


def test_no_points_have_no_clusters() -> None:
    assert cluster(np.empty((0, 2)), []) == []


def test_one_dense_point_is_a_cluster_and_a_faint_one_is_not() -> None:
    assert cluster([[0, 0]], [6]) == [0]
    assert cluster([[0, 0]], [4]) == [OUTLIER]


def test_a_neighbour_counts_half_for_the_density() -> None:
    # 4 + 0.5 * 2 reaches the threshold of 5; with 1.9 it does not.
    assert cluster([[0, 0], [5, 0]], [4, 2]) == [0, 0]
    assert cluster([[0, 0], [5, 0]], [4, 1.9]) == [OUTLIER, OUTLIER]


def test_points_follow_the_nearest_denser_one() -> None:
    # A chain falling in energy: each within reach of the one before only.
    positions = [[7.0 * i, 0] for i in range(5)]
    assert cluster(positions, [50, 20, 10, 5, 1]) == [0] * 5


def test_a_faint_point_is_an_outlier_only_beyond_the_outlier_distance() -> None:
    assert cluster([[0, 0], [15.9, 0]], [50, 1]) == [0, 0]
    assert cluster([[0, 0], [16.1, 0]], [50, 1]) == [0, OUTLIER]


def test_a_dense_point_is_a_seed_only_beyond_dc_from_a_denser_one() -> None:
    assert cluster([[0, 0], [7.9, 0]], [50, 40]) == [0, 0]
    assert cluster([[0, 0], [8.1, 0]], [50, 40]) == [0, 1]


@pytest.mark.parametrize(("distance", "expected"), [(5.0, 1), (30.0, 2)])
def test_two_blobs_are_two_clusters_when_far_enough(distance: float, expected: int) -> None:
    one, first = blob([0.0, 0.0], 100)
    two, second = blob([0.0, distance], 80)
    labels = cluster(np.concatenate([one, two]), np.concatenate([first, second]))
    assert len(set(labels) - {OUTLIER}) == expected
    if expected == 2:
        centre = len(one) // 2
        assert labels[centre] != labels[len(one) + centre]


def test_equally_dense_points_make_one_cluster() -> None:
    assert cluster([[0, 0], [5, 0], [0, 5]], [10, 10, 10]) == [0, 0, 0]


def test_groups_never_see_each_other() -> None:
    labels = cluster([[0, 0], [1, 0], [0, 0]], [10, 9, 10], group=[0, 0, 1])
    assert labels == [0, 0, 1]


def test_clusters_do_not_depend_on_the_company_nor_on_the_order() -> None:
    rng = np.random.default_rng(3)
    positions = rng.uniform(0, 200, (300, 2))
    energy = rng.exponential(4, 300)
    alone = np.array(cluster(positions, energy))
    order = rng.permutation(300)
    shuffled = np.array(cluster(positions[order], energy[order]))
    assert len(set(alone)) > 5
    assert np.array_equal(shuffled == OUTLIER, alone[order] == OUTLIER)
    same = alone[:, None] == alone
    assert np.array_equal(shuffled[:, None] == shuffled, same[np.ix_(order, order)])
    both = np.array(
        cluster(
            np.concatenate([positions, positions]),
            np.concatenate([energy, energy]),
            group=np.repeat([0, 1], 300),
        )
    )
    assert np.array_equal(both[:300], alone)


def test_density_peaks_agree_with_the_definition_point_by_point() -> None:
    rng = np.random.default_rng(5)
    positions = rng.uniform(0, 60, (80, 2))
    energy = rng.exponential(3, 80)
    distance = np.hypot(*(positions[:, None] - positions).transpose(2, 0, 1))
    weight = np.where(distance <= PARAMETERS.dc_mm, 0.5, 0.0)
    np.fill_diagonal(weight, 1.0)
    density = weight @ energy

    def root(point: Any) -> Any:
        higher = [
            (distance[point, j], j)
            for j in range(80)
            if density[j] > density[point] and distance[point, j] <= PARAMETERS.reach_mm
        ]
        delta, nearest = min(higher, default=(np.inf, -1))
        if density[point] >= PARAMETERS.rhoc_mev and delta > PARAMETERS.dc_mm:
            return point
        return OUTLIER if nearest < 0 else root(nearest)

    expected = np.array([root(point) for point in range(80)])
    clusters = np.array(cluster(positions, energy))
    seeds = sorted(set(expected.tolist()) - {OUTLIER})
    assert np.array_equal(clusters, [seeds.index(r) if r != OUTLIER else OUTLIER for r in expected])


def test_neighbours_come_in_both_directions_with_their_distance() -> None:
    near = neighbours_within(np.array([[0.0, 0], [3, 4], [50, 0]]), np.zeros(3, dtype=int), 6.0)
    assert sorted(zip(near.first.tolist(), near.second.tolist(), strict=True)) == [(0, 1), (1, 0)]
    assert near.distance == pytest.approx([5, 5])


LINK = LinkParameters(dc_mm=8.0, rhoc_mev=5.0, outlier_delta_factor=2.0, layers=2)


def linked(positions: Any, layer: Any, energy: Any, event: Any = None) -> Any:
    event = np.zeros(len(layer), dtype=int) if event is None else np.asarray(event)
    return link(
        np.asarray(positions, dtype=float),
        np.asarray(layer),
        np.asarray(energy, dtype=float),
        event,
        LINK,
    ).tolist()


def test_clusters_of_consecutive_layers_on_one_axis_are_one_shower() -> None:
    energy = [5, 20, 60, 40, 10]
    assert linked([[0, 0]] * 5, range(5), energy) == [0] * 5


def test_a_gap_of_too_many_layers_is_not_bridged() -> None:
    assert linked([[0, 0]] * 2, [0, 3], [50, 40]) == [0, 1]
    assert linked([[0, 0]] * 2, [0, 2], [50, 40]) == [0, 0]


def test_two_axes_are_two_showers() -> None:
    positions = [[0, 0], [0, 20]] * 4
    labels = linked(positions, np.repeat(range(4), 2), [30, 20, 60, 50, 40, 30, 20, 10])
    assert labels == [0, 1] * 4


def test_nothing_links_to_nothing() -> None:
    assert linked(np.empty((0, 2)), [], []) == []
