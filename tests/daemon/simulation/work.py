"""Processes: agents that write handoffs and their own rows, and end in every way."""

from __future__ import annotations

from dataclasses import replace

from mdorch.facts import End, Own
from mdorch.frozen import replace as renewed
from mdorch.world.exits import Exit
from mdorch.world.runspec import RunSpec
from tests.daemon.simulation.disk import Disk, Process
from tests.daemon.simulation.text import Model, block, rows_of, set_cell

AGENTS = ("dev", "qa", "ops")
# How it ends, what it hands off (to:STATUS, * is another agent), and how often.
SCRIPTS = (
    ("exit 0", "", 8),
    ("exit 0", "-:COMPLETE", 4),
    ("exit 0", "*:COMPLETE", 3),
    ("exit 0", "human:COMPLETE", 1),
    ("exit 0", "self:PARTIAL", 2),
    ("exit 0", "-:BLOCKED_ON_[key]", 2),
    ("exit 0", "-:DISCOVERED_ISSUE -:COMPLETE", 1),
    ("exit 1", "", 4),
    ("exit 1", "-:COMPLETE", 1),
    ("exit 1", "-:BLOCKED", 1),
    ("signal", "", 1),
    ("timeout", "*:PARTIAL", 1),
    ("lost", "", 1),
    ("lost", "-:COMPLETE", 1),
    ("limited", "-:COMPLETE", 1),
    ("limited", "-:BLOCKED", 1),
    ("spent", "-:COMPLETE", 1),
)


def begin(disk: Disk, spec: RunSpec) -> Process:
    random, task, agent = disk.random, str(spec.about["task"]), str(spec.about["agent"])
    how, said, _ = random.choices(
        SCRIPTS, [s[2] * (5 if disk.clumsy and s[0] == "exit 1" else 1) for s in SCRIPTS]
    )[0]
    ends = disk.now + random.choice((0.0, 1.0, 4.0, 30.0)) * (0.5 + random.random())
    todo = []
    for part in said.split():
        to = {"*": random.choice(AGENTS), "self": agent}.get(part.partition(":")[0], part.partition(":")[0])
        todo.append((ends, "block", f"{to}:{part.partition(':')[2]}"))
    if random.random() < 0.2:
        todo.append((disk.now + (ends - disk.now) * random.random(), "row", _own_word(disk)))
    row = next((r for r in rows_of(disk.page.decode(), disk.model.style) if r.get("id") == task), {})
    process = Process(spec.id, task, agent, row.get("group", ""), disk.now, sorted(todo), ends, how)
    disk.log(f"{spec.id} begins: {agent}, {how}, {[t[1:] for t in process.todo]}")
    process.lost = disk.shim_dies(spec.id, "shim.begun", "shim.started")
    return process


def follow(disk: Disk, process: Process) -> None:
    """The row was renamed between the claim and the start."""
    if disk.model.find(process.task) is None and process.task in disk.renamed:
        process.task, process.renamed = disk.renamed[process.task], True


def _own_word(disk: Disk) -> str:
    return disk.random.choice(("Complete", "Blocked", "Partial", "In Review", "Waiting"))


def advance(disk: Disk, process: Process) -> None:
    """The next thing that the process does, now."""
    if process.stop:
        process.todo.clear()
    if process.todo:
        model = disk.model
        if model.empty or model.damage:
            process.todo = [(disk.now + 5.0, *rest) for _, *rest in process.todo]  # type: ignore[misc]
            process.ends = max(process.ends, disk.now + 5.0)
            return
        _, what, text = process.todo.pop(0)
        (_write_block if what == "block" else _write_row)(disk, process, text)
        return
    if disk.shim_dies(process.run, "shim.ended", "shim.written"):
        process.lost = True
        return
    began, how = process.began, process.how
    if process.stop:
        process.exit = Exit(End.STOPPED, -2, began, disk.now, process.stop)
    elif how == "lost":
        process.lost = True
    elif how == "timeout":
        process.exit = Exit(End.TIMEOUT, None, began, disk.now)
    else:
        code = {"exit 0": 0, "signal": -9}.get(how, 1)
        over = Exit(End.EXIT, code, began, disk.now, "", "last words" if code else "")
        own = {"exit 0": Own.DONE, "limited": Own.LIMITED, "spent": Own.SPENT}.get(how)
        until = disk.now + disk.random.choice((5.0, 60.0)) if how == "limited" else 0.0
        process.exit = renewed(over, own=own, session=process.run if own else "", limited=until)
    disk.log(f"{process.run} is over: {process.stop or how}")
    disk.shim_dies(process.run, "shim.named")  # when all that it had to do was done


def due(disk: Disk) -> list[tuple[float, Process]]:
    """What processes will do next, and when, soonest first."""
    times = [((p.todo[0][0] if p.todo and not p.stop else p.ends), p) for p in disk.alive()]
    return sorted(times, key=lambda t: (t[0], t[1].run))


def _write_block(disk: Disk, process: Process, text: str) -> None:
    to, _, status = text.partition(":")
    model = disk.model
    task = process.task
    if model.find(task) is None and disk.random.random() < 0.5:
        return  # an agent that looks for its row and gives up
    written = block(model.style.newline, process.agent, to, task, status, f"made by {process.run}")
    model = replace(model, blocks=(*model.blocks, written))
    model = model.passed_on(process.task)
    process.said.append((to, status))
    disk.save(disk.page + written.encode(), model, f"{process.run} ({status} to {to})")


def _write_row(disk: Disk, process: Process, word: str) -> None:
    model: Model = disk.model
    row = model.find(process.task)
    if row is None or sum(r.id == row.id for r in model.rows) > 1:
        return
    typed = f"{word} {disk.tag()}"
    text = set_cell(disk.page.decode(), model.style, row.id, "status", typed)
    process.wrote_row = True
    disk.typed[row.id] = disk.now
    model = model.with_row(replace(row, status=typed, firm=False), disk.now)
    disk.save(text.encode(), model, f"{process.run} (row: {typed})")
