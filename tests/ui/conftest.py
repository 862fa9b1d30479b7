"""A real browser before a real server, on a page of its own for each test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pictures.browser import browser, is_here
from tests.front.stage import ROWS, Stage, make_stage
from tests.front.web.client import Client, serving

HERE = Path(__file__).parent
PATIENCE = 20_000  # milliseconds: for a machine with much else to do
Opened = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = not is_here()
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("ui")
            if missing:
                item.add_marker(
                    pytest.mark.skip(reason="there is no Chromium (Debian: apt install chromium)")
                )


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    with browser() as made:
        yield made


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    made = make_stage(tmp_path, monkeypatch)
    made.write(ROWS)
    return made


@pytest.fixture
def client(stage: Stage) -> Iterator[Client]:
    with serving(stage) as made:
        yield made


@pytest.fixture
def opened(chromium: Any, client: Client) -> Iterator[Opened]:
    """Screens: each in a browser profile of its own. What goes wrong in one fails the test."""
    contexts, wrong = [], []

    def open_(view: str = "now", width: int = 1280, height: int = 800, **more: Any) -> Any:
        size = {"width": width, "height": height}
        context = chromium.new_context(viewport=size, reduced_motion="reduce", **more)
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        page.on("dialog", lambda box: (wrong.append(f"dialog: {box.message}"), box.dismiss()))
        page.goto(f"{client.server.address}#{view}")
        page.wait_for_function("() => document.querySelector('#gauges').textContent")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert [text for text in wrong if not _expected(text)] == []


def _expected(text: str) -> bool:
    """What is told to the person is logged by the browser as well."""
    return "the server responded with a status of 4" in text or "net::ERR_" in text


def until(page: Any, true: Callable[[], object]) -> None:
    """Wait for something outside of the browser, which goes on meanwhile."""
    end = time.monotonic() + PATIENCE / 1000
    while not true():
        assert time.monotonic() < end, "waited in vain"
        page.wait_for_timeout(20)
