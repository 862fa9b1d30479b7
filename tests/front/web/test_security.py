"""Who is let in, from where, and what a browser may do with what it is told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import pytest

from mdorch.front.web.guard import is_loopback, names_of
from tests.front.stage import Mdorch, Stage, make_stage
from tests.front.web.client import Client, serving

Changed = dict[str, str | None]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """One for all: none of these tests may change anything."""
    with pytest.MonkeyPatch.context() as patch:
        stage = make_stage(tmp_path_factory.mktemp("web"), patch)
        stage.write()
        with serving(stage) as made:
            yield made


def test_nobody_is_let_in_without_the_token(client: Client) -> None:
    for path in ("/", "/api/events", "/api/page", "/api/task?id=A-1", "/api/logs?id=A-1", "/nothing"):
        for cookie in (None, "x=y", f"mdorch_{client.server.port}=", f"mdorch_{client.server.port}=wrong"):
            assert client.get(path, Cookie=cookie).status == 401
    assert client.wish("pause", {"Cookie": None}).status == 401
    assert client.get("/?token=wrong", Cookie=None).status == 401
    assert client.get(f"/api/page?token={client.server.token}", Cookie=None).status == 401
    assert client.get("/api/page").status == 200


def test_the_printed_address_lets_in_by_a_cookie_that_no_script_can_read(client: Client) -> None:
    path = client.server.address.partition(client.place)[2]
    got = client.get(path, Cookie=None)
    assert got.status == 200
    cookie, *rules = got.headers["Set-Cookie"].split("; ")
    assert set(rules) == {"HttpOnly", "SameSite=Strict", "Path=/"}
    assert client.get("/api/page", Cookie=cookie).status == 200
    assert "Set-Cookie" not in client.get("/").headers
    assert client.server.token not in got.body.decode()


def test_a_program_may_say_the_token_in_a_header(client: Client) -> None:
    token = client.server.token
    assert client.get("/api/page", Cookie=None, Authorization=f"Bearer {token}").status == 200
    for wrong in (token, f"Basic {token}", "Bearer", "Bearer x"):
        assert client.get("/api/page", Cookie=None, Authorization=wrong).status == 401


def test_every_start_has_a_token_of_its_own(stage: Stage) -> None:
    stage.write()
    with serving(stage) as one, serving(stage) as other:
        assert one.server.token != other.server.token
        assert len(one.server.token) >= 32
        assert one.get("/api/page", Cookie=f"mdorch_{one.server.port}={other.server.token}").status == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.", "127.1:{port}", "192.0.2.7:{port}", "",
             "localhost.evil.example:{port}", "127.0.0.1:{port}@evil.example", "[::1", "127.0.0.1:{port}:1"],
)  # fmt: skip
def test_a_foreign_name_is_not_answered(client: Client, host: str) -> None:
    host = host.replace("{port}", str(client.server.port))
    for path in ("/", "/api/page", "/static/main.js"):
        assert client.get(path, Host=host).status in (400, 421)


def test_the_names_of_this_machine_are_answered(client: Client) -> None:
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        assert client.get("/api/page", Host=f"{name}:{client.server.port}").status == 200


def test_another_port_leads_here_through_a_tunnel_and_a_page_there_is_another_origin(client: Client) -> None:
    there = "localhost:9000"
    assert client.get("/api/page", Host=there).status == 200
    assert client.wish("nothing", {"Host": there, "Origin": f"http://{there}"}).status == 404
    assert client.wish("nothing", {"Origin": f"http://{there}"}).status == 403
    assert client.wish("nothing", {"Host": there}).status == 403


FOREIGN: list[Changed] = [
    {"Origin": None},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "https://127.0.0.1:{port}"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost:{port}"},  # another origin than that of the Host
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_changes_nothing(client: Client, headers: Changed) -> None:
    port, before, version = str(client.server.port), client.stage.text, client.version
    headers = {name: value and value.replace("{port}", port) for name, value in headers.items()}
    got = client.wish("set", headers, task="A-2", cells={"status": "complete"}, version=version)
    assert got.status == 403
    assert client.stage.text == before


@pytest.mark.parametrize(
    "kind", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json"]
)
def test_what_a_form_can_send_changes_nothing(client: Client, kind: str | None) -> None:
    before, version = client.stage.text, client.version
    got = client.wish("set", {"Content-Type": kind}, task="A-2", cells={"title": "x"}, version=version)
    assert (got.status, client.stage.text) == (415, before)


def test_another_site_reads_nothing(client: Client) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
        assert client.get("/api/page", **headers).status == 403
    assert client.get("/", Sec_Fetch_Site="cross-site").status == 200  # a link in a chat leads here
    for got in (client.get("/api/page"), client.get("/"), client.ask("OPTIONS", "/api/set")):
        assert not [name for name in got.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "POSTX"])
def test_other_methods_are_not_understood(client: Client, method: str) -> None:
    for path in ("/api/page", "/static/main.js", "/", "/nothing"):
        assert client.ask(method, path).status == 405


@pytest.mark.parametrize(
    "path", ["/", "/api/page", "/static/main.js", "/api/nothing", "/nothing", "/static/no", "/api/task?id=NO"]
)
def test_every_answer_forbids_what_it_need_not_allow(client: Client, path: str) -> None:
    told = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in told["Content-Security-Policy"].split("; "))
    assert policy.pop("require-trusted-types-for") == "'script'"
    assert policy.pop("trusted-types") == "'none'"
    assert set(policy.values()) == {"'none'", "'self'"}
    assert all(policy[name] == "'none'" for name in ("default-src", "base-uri", "form-action"))
    assert policy["frame-ancestors"] == "'none'"
    assert told["X-Content-Type-Options"] == "nosniff"
    assert told["X-Frame-Options"] == "DENY"
    assert told["Referrer-Policy"] == "no-referrer"
    assert told["Cross-Origin-Resource-Policy"] == told["Cross-Origin-Opener-Policy"] == "same-origin"
    assert told["Cache-Control"] == "no-store"
    assert "Server" not in told


def test_refusals_are_as_closed_as_answers(client: Client) -> None:
    told = client.get("/api/page", Cookie=None).headers
    assert "default-src 'none'" in told["Content-Security-Policy"]
    assert "Set-Cookie" not in told


def test_no_file_is_served_but_those_of_the_program(client: Client) -> None:
    (client.stage.here / "secret").write_text("secret")
    for path in ("../secret", "..%2f..%2fserve.py", "%2e%2e/serve.py", "/etc/passwd", "..\\serve.py", "%00"):
        assert client.get(f"/static/{path}").status in (400, 404)
    assert client.get("/static/").status == 404


def test_the_page_itself_has_no_code_and_no_style_in_it(client: Client) -> None:
    text = client.get("/").body.decode().lower()
    assert "<style" not in text
    assert "style=" not in text
    assert not [
        piece for piece in text.split("<script")[1:] if not piece.startswith(' type="module" src="/static/')
    ]
    assert not [word for word in ("http://", "https://", "//cdn", "onclick", "onload") if word in text]


def test_a_change_is_bounded(client: Client) -> None:
    before = client.stage.text
    head = {"Content-Type": "application/json", "Origin": f"http://{client.place}"}
    assert client.ask("POST", "/api/add", b"x" * (1 << 20) + b"x", head).status == 413
    assert client.ask("POST", "/api/add", None, {**head, "Content-Length": "-1"}).status in (400, 413)
    assert client.ask("POST", "/api/add", None, head).status == 413
    with socket.create_connection(("127.0.0.1", client.server.port), 30) as raw:
        lines = [f"{name}: {value}" for name, value in {**client.headers, **head}.items()]
        raw.sendall(
            "\r\n".join(["POST /api/add HTTP/1.1", *lines, "Transfer-Encoding: chunked", "", ""]).encode()
        )
        assert raw.recv(100).split()[1] == b"413"
    assert client.stage.text == before


BODIES = [
    b"", b"null", b"[]", b"3", b'"x"', b"{", b"\xff", b"[" * 100_000, b'{"version": 1}',
    json.dumps({"version": "x" * 64, "task": "A-2"}).encode(),
    b'{"version": "V", "task": "A-2"}',
    b'{"version": "V", "task": ["A-2"], "cells": {"title": "x"}}',
    b'{"version": "V", "task": "A-2", "cells": {"nothing": "x"}}',
    b'{"version": "V", "task": "A-2", "cells": {"title": {"a": 1}}}',
    b'{"version": "V", "task": "A-2", "cells": {"title": "\\ud800"}}',
    b'{"version": "V", "task": "NO-1", "cells": {"title": "x"}}',
    b'{"task": "A-2", "cells": {"title": "x"}}',
    b'{"version": "", "task": "A-2", "cells": {"title": "x"}}',
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_what_is_not_understood_is_told_in_one_line(client: Client, body: bytes) -> None:
    before = client.stage.text
    head = {"Content-Type": "application/json", "Origin": f"http://{client.place}"}
    got = client.ask("POST", "/api/set", body.replace(b'"V"', json.dumps(client.version).encode()), head)
    assert got.status in (400, 422)
    assert got.json["error"]
    assert "\n" not in got.json["error"]
    assert client.stage.text == before


def test_a_run_starts_no_server(stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.write()
    monkeypatch.setenv("MDORCH_RUN", "A-2.1")
    monkeypatch.setenv("MDORCH_TASK", "A-2")
    said = mdorch("web")
    assert said.code == 3
    assert "not for agents" in said.err


def test_this_machine_alone_unless_told_otherwise(client: Client) -> None:
    assert client.server.host == "127.0.0.1"
    assert not client.server.is_open
    assert [is_loopback(host) for host in ("127.0.0.1", "localhost", "::1", "127.9.9.9")] == [True] * 4
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "192.0.2.7", "box")] == [False] * 4


def test_the_same_rules_on_every_address(stage: Stage) -> None:
    stage.write()
    with serving(stage, "0.0.0.0") as client:
        assert client.server.is_open
        port = client.server.port
        assert client.get("/api/page", Host=f"192.0.2.7:{port}").status == 200  # no name: nothing to rebind
        assert client.get("/api/page", Host=f"evil.example:{port}").status == 421
        assert client.get("/api/page", Cookie=None).status == 401
        assert client.wish("pause", {"Origin": "http://evil.example"}).status == 403


def test_names_of_a_host() -> None:
    assert names_of("box.lan") == (frozenset({"box.lan"}), False)
    assert names_of("127.0.0.1")[0] == frozenset({"127.0.0.1", "localhost", "::1"})
    assert names_of("::")[1]


def test_a_bad_place_is_one_clear_line(stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.write()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = mdorch("web", "--port", str(taken.getsockname()[1]))
    assert (said.code, said.out) == (3, "")
    assert "address already in use" in said.err

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    said = mdorch("web", "--host", "nowhere")
    assert (said.code, "--host nowhere: Name or service not known" in said.err) == (2, True)


def test_requests_that_are_no_http_do_no_harm(client: Client) -> None:
    for rubbish in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n" * 50,
        b"GET /" + b"a" * 99_999,
    ):
        with socket.create_connection(("127.0.0.1", client.server.port), 30) as raw:
            raw.sendall(rubbish)
    assert client.get("/api/page").status == 200
