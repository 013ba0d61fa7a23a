"""The data types of showers: mesh, conditions and showers, and the frame they live in."""

from calobench.showers.content import Content
from calobench.showers.rounding import Rounded, clear_rounding
from calobench.showers.types import Conditions, Mesh, Showers

__all__ = ["Conditions", "Content", "Mesh", "Rounded", "Showers", "clear_rounding"]
