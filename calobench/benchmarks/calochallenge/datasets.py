"""The four data sets of the CaloChallenge, as their YAMLs in ``data_specs/calochallenge`` say."""

from __future__ import annotations

from functools import cache

from pydantic import Field, model_validator

from calobench._util.resources import data_specs_dir
from calobench._util.settings import Settings
from calobench._util.yaml_file import read_yaml_as
from calobench.benchmarks.calochallenge.binning import Binning, Layer
from calobench.errors import UnknownNameError

__all__ = ["ChallengeDataset", "dataset_names", "load_dataset"]


class LayerGroup(Settings):
    """Layers ``first`` to ``last`` that are cut alike."""

    first: int = Field(ge=0)
    last: int
    alpha_bins: int = Field(ge=1)
    r_edges_mm: tuple[float, ...] = Field(min_length=2)


class ChallengeDataset(Settings):
    """One data set: what its files hold, and what the challenge does to them first.

    Attributes:
        readout_mev: threshold of a cell's readout, MeV of deposit.
        scaled_by: sampling fraction by which all energies in the files were divided.
    """

    name: str
    title: str
    particle: str
    incident_energies: str
    doi: str
    files: tuple[str, ...]
    reference_showers: int = Field(ge=1)
    voxels: int = Field(ge=1)
    readout_mev: float = Field(gt=0)
    scaled_by: float = Field(gt=0, le=1)
    sources: dict[str, str]
    layers: tuple[LayerGroup, ...]

    @model_validator(mode="after")
    def _layers_hold_all_voxels(self) -> ChallengeDataset:
        if self.binning.voxels != self.voxels:
            raise ValueError(f"layers hold {self.binning.voxels} voxels, not {self.voxels}")
        return self

    @property
    def threshold_mev(self) -> float:
        """Cells below it are set to zero before anything else, MeV as in the files."""
        return self.readout_mev / self.scaled_by

    @property
    def discrete_energies(self) -> bool:
        """Whether the incident energies are a few powers of two (data set 1)."""
        return self.name.startswith("1")

    @property
    def binning(self) -> Binning:
        """Its voxels, without the XML."""
        layers = (
            Layer(number, group.r_edges_mm, group.alpha_bins)
            for group in self.layers
            for number in range(group.first, group.last + 1)
        )
        return Binning(self.particle, tuple(layers), "calobench")


@cache
def _catalogue() -> dict[str, ChallengeDataset]:
    folder = data_specs_dir() / "calochallenge"
    specs = (
        read_yaml_as(ChallengeDataset, path, "CaloChallenge data set")
        for path in sorted(folder.glob("*.yaml"))
    )
    return {spec.name: spec for spec in specs}


def dataset_names() -> list[str]:
    """``1-photons``, ``1-pions``, ``2`` and ``3``."""
    return list(_catalogue())


def load_dataset(name: str) -> ChallengeDataset:
    """A data set by its name.

    Raises:
        UnknownNameError: there is no such data set.
    """
    known = _catalogue()
    if name not in known:
        raise UnknownNameError("CaloChallenge data set", name, known)
    return known[name]
