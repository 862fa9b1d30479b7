"""`make bench`: what mdorch costs, each figure as a ratio to a baseline measured in the same run.

A bench is a module here with a function `tables() -> Iterator[Table]`; `python -m bench NAME…` runs those
named, or all. Figures are medians of rounds taken in turn (A B A B …), so that a slow minute of the
machine falls on the baseline as well.
"""
