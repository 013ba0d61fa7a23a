"""Positions of the layers of a detector: sections of equal periods, one behind the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import TOLERANCE
from calobench.detectors.spec import DetectorSpec, Section

__all__ = ["Periods"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Periods:
    """The periods of a stack in order of depth, P of them, each with its active sheets.

    Attributes:
        edges_mm: where periods begin, and where the last one ends, mm, (P + 1,).
        sheets_mm: depth of the middle of their active sheets, mm, (P,).
    """

    edges_mm: Floats
    sheets_mm: Floats

    @classmethod
    def of(cls, detector: DetectorSpec) -> Periods:
        """The periods of a detector."""
        face, edges, sheets = 0.0, [], []
        for section in detector.sections:
            begins = face + np.arange(section.periods) * section.period_mm
            edges.append(begins)
            sheets.append(begins + _active_centre(section))
            face += section.periods * section.period_mm
        return cls(np.append(np.concatenate(edges), face), np.concatenate(sheets))

    def __len__(self) -> int:
        """Number of periods."""
        return len(self.sheets_mm)

    @property
    def widths_mm(self) -> Floats:
        """Thickness of each period, mm, (P,)."""
        return np.diff(self.edges_mm)

    def at(self, depth: Floats) -> Integers:
        """Period at each depth, (...); a period owns its lower edge. -1 and P lie outside.

        Args:
            depth: below the face, mm, (...).
        """
        widths = self.widths_mm
        slack = TOLERANCE * np.append(widths, widths[-1])
        return _count(self.edges_mm - slack, depth, "right") - 1

    def sheets_from(self, depth: Floats) -> Integers:
        """Number of sheets in front of each depth, (...); one at the depth itself is not."""
        return _count(self.sheets_mm + TOLERANCE * self.widths_mm, depth, "left")

    def nearest(self, depth: Floats) -> Integers:
        """Period of the sheet nearest to each depth, (...); of two as near, the one behind."""
        middles = (self.sheets_mm[1:] + self.sheets_mm[:-1]) / 2
        return _count(middles - TOLERANCE * self.widths_mm[1:], depth, "right")


def _count(edges: Floats, depth: Floats, side: Literal["left", "right"]) -> Integers:
    return np.searchsorted(edges, depth, side=side).astype(np.int64)


def _active_centre(section: Section) -> float:
    """Depth in a period of the middle of its active sheets, mm."""
    thickness = np.array([layer.thickness_mm for layer in section.layers])
    active = np.array([layer.active for layer in section.layers])
    middles = np.cumsum(thickness) - thickness / 2
    return float(np.average(middles[active], weights=thickness[active]))
