"""The front for agent programs: a few small tools over MCP, on standard input and output.

What the tools tell of themselves is in every conversation of every agent that has them, so it is kept short.
"""

from mdorch.front.mcp.server import serve

__all__ = ["serve"]
