"""Many real claudes at once on one page that a person keeps saving: every handoff is taken exactly once, no
edit is lost, and nothing is left."""

from __future__ import annotations

import re
import shlex
import threading
import time
from pathlib import Path

import pytest

from tests.agents.conftest import BLOCK, HEAD, Play, Stage
from tests.agents.model import Move, Turn, bash, say
from tests.storm.conftest import FULL

pytestmark = pytest.mark.storm

RUNS = 40 if FULL else 6
LINES = 400 if FULL else 60


def block(task: str) -> str:
    return BLOCK.format("COMPLETE").replace("A-1", task)


def ways(page: Path, task: str) -> list[Move]:
    """Commands and a tool that hand off. Each only adds to the page, so that none of them can undo another:
    what is lost is lost by the daemon."""
    block = shlex.quote(BLOCK.format("COMPLETE").replace("A-1", task))
    return [
        bash(f"printf %s {block} >> {page}"),
        Move(tool="mcp__mdorch__handoff", use={"deliverables": ["made it"]}),
        bash(f"python3 -c 'import sys; open(sys.argv[1], \"a\").write(sys.argv[2])' {page} {block}"),
        bash(f"printf -- '- made it' | mdorch handoff {task} --to - --status COMPLETE --file -"),
    ]


def test_many_agents_hand_off_in_four_ways_while_somebody_edits(play: Stage) -> None:
    def script(turn: Turn) -> Move:
        task = re.findall(r"task \*\*(A-\d+)\*\*", turn.said)[0]
        return say("done") if turn.results else ways(stage.page, task)[int(task[2:]) % 4]

    stage = play("claude", script)
    stage.given = True
    agents = ["dev", "tooled", "dev", "dev"]  # in the order of the ways
    rows = "".join(f"| A-{n} | do it | {agents[n % 4]} | None | Waiting | |\n" for n in range(RUNS))
    stage.page.write_text(f"{HEAD}{rows}\n## Diary\n\n")
    stage.configure("mcp = false", "[agents.tooled]\nmcp = true\n[budget]\nlaunches_per_hour = 1000")
    writer = threading.Thread(target=diary, args=(stage,))
    writer.start()
    stage.until_idle()
    writer.join(120)
    text = stage.page.read_text()
    wrong = [f"A-{n}" for n in range(RUNS) if stage.task(f"A-{n}").status != "complete"]
    assert not wrong, f"{wrong}\n{text}"
    counts = {f"A-{n}": len(re.findall(rf"\*\*Task\*\*: A-{n}\n", text)) for n in range(RUNS)}
    assert set(counts.values()) == {1}, counts
    assert sorted(run.id for run in stage.runs()) == sorted(f"{task}.1" for task in counts), (
        "none was asked twice"
    )
    assert [n for n in range(LINES) if f"- line {n}\n" not in text] == []


def diary(stage: Play) -> None:
    """A person who appends a line now and then, as most editors save."""
    for n in range(LINES):
        with stage.page.open("a") as file:
            file.write(f"- line {n}\n")
        time.sleep(0.15)
