"""mdorch: CLAUDE.md as the database that launches your agents."""

__version__ = "0.1.0"
