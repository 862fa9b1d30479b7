"""Who may import whom: downward only, pure rooms without doors, one place for each library.

The walk reads the source, so imports inside functions and under `TYPE_CHECKING` count like all others.
It is itself tried: a copy of the program with one bad line planted must be found guilty of just that.
"""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "mdorch"

FLOORS = {
    "frozen": -1,
    "page": 0,
    "facts": 0,
    "board": 1,
    "plan": 2,
    "world": 2,
    "config": 3,
    "desk": 4,
    "daemon": 5,
    "front": 6,
    "demo": 6,
    "__main__": 7,
}
NEVER = {("world", "board")}  # it moves bytes and argument lists

# A front asks the desk. Besides, it may name the plain records that it is given, and what it must catch.
FRONTS = {"front", "demo"}
RECORDS = {
    *("frozen", "facts", "plan.actions", "config.errors", "world.errors", "page.cells"),
    *(
        f"board.{noun}"
        for noun in ("agent", "board", "handoff", "policy", "problem", "status", "task", "wishes")
    ),
}
DAEMON_FRONTS = {"front.cli", "demo"}

# No clock, no file, no process: what these rooms do is decided by their arguments alone.
PURE = {"page", "facts", "board", "plan"}
DOORS = {
    *(
        "asyncio",
        "concurrent",
        "ctypes",
        "fcntl",
        "glob",
        "http",
        "io",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
    ),
    *(
        "pathlib",
        "platform",
        "random",
        "secrets",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "sqlite3",
    ),
    *("subprocess", "tempfile", "threading", "time", "urllib", "uuid"),
}
PURE_PATHS = {"PurePath", "PurePosixPath", "PureWindowsPath"}
DOOR_CALLS = {"open", "print", "input", "breakpoint"}
CLOCK_CALLS = {"now", "today", "utcnow"}

LIBRARIES = {
    "click": {"front.cli"},
    "lsprotocol": {"front.lsp"},
    "markdown_it": {"page"},
    "mcp": {"front.mcp"},
    "mistletoe": {"board", "page"},  # renders and reads back what is new
    "pydantic": {
        "config",
        "desk.schemas",
        "desk.models",
        "desk.reasons",
        "desk.answers",
        "desk.checks",
        "desk.figures",
        "desk.roster",
    },
    "pydantic_core": {"config"},
    "pygls": {"front.lsp"},
    "rich": {"front.term"},  # comes with textual
    "starlette": {"front.web"},
    "textual": {"front.term"},
    "uvicorn": {"front.web"},
    "watchdog": {"world.watch"},
    "wcwidth": {"page.cells"},
}


def breaches(package: Path) -> list[str]:
    """Every forbidden import or call in a package, as `module:line: why`."""
    return [breach for path in sorted(package.rglob("*.py")) for breach in breaches_in(path, package)]


def breaches_in(path: Path, package: Path) -> list[str]:
    """Those in one file of it."""
    is_package = path.name == "__init__.py"
    parts = path.relative_to(package).with_suffix("").parts
    module = ".".join(parts[:-1] if is_package else parts)
    tree = ast.parse(path.read_text("utf-8"))
    found = [
        f"{module}:{line}: {why}"
        for line, target in imports(tree, module, is_package, package.name)
        if (why := verdict(module, target, package.name))
    ]
    if room(module) in PURE:
        found += [f"{module}:{line}: {name}() in a pure room" for line, name in impure_calls(tree)]
    return found


