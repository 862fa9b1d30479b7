"""`python -m pictures [FRONT…]`: take the pictures of the README anew, into docs/pictures."""

from __future__ import annotations

import sys
from pathlib import Path

from pictures import browser, terminal
from pictures.png import shrink
from pictures.scene import scene

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
TAKERS = {"browser": browser.take, "terminal": terminal.take}


def main(wanted: list[str]) -> int:
    """Those of the fronts that are named, or all. KeyError for one that there is not."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for take in [TAKERS[name] for name in wanted or TAKERS]:
        with scene() as site:
            for path in take(site, FOLDER):
                if path.suffix == ".png":
                    shrink(path)
                print(f"{path.relative_to(FOLDER.parents[1])}  {path.stat().st_size / 1000:.0f} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
