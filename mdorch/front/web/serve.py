"""A server for one page: bound before anybody is told where, ended by Ctrl-C or from outside."""

from __future__ import annotations

import errno
import secrets
import socket
from collections.abc import Callable, Mapping

import uvicorn

from mdorch.config.errors import FAILED, USAGE, Trouble
from mdorch.desk.live import Live
from mdorch.desk.site import Site
from mdorch.front.web.app import application
from mdorch.front.web.guard import Guard, is_address, is_loopback, names_of
from mdorch.front.web.hub import Hub

LOOPBACK = "127.0.0.1"
PORT = 8377  # where it is free, and nobody says another one
LINGER = 1  # seconds for answers on their way, at the end


class Server:
    """Bound from construction on. `port` 0: any that is free; None: `PORT`, or any. Raises Trouble."""

    def __init__(
        self, site: Site, environ: Mapping[str, str], host: str = LOOPBACK, port: int | None = None
    ) -> None:
        self.host = host
        self.is_open = not is_loopback(host)  # to other machines
        self.token = secrets.token_urlsafe(24)
        self._socket = _bound(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._live = Live(site)
        self._hub = Hub(self._live)
        names, any_address = names_of(host)
        app = Guard(application(self._hub, environ), self.token, self.port, names, any_address)
        self._uvicorn = _Uvicorn(self._hub, app)

    @property
    def address(self) -> str:
        """What a browser is given; who has it is let in."""
        return f"http://{self._name()}:{self.port}/?token={self.token}"

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until a signal, or `stop`; `ready` is called when both are heard."""
        self._uvicorn.ready = ready
        try:
            with self._live:
                self._uvicorn.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass  # that is how it ends
        finally:
            self._hub.close()
            self._socket.close()

    @property
    def is_up(self) -> bool:
        return self._uvicorn.started

    def stop(self) -> None:
        """From any thread."""
        self._uvicorn.should_exit = True

    def _name(self) -> str:
        if not is_address(self.host):
            return self.host
        if self.host in ("0.0.0.0", "::"):
            return socket.gethostname()
        return f"[{self.host}]" if ":" in self.host else self.host


class _Uvicorn(uvicorn.Server):
    """Streams never end by themselves: they are ended as soon as the server shall."""

    def __init__(self, hub: Hub, app: Guard) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="error",  # what others send that is no HTTP is none of ours
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=LINGER,
            )
        )
        self._hub = hub
        self.ready: Callable[[], None] = lambda: None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.start()
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.close()
        await super().shutdown(sockets)


def _bound(host: str, port: int | None) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise Trouble(f"--host {host}: {error.strerror}", "name an address of this machine", USAGE) from None
    family, kind, _, _, place = found[0]
    for number in [PORT, 0] if port is None else [port]:
        made = socket.socket(family, kind)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((place[0], number))
        except OSError as error:
            made.close()
            if error.errno == errno.EADDRINUSE and port is None and number:
                continue
            words = (error.strerror or str(error)).lower()
            hint = "another --port, or none: any that is free"
            raise Trouble(f"cannot listen on {host}, port {number}: {words}", hint, FAILED) from None
        return made
    raise AssertionError("port 0 is always another one")
