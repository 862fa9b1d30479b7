"""The board in a browser: what it shows is one look of the desk, what it does are wishes to it."""

from mdorch.front.web.serve import LOOPBACK, PORT, Server

__all__ = ["LOOPBACK", "PORT", "Server"]
