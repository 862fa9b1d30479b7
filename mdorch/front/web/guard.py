"""Who is let in. Everything that is asked of the server passes here first.

A page in the same browser, from anywhere in the world, can send requests to a program on this machine; that
it listens on the loopback address only keeps other machines out. So:

* Whoever asks must know the token that was printed at the start: in the address, once, then in a cookie that
  no script can read and no other site makes a browser send.
* `Host` must be a name of this server. A foreign name that was made to resolve to this machine (DNS
  rebinding) is none; an address made of numbers cannot be such a name.
* What changes anything must come from a page of this very origin (`Origin`, and `Sec-Fetch-Site` where
  browsers send it), as JSON, which no form of another site can send.
* Nothing of what is answered may be run, framed, kept, or read by another site.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE = ("GET", "HEAD")
LARGEST = 1 << 20  # bytes of a body; no more is read than it says that it has
OPEN = "/static/"  # files of the program, the same for everybody


class Guard:
    """The application inside of it sees only requests that may be answered."""

    def __init__(
        self, inner: ASGIApp, token: str, port: int, names: frozenset[str], any_address: bool
    ) -> None:
        self._inner = inner
        self._token = token
        self._names = names
        self._any_address = any_address
        self.cookie = f"mdorch_{port}"  # a browser sends the cookies of one port to all of them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        method, path, headers = scope["method"], scope["path"], Headers(scope=scope)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    told[name] = value
                if path == "/" and self._brought(scope):
                    told["Set-Cookie"] = f"{self.cookie}={self._token}; HttpOnly; SameSite=Strict; Path=/"
            await send(message)

        refused = self._refused(method, path, headers, scope)
        if refused:
            await JSONResponse({"error": refused[1]}, refused[0])(scope, receive, guarded)
        else:
            await self._inner(scope, receive, guarded)

    def _refused(self, method: str, path: str, headers: Headers, scope: Scope) -> tuple[int, str] | None:
        """Why a request is not answered, and with which status; None where it is."""
        if not self._is_ours(headers.get("host", "")):
            return 421, "this server has another name"
        if headers.get("origin", _origin(headers)) != _origin(headers):
            return 403, "this came from a page of another origin"
        if method not in (*SAFE, "POST") or (method == "POST" and path.startswith(OPEN)):
            return 405, f"{method} is not understood here"
        if path.startswith(OPEN):
            return None
        wrong = _wrong_change(headers) if method == "POST" else _wrong_look(headers, path)
        if wrong:
            return wrong
        if self._known(headers) or (path == "/" and method in SAFE and self._brought(scope)):
            return None
        return 401, "the address that mdorch web has printed lets you in"

    def _is_ours(self, host: str) -> bool:
        """Whether a `Host` is a name of this server; of any port: `ssh -L` gives it another one."""
        found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(?::\d{1,5})?", host)
        if found is None:
            return False
        name = found[1].strip("[]").lower()
        return name in self._names or (self._any_address and is_address(name))

    def _brought(self, scope: Scope) -> bool:
        """Whether the address has the token."""
        return self._right(QueryParams(scope.get("query_string", b"")).get("token", ""))

    def _known(self, headers: Headers) -> bool:
        """Whether the cookie, or the header of a program, has the token."""
        scheme, _, said = headers.get("authorization", "").partition(" ")
        return (scheme.lower() == "bearer" and self._right(said)) or self._right(
            _cookies(headers).get(self.cookie, "")
        )

    def _right(self, said: str) -> bool:
        return hmac.compare_digest(said.encode("utf-8", "replace"), self._token.encode())


def is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches a server there."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def names_of(host: str) -> tuple[frozenset[str], bool]:
    """The names of a server that listens on `host`, and whether every address made of numbers is one."""
    names = {host.lower()}
    if is_loopback(host):
        return frozenset(names | {"localhost", "127.0.0.1", "::1"}), False
    own = socket.gethostname().lower()
    if is_address(host) and ipaddress.ip_address(host).is_unspecified:
        return frozenset({"localhost", own, f"{own}.local"}), True
    return frozenset(names), False


def _origin(headers: Headers) -> str:
    return f"http://{headers['host']}"


def _wrong_look(headers: Headers, path: str) -> tuple[int, str] | None:
    """A link of another site may lead here, its scripts may not."""
    if headers.get("sec-fetch-site") == "cross-site" and path != "/":
        return 403, "this came from another site"
    return None


def _wrong_change(headers: Headers) -> tuple[int, str] | None:
    if "origin" not in headers or headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return 403, "a change must come from a page of this server"
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return 415, "a change is told as JSON"
    if not 0 <= _length(headers) <= LARGEST:
        return 413, f"a change has at most {LARGEST} bytes, and says how many"
    return None


def _length(headers: Headers) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else -1


def _cookies(headers: Headers) -> Mapping[str, str]:
    try:
        found: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in found.items()}
