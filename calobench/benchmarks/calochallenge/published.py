"""Published results of the CaloChallenge, to be shown beside one's own."""

from __future__ import annotations

from calobench._util.resources import data_specs_dir
from calobench._util.settings import Settings
from calobench._util.yaml_file import read_yaml_as

__all__ = ["PublishedModel", "PublishedTable", "published_table"]

Pair = tuple[float, float]


class PublishedModel(Settings):
    """One submission; FPD, KPD and separation are multiplied by 1000, pairs are value and error.

    Attributes:
        prdc: precision, recall, density and coverage.
    """

    name: str
    parameters: int | None = None
    fpd: Pair
    kpd: Pair
    auc_low: Pair
    auc_high: Pair
    auc_cnn: Pair | None = None
    prdc: tuple[float, float, float, float]
    separation: dict[str, float]


class PublishedTable(Settings):
    """All submissions for one data set, in the order of their FPD."""

    dataset: str
    source: str
    paper: str
    models: tuple[PublishedModel, ...]


def published_table(dataset: str) -> PublishedTable:
    """The table of a data set.

    Args:
        dataset: its name, as of :func:`calobench.benchmarks.calochallenge.datasets.load_dataset`.

    Raises:
        SpecError: the file is damaged.
    """
    path = data_specs_dir() / "calochallenge" / "published" / f"{dataset}.yaml"
    return read_yaml_as(PublishedTable, path, "published results")
