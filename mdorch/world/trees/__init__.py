"""Work trees: a place of its own for each attempt, beside the person's checkout and never in it.

    trees/TEST-001.2/        the tree, on the branch mdorch/TEST-001/2
          TEST-001.2.json    its record: the tree is whole, and an agent may be started in it
          TEST-001.2.making  the branch of a tree that is being made
          TEST-001.2.page    its copy of the page, as its agent left it
          TEST-001.2.landing what was going on in it is ours, and may be taken back

`make` makes one, between the claim of a run and its start. `land` closes it when its run is over, and brings
its branch to where it belongs. Each step can be done again after a crash anywhere in it:

- the record is written last: a tree without one was left half-made by a crash. No agent was ever in it, so
  it is taken away and made anew; one with a record is found again.
- closing keeps the agent's copy of the page aside first; then commits what the agent left uncommitted. Both
  find what they did before.
- landing moves one branch by compare-and-swap, as its last step. A branch that is in it already is landed.

The page in a tree is the agent's own copy: git is told to look away from it, so that no handoff travels with
a branch or conflicts at a merge. What an agent committed of it all the same is taken back when it closes.

Of all branches only `mdorch/…` and the one branch that work is merged `into` are ever written, and that one
only while nobody has it checked out. A tree with work that is nowhere else is never removed.
"""
