"""The front for editors: the page, as one types it, over the Language Server Protocol."""

from mdorch.front.lsp.server import serve

__all__ = ["serve"]
