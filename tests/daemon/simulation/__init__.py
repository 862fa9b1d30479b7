"""A world in memory for the real daemon: pages, journals, processes, people, crashes and time from one seed.

text    what the page should say, and careful edits of what it does say
disk    what survives a crash; every effect is a step at which the world may turn
doors   the daemon's doors onto that disk
work    processes: what they write, how they end
people  hands and commands on the page
judge   what must hold at every instant
rest    what must hold at the end
play    one board from its seed to its end
"""
