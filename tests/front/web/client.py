"""A server at work on a page of its own, and plain HTTP to ask it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from typing import Any

from mdorch.desk.site import open_site
from mdorch.front.web.serve import Server
from tests.front.stage import Stage, until


class Got:
    """An answer: its status, its headers, its body."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks as a browser with the cookie would; what a test gives comes in place of that."""

    def __init__(self, server: Server, stage: Stage) -> None:
        self.server = server
        self.stage = stage
        self.place = f"127.0.0.1:{server.port}"
        self.headers = {"Host": self.place, "Cookie": f"mdorch_{server.port}={server.token}"}

    def opened(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str | None] | None = None
    ) -> tuple[HTTPConnection, HTTPResponse]:
        connection = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in {**self.headers, **(headers or {})}.items():
            if value is not None:
                connection.putheader(name, value)
        if body is not None and "Content-Length" not in (headers or {}):
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        return connection, connection.getresponse()

    def ask(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str | None] | None = None
    ) -> Got:
        connection, response = self.opened(method, path, body, headers)
        try:
            return Got(response)
        finally:
            connection.close()

    def get(self, path: str, **headers: str | None) -> Got:
        return self.ask("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def wish(self, what: str, headers: dict[str, str | None] | None = None, **body: Any) -> Got:
        own = {"Content-Type": "application/json", "Origin": f"http://{self.place}"}
        return self.ask("POST", f"/api/{what}", json.dumps(body).encode(), {**own, **(headers or {})})

    @property
    def version(self) -> str:
        return self.get("/api/page").json["version"]

    @contextmanager
    def listening(self, path: str = "/api/events") -> Iterator[Iterator[tuple[str, Any]]]:
        """The events of a stream: name and data."""
        connection, response = self.opened("GET", path)
        try:
            yield _events(response)
        finally:
            connection.close()


def _events(response: HTTPResponse) -> Iterator[tuple[str, Any]]:
    name = ""
    while line := response.readline():
        kind, _, value = line.decode().rstrip("\n").partition(": ")
        if kind == "event":
            name = value
        elif kind == "data":
            yield name, json.loads(value)


@contextmanager
def serving(stage: Stage, host: str = "127.0.0.1") -> Iterator[Client]:
    server = Server(open_site(None, None, stage.env), stage.env, host, 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.is_up)
        yield Client(server, stage)
    finally:
        server.stop()
        thread.join()
