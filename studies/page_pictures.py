"""Pictures of a page as a desktop and as a phone show it, for the texts.

python studies/suite_sample.py --n 100 --workers 2 --keep FOLDER
python studies/page_pictures.py leaderboard FOLDER/public/index.html
python studies/page_pictures.py documentation site/index.html                # after 'make docs'

They go into ``docs/pictures``; Chromium must be installed.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
# So many colours are enough for pages of text, and make the files small.
COLOURS = 128


class Screen(NamedTuple):
    """A window: its name, and its size in CSS pixels."""

    name: str
    width: int
    height: int


SCREENS = (Screen("desktop", 1280, 860), Screen("phone", 390, 844))


def take(page: Path, name: str, folder: Path) -> list[Path]:
    """``NAME-desktop.png`` and ``NAME-phone.png`` of a page: the first screen of either."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Chromium is missing")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for screen in SCREENS:
            size = {"width": screen.width, "height": screen.height}
            opened = browser.new_page(viewport=size, color_scheme="light")  # type: ignore[arg-type]
            opened.goto(page.resolve().as_uri())
            picture = Image.open(BytesIO(opened.screenshot())).convert("RGB").quantize(COLOURS)
            written.append(folder / f"{name}-{screen.name}.png")
            picture.save(written[-1], optimize=True)
        browser.close()
    return written


def main() -> None:
    """Take and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("name", help="of the pictures")
    parser.add_argument("page", type=Path, help="an HTML file")
    given = parser.parse_args()
    for path in take(given.page, given.name, PICTURES):
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
