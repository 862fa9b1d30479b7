"""The loop, and nothing else: look, decide, write, launch, note, sleep."""
