"""The page as it stands in somebody's editor: what is read from a text that nobody has saved yet.

Nothing here writes. What an editor shall change is answered as `Change`s of its own text, which it carries
out and saves as it does everything else.
"""
