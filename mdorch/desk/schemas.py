"""`python -m mdorch.desk.schemas [--check] [FOLDER]`: the JSON Schemas of all answers and of `mdorch.toml`.

They are generated from the models and committed, so that a changed answer shows in a review.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from mdorch.config.model import Configuration
from mdorch.desk.answers import ANSWERS

FOLDER = Path(__file__).resolve().parents[2] / "schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """File name -> text of every schema."""
    models: dict[str, type[BaseModel]] = {**ANSWERS, "mdorch.toml": Configuration}
    return {f"{name}.json": _text(name, model) for name, model in models.items()}


def _text(name: str, model: type[BaseModel]) -> str:
    made: dict[str, Any] = model.model_json_schema(by_alias=True)
    title = name if name == "mdorch.toml" else f"mdorch {name} --json"
    return json.dumps({"$schema": DIALECT, **made, "title": title}, indent=2, ensure_ascii=False) + "\n"


def stale(folder: Path) -> list[str]:
    """Names of files in the folder that are not what they should be, that miss, or that are left over."""
    wanted = schemas()
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def main(args: list[str]) -> int:
    """Write them, or with `--check` say which ones are stale: exit code 1."""
    folder = Path(next((a for a in args if not a.startswith("-")), FOLDER))
    if "--check" in args:
        found = stale(folder)
        for name in found:
            sys.stderr.write(f"{folder / name}: stale; python -m mdorch.desk.schemas writes it anew\n")
        return 1 if found else 0
    folder.mkdir(exist_ok=True)
    for name in stale(folder):
        text = schemas().get(name)
        if text is None:
            (folder / name).unlink()
        else:
            (folder / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
