"""Makes tests/helpers importable from all tests, and keeps them steady on a loaded machine."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent / "helpers"))

settings.register_profile("calobench", deadline=None)
settings.load_profile("calobench")
