"""Scripts behind published figures can still be started."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

STUDIES = Path(__file__).parents[2] / "studies"
SCRIPTS = sorted(path.name for path in STUDIES.glob("*.py"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_starts(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = STUDIES / name
    monkeypatch.syspath_prepend(str(STUDIES))
    monkeypatch.setattr("sys.argv", [str(script), "--help"])
    if "argparse" not in script.read_text():
        # What other scripts import: names that it takes from calobench must be there.
        runpy.run_path(str(script), run_name="study")
        return
    with pytest.raises(SystemExit) as exit_info:
        runpy.run_path(str(script), run_name="__main__")
    assert exit_info.value.code == 0
    assert "usage: " in capsys.readouterr().out
