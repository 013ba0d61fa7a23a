"""Statements about files of showers before they are opened: detector, format, axes, units, collections."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from calobench.detectors.spec import DetectorSpec
from calobench.errors import ShowerFileError

__all__ = ["LEMURS_SHAPE", "MEV_PER", "UNDECLARED", "Reading"]

LEMURS_SHAPE = (9, 16, 45)

MEV_PER = {"MeV": 1.0, "GeV": 1000.0}
"""Units of energy that files may have, in MeV."""


@dataclass(frozen=True)
class Reading:
    """Settings for reading files of showers; what is left out, the file says or is guessed and told.

    Attributes:
        detector: whose showers they are; formats without a mesh of their own need it.
        format_name: name of the format; None: what the file looks like.
        axes: order of the axes behind the first, such as ``("z", "phi", "r")``.
        unit: of the energies of cells, ``MeV`` or ``GeV``.
        incident_unit: of the incident energies.
        collections: of hits that are summed, by name.
        sampling_fraction: what the energies of cells were divided by, which reading undoes.
    """

    detector: DetectorSpec | None = None
    format_name: str | None = None
    axes: tuple[str, ...] | None = None
    unit: str | None = None
    incident_unit: str | None = None
    collections: tuple[str, ...] = ()
    sampling_fraction: float | None = None

    @classmethod
    def declared(
        cls,
        format_name: str | None = None,
        axes: str | None = None,
        unit: str | None = None,
        collections: str | None = None,
    ) -> Self:
        """From the words of a command line.

        Args:
            format_name: name of a format.
            axes: names with commas between, such as ``z,phi,r``.
            unit: one unit, or two with a comma between: of cells and of incident energies.
            collections: names with commas between.

        Raises:
            ShowerFileError: an unknown unit, or an axis that is named twice.
        """
        units = _words(unit)
        odd = [word for word in units if word not in MEV_PER]
        if odd or len(units) > 2:
            raise ShowerFileError(
                f"--unit {unit}: give MeV or GeV, or two for cells and incident energies, such as MeV,GeV"
            )
        names = tuple(word.casefold() for word in _words(axes))
        if len(set(names)) < len(names):
            raise ShowerFileError(f"--axes {axes} names an axis twice; name each once")
        return cls(
            format_name=format_name,
            axes=names or None,
            unit=units[0] if units else None,
            incident_unit=units[-1] if units else None,
            collections=_words(collections),
        )

    def of(self, detector: DetectorSpec | None) -> Self:
        """The same, of a detector."""
        return replace(self, detector=detector)

    @property
    def words(self) -> tuple[str, ...]:
        """The options of a command line that say the same."""
        units = dict.fromkeys(one for one in (self.unit, self.incident_unit) if one)
        given = {
            "--format": self.format_name or "",
            "--axes": ",".join(self.axes or ()),
            "--unit": ",".join(units),
            "--collection": ",".join(self.collections),
        }
        return tuple(word for option, text in given.items() if text for word in (option, text))

    @property
    def shape(self) -> tuple[int, int, int]:
        """(R, PHI, Z) of the detector's mesh; without a detector, that of LEMURS."""
        return LEMURS_SHAPE if self.detector is None else self.detector.mesh_geometry.shape

    @property
    def declarations(self) -> frozenset[str]:
        """Names of the options that only some formats take, as far as they are given."""
        given = {
            "axes": self.axes,
            "unit": self.unit,
            "collection": self.collections,
        }
        return frozenset(name for name, value in given.items() if value)


UNDECLARED = Reading()
"""Nothing is said of the files."""


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
