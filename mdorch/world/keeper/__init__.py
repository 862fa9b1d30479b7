"""What outlives the daemon: the process that starts runs, and the one that keeps each of them.

These modules run in a bare interpreter (`python -I -S`) and are forked for every run, so they import the
standard library alone, and little of it.
"""
