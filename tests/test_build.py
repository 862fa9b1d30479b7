"""What is shipped and what is installed to work on it: complete, pinned, and of no particular machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mdorch import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = ROOT / "requirements-dev.txt"


def pinned() -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==([^\s;]+)", LOCK.read_text("utf-8"), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def wanted() -> list[Requirement]:
    lines = [
        line.split("#")[0].strip() for line in (ROOT / "requirements-dev.in").read_text("utf-8").splitlines()
    ]
    return [Requirement(line) for line in [*PROJECT["project"]["dependencies"], *filter(None, lines)]]


def test_the_lock_holds_what_is_wanted() -> None:
    versions = pinned()
    for requirement in [*wanted(), *map(Requirement, PROJECT["build-system"]["requires"])]:
        version = versions.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in the lock: make lock"
        assert requirement.specifier.contains(version), f"{requirement} against {version}: make lock"


@pytest.mark.parametrize("lock", ["requirements-dev.txt", "requirements-bench.txt"])
def test_every_line_of_the_lock_is_a_pin_with_hashes_and_names_no_place(lock: str) -> None:
    entries = re.split(r"\n(?! )", (ROOT / lock).read_text("utf-8").strip())
    for entry in entries:
        first, *hashes = entry.replace("\\\n", "").split("--hash=")
        assert re.fullmatch(r"[\w.-]+==[\w.]+ *(?:; [\w .<>!='()]+)?\s*", first), first
        assert hashes, first
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", text) for text in hashes), first


def test_nothing_is_depended_upon_that_is_not_needed() -> None:
    names = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    assert names == {"click", "markdown-it-py", "mistletoe", "pydantic", "watchdog", "wcwidth"}


@pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="the readme is part of the package")
def test_the_distributions_hold_the_program_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    files_of_ours = (
        path for path in (ROOT / "mdorch").rglob("*") if path.is_file() and path.suffix != ".pyc"
    )
    program = {str(path.relative_to(ROOT)) for path in files_of_ours}

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    info = f"mdorch-{__version__}.dist-info/"
    assert {name for name in names if not name.startswith(info)} == program
    assert f"{info}licenses/LICENSE" in names

    (source,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(source) as tar:
        files = {name.split("/", 1)[1] for name in tar.getnames()}
    assert program <= files
    assert {"README.md", "LICENSE", "Makefile", "requirements-dev.txt", "tests/test_build.py"} <= files
    assert not [
        name for name in files if "__pycache__" in name or ".mdorch" in name or name.startswith(".venv")
    ]


@pytest.mark.parametrize("version", ["3.9.2", "3.10.14", ""])
def test_an_unfit_python_is_one_clear_line(tmp_path: Path, version: str) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("make", "sh"):
        place = next((Path(p) / name for p in os.get_exec_path() if (Path(p) / name).exists()), None)
        if place is None:
            pytest.skip(f"no {name} here")
        (programs / name).symlink_to(place)
    if version:
        (programs / "python3").write_text(f"#!/bin/sh\necho Python {version}\nexit 1\n")
        (programs / "python3").chmod(0o755)
    command = ["make", f"VENV={tmp_path}/venv", "setup"]
    done = subprocess.run(
        command, cwd=ROOT, env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0].startswith("make: needs Python 3.11 or newer")
    assert (version or "not found") in done.stderr
    assert not (tmp_path / "venv").exists()
