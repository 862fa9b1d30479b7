"""A claim is not believed before its checks have passed and its files are there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from mdorch.daemon.loop import fold_only
from tests.daemon.stage import Stage

ROW = "| A-1 | Write b | dev | None | Waiting | |\n| A-2 | Use b | dev | A-1 | Waiting | |\n"
PASSES = {"tests": ("test", "-e", "b.py")}


def stage(tmp_path: Path, script: str, checks: dict[str, tuple[str, ...]], **settings: object) -> Stage:
    return Stage(tmp_path, ROW, script, checks=checks, gate_checks=tuple(checks), **settings)


def test_dependants_start_once_the_check_has_passed(tmp_path: Path) -> None:
    made = stage(tmp_path, '(here / "b.py").write_text("b"); handoff()', PASSES)
    assert made.until_idle().code == 0
    assert made.starts() == ["A-1.1", "A-2.1"]


def test_a_failed_check_is_a_failed_attempt_and_its_last_words_are_on_the_page(tmp_path: Path) -> None:
    checks = {"tests": ("sh", "-c", "echo 3 failed; exit 2")}
    made = stage(tmp_path, "handoff()", checks, attempts=2)
    assert made.until_idle().code == 1
    assert made.status("A-1") == "failed"
    assert "check tests failed: exit 2: 3 failed" in made.task("A-1").notes
    assert made.starts() == ["A-1.1", "A-1.2"], "and nothing that requires it"
    assert "check tests failed" in (made.site.dot / "runs" / "A-1.2" / "prompt.md").read_text()
    assert all(block.mark and block.mark.refused for block in made.board().handoffs)


@pytest.mark.parametrize(
    ("argv", "word"),
    [
        (("/no/such",), "cannot start"),
        (("sh", "-c", "kill -9 $$"), "exit -9"),
        (("sleep", "60"), "timed out"),
    ],
)
def test_a_check_that_ends_in_any_other_way_proves_nothing(
    tmp_path: Path, argv: tuple[str, ...], word: str
) -> None:
    made = stage(tmp_path, "handoff()", {"tests": argv}, attempts=1)
    if word == "timed out":
        from mdorch.frozen import replace

        agents = {"default": replace(made.settings.agents["default"], timeout=2.0)}
        made.site.settings.agents.update(agents)  # type: ignore[attr-defined]
    assert made.until_idle().code == 1
    assert word in made.task("A-1").notes


def test_what_says_itself_that_it_is_not_done_needs_no_proof(tmp_path: Path) -> None:
    made = stage(
        tmp_path,
        'handoff(status="BLOCKED", more="\\n### Context for Next Agent\\n- no key\\n")',
        {"tests": ("false",)},
    )
    made.until_idle()
    assert (made.status("A-1"), made.task("A-1").notes) == ("blocked", "no key")


def test_the_loop_goes_on_while_a_check_runs_and_a_stop_ends_it(tmp_path: Path) -> None:
    checks = {"slow": ("sh", "-c", "touch checking; sleep 300")}
    made = stage(tmp_path, "handoff()", checks)
    with made.running():
        made.wait((tmp_path / "checking").exists, "never checked")
        made.replace("| A-2 | Use b | dev | A-1 |", "| A-2 | Use b | dev | None |")
        made.wait(lambda: "A-2.1" in made.starts(), "the daemon waited for the check")
        made.replace("In Progress | |\n| A-2", "On Hold | |\n| A-2")
        made.wait(
            lambda: (
                "stopped" in (made.site.dot / "runs/A-1.1/exit.json").read_text()
                if (made.site.dot / "runs/A-1.1/exit.json").exists()
                else False
            ),
            "not stopped",
        )
        made.site.page.write_text(made.page.read_text().replace("In Progress", "On Hold"))
        made.wait((made.site.dot / "runs/A-2.1/exit.json").exists, "not stopped")
    fold_only(made.site)
    assert made.status("A-1") == "on_hold"


def test_files_that_a_handoff_names_must_be_there(tmp_path: Path) -> None:
    script = 'handoff(more="\\n### Artifacts\\n- src/gone.py\\n- /etc/hostname\\n- ../outside.py\\n")'
    made = Stage(tmp_path, ROW, script, attempts=1)
    assert made.until_idle().code == 1
    assert "names what is not there: src/gone.py" in made.task("A-1").notes
    assert "outside" not in made.task("A-1").notes


def test_a_daemon_that_dies_during_a_check_takes_its_result_later(tmp_path: Path) -> None:
    go = "while [ ! -e go ]; do sleep 0.05; done; exit 3"
    made = stage(tmp_path, "handoff()", {"tests": ("sh", "-c", f"touch checking; {go}")}, attempts=1)
    with made.running():
        made.wait((tmp_path / "checking").exists, "never checked")
    made.release("go")
    until = time.monotonic() + 30
    while not (made.site.dot / "runs/A-1.1/exit.json").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert made.until_idle().code == 1
    assert "exit 3" in made.task("A-1").notes
