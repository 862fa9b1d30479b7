"""The verbs: pure decisions over a board and the facts. No clock, no I/O."""