def imports(tree: ast.AST, module: str, is_package: bool, root: str) -> Iterator[tuple[int, str]]:
    """Line and full name of everything a module imports, wherever it does so."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = [root, *filter(None, module.split("."))]
                above = above[: len(above) - node.level + is_package]
                base = ".".join([*above, *filter(None, [base])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__"):
            yield from ((node.lineno, str(a.value)) for a in node.args[:1] if isinstance(a, ast.Constant))


def verdict(module: str, target: str, root: str) -> str:
    """Why a module must not import a target; "" if it may."""
    top = target.split(".")[0]
    if top == root:
        return inner_verdict(module, target.removeprefix(root).lstrip("."))
    if top in LIBRARIES:
        homes = LIBRARIES[top]
        return (
            ""
            if any(within(module, home) for home in homes)
            else f"{top} belongs in {', '.join(sorted(homes))}"
        )
    if top not in sys.stdlib_module_names:
        return f"{top} is no dependency"
    if room(module) in PURE and top in DOORS:
        harmless = top == "pathlib" and target.split(".")[-1] in PURE_PATHS
        return "" if harmless else f"{top} in a pure room"
    return ""


def inner_verdict(module: str, target: str) -> str:
    here, there = room(module), room(target)
    if there in ("", "__version__", here):
        return ""
    if here not in FLOORS or there not in FLOORS:
        return f"{here or 'the package'} → {there}: a room without a floor"
    if FLOORS[there] >= FLOORS[here] or (here, there) in NEVER:
        return f"{here} → {there} is not downward"
    if here not in FRONTS or there == "desk" or any(within(target, record) for record in RECORDS):
        return ""
    if there == "daemon" and any(within(module, front) for front in DAEMON_FRONTS):
        return ""
    return f"{here} → {target}: fronts ask the desk"


def impure_calls(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = called(node)
            bare = isinstance(node.func, ast.Name)
            if (bare and name in DOOR_CALLS) or (not bare and name in CLOCK_CALLS):
                yield node.lineno, name


def called(node: ast.Call) -> str:
    return getattr(node.func, "id", "") or getattr(node.func, "attr", "")


def room(module: str) -> str:
    return module.split(".")[0]


def within(module: str, place: str) -> bool:
    return f"{module}.".startswith(f"{place}.")


def test_every_import_goes_downward() -> None:
    assert breaches(PACKAGE) == []


def test_every_room_has_a_floor() -> None:
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir() and any(path.glob("**/*.py"))}
    assert rooms <= set(FLOORS)


PLANTS = {
    "page/scan.py": [
        "import os",
        "from pathlib import Path",
        "from mdorch.board import task",
        "open('x')",
        "import time",
    ],
    "facts.py": ["import logging", "import mdorch.board.task as t"],
    "board/task.py": ["def f():\n    import subprocess", "from mdorch.plan.graph import x", "import wcwidth"],
    "plan/graph.py": [
        "import mdorch.world.clock",
        "d = datetime.now()",
        "from .. import world",
        "import threading",
    ],
    "world/clock.py": ["from mdorch.board.task import Task", "from mdorch import plan", "import click"],
    "config/load.py": [
        "from ..desk import look",
        "if TYPE_CHECKING:\n    from mdorch.desk import look",
        "import watchdog",
    ],
    "desk/__init__.py": ["import mdorch.daemon", "from ..front import cli", "__import__('mdorch.daemon')"],
    "daemon/__init__.py": [
        "from importlib import import_module; import_module('mdorch.front.cli')",
        "import requests",
    ],
    "front/__init__.py": [
        "from mdorch.world.pagefile import x",
        "from mdorch.plan import plan",
        "import mdorch.daemon.loop",
    ],
    "front/cli/__init__.py": [
        "from mdorch.page.scan import x",
        "import pydantic",
        "from mdorch.config import trust",
    ],
    "nowhere/__init__.py": ["from mdorch.facts import Run"],
}


def planted(file: str, plant: str, folder: Path) -> list[str]:
    """What is found in a copy of one file of the program with a line added, and not in the file itself."""
    original = PACKAGE / file
    text = original.read_text("utf-8") if original.exists() else ""
    copy = folder / "mdorch" / file
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text, "utf-8")
    before = breaches(folder / "mdorch")
    copy.write_text(f"{text}\n{plant}\n", "utf-8")
    return [breach for breach in breaches(folder / "mdorch") if breach not in before]


@pytest.mark.parametrize(
    ("file", "plant"), [(file, plant) for file, plants in PLANTS.items() for plant in plants]
)
def test_a_planted_breach_is_found(tmp_path: Path, file: str, plant: str) -> None:
    (breach,) = planted(file, plant, tmp_path)
    assert breach.startswith(file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") + ":")


def test_a_breach_in_a_copy_of_the_whole_program_is_found(tmp_path: Path) -> None:
    copy = shutil.copytree(PACKAGE, tmp_path / "mdorch", ignore=shutil.ignore_patterns("__pycache__"))
    with (copy / "plan" / "graph.py").open("a") as graph:
        graph.write("\n\ndef f():\n    from mdorch.world import clock\n")
    assert any(breach.startswith("plan.graph:") and "not downward" in breach for breach in breaches(copy))


FINE = {
    "page/scan.py": "from pathlib import PurePosixPath",
    "plan/graph.py": "from datetime import datetime, UTC; d = datetime.fromtimestamp(0, UTC)",
    "world/clock.py": "import os, subprocess; from mdorch.facts import Run; from mdorch import __version__",
    "front/cli/__init__.py": "import click; from mdorch.daemon import loop; from mdorch.board import task",
    "desk/__init__.py": "from . import look; from .look import x; from mdorch.world import runs",
}


@pytest.mark.parametrize(("file", "line"), FINE.items())
def test_what_is_allowed_is_not_found(tmp_path: Path, file: str, line: str) -> None:
    assert planted(file, line, tmp_path) == []
