"""`mdorch insist`: what an agent program asks before it ends, and that it never keeps one by mistake."""

from __future__ import annotations

import os

import pytest

from tests.front.stage import ONE, Mdorch, Stage, until

INSIDE = {"MDORCH_RUN": "A-1.1", "MDORCH_TASK": "A-1"}
WAITS = '[agents.default]\ncommand = ["sh", "-c", "touch begun; cat <go"]\n[run]\nsettle = "0s"\n'


def test_a_run_that_is_about_to_end_is_sent_back_once(stage: Stage) -> None:
    stage.write(ONE, config=WAITS)
    os.mkfifo(stage.here / "go")
    daemon = stage.spawn("up", "--until-idle", "--yes")
    until((stage.here / "begun").exists)
    here = {**INSIDE, "MDORCH_PAGE": str(stage.page)}
    said = stage.process("insist", **here)
    assert said.code == 2
    assert said.err.startswith("There is no handoff for task A-1 yet")
    assert said.out == ""
    again = stage.process("insist", **here)
    assert (again.code, again.err) == (0, "")
    with open(stage.here / "go", "w"):
        pass
    daemon.communicate(timeout=60)


@pytest.mark.parametrize("broken", ["nobody", "unknown run", "no page", "bad settings", "torn journal"])
def test_whatever_is_wrong_the_program_may_end(
    stage: Stage, mdorch: Mdorch, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    stage.write()
    for name, value in INSIDE.items() if broken != "nobody" else ():
        monkeypatch.setenv(name, value)
    if broken == "no page":
        stage.page.unlink()
    if broken == "bad settings":
        (stage.here / "mdorch.toml").write_text("[run]\nsettl = 1\n")
    if broken == "torn journal":
        (stage.here / ".mdorch").mkdir()
        (stage.here / ".mdorch" / "journal.db").write_bytes(b"no journal" * 99)
    said = mdorch("insist")
    assert (said.code, said.out, said.err) == (0, "", "")
