"""The browser front in headless Chromium, as pictures."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from mdorch.desk.site import Site
from mdorch.front.web import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def is_here() -> bool:
    return _program() is not None


def _program() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Any]:
    if not is_here():
        raise RuntimeError("there is no Chromium (Debian: apt install chromium)")
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=_program(), args=FLAGS)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def served(site: Site) -> Iterator[Server]:
    """A server of the front, in a thread of this process."""
    server = Server(site, {}, port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.is_up:
            time.sleep(0.01)
        yield server
    finally:
        server.stop()
        thread.join()


def opened(browser: Any, server: Server, width: int, height: int, scheme: str = "light") -> Any:
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.address)
    page.wait_for_selector(".hero h1")
    return page


def show(page: Any, name: str) -> None:
    """Another view, once it has settled."""
    page.evaluate("name => { location.hash = name; }", name)
    page.wait_for_timeout(1500)


def take(site: Site, folder: Path) -> list[Path]:
    """Take the pictures of the README."""
    found = []
    with served(site) as server, browser() as made:
        for name, view, width, height, scheme in PICTURES:
            page = opened(made, server, width, height, scheme)
            show(page, view)
            found.append(folder / f"{name}.png")
            page.screenshot(path=found[-1])
            page.context.close()
    return found


PICTURES = [
    ("web-now", "#now", 1280, 860, "light"),
    ("web-graph", "#graph", 1280, 760, "dark"),
    ("web-phone", "#now", 390, 844, "dark"),
]
