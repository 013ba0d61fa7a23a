"""Published results of the CaloChallenge, to be shown beside one's own."""

from __future__ import annotations

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from calobench.errors import SpecError
from calobench.resources import data_specs_dir
from calobench.validation import describe_validation_error

__all__ = ["PublishedModel", "PublishedTable", "published_table"]

Pair = tuple[float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class PublishedModel(_Strict):
    """One submission; FPD, KPD and separation are multiplied by 1000, pairs are value and error."""

    name: str
    parameters: int | None = None
    fpd: Pair
    kpd: Pair
    auc_low: Pair
    auc_high: Pair
    auc_cnn: Pair | None = None
    separation: dict[str, float]


class PublishedTable(_Strict):
    """All submissions for one data set, in the order of their FPD."""

    dataset: str
    source: str
    paper: str
    models: tuple[PublishedModel, ...]


def published_table(dataset: str) -> PublishedTable:
    """The table of a data set.

    Args:
        dataset: its name, as of :func:`calobench.calochallenge.datasets.load_dataset`.

    Raises:
        SpecError: the file is damaged.
    """
    path = data_specs_dir() / "calochallenge" / "published" / f"{dataset}.yaml"
    try:
        return PublishedTable.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError, ValidationError) as error:
        reason = describe_validation_error(error) if isinstance(error, ValidationError) else error
        raise SpecError(f"{path} is not a table of published results: {reason}") from error
