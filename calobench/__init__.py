"""calobench: is a fast calorimeter simulation as good as Geant4, how sure are we, what does it cost?"""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "0.1.0"
