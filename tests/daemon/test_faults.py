"""Faults of files and machines under a daemon at work: it says so, keeps running, loses nothing, starts
nothing twice, and goes on by itself when they are over. Real files, real processes, and real mounts where
those are allowed.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mdorch.world.journal import Journal
from mdorch.world.keeper.tree import marked, send
from mdorch.world.lock import Holder, holder
from mdorch.world.runs import Runs
from tests.daemon.stage import Stage
from tests.daemon.test_process import Process

ROWS = "| A-1 | long | dev | None | Waiting | |\n| B-1 | next | dev | A-1 | Waiting | |\n"
WAIT = 'wait_for("go")'
LONG = 30.0  # seconds; nothing here takes five on a quiet machine


class Scene:
    """A stage in a folder of its own, whose agents' files are elsewhere, with `mdorch up` at work on it."""

    def __init__(self, tmp_path: Path) -> None:
        self.tools = tmp_path / "tools"
        self.tools.mkdir()
        self.home = tmp_path / "project"
        self.home.mkdir()
        self.stage = Stage(self.tools, ROWS, WAIT)
        self.stage.page = self.stage.page.rename(self.home / "CLAUDE.md")
        self.stage.site = type(self.stage.site)(self.stage.page, self.stage.settings)
        self.daemons: list[Process] = []

    @property
    def dot(self) -> Path:
        return self.home / ".mdorch"

    @property
    def page(self) -> Path:
        return self.stage.page

    def up(self, *options: str) -> Process:
        daemon = Process(self.stage, "--config", str(self.tools / "mdorch.toml"), *options)
        self.daemons.append(daemon)
        return daemon

    def at_work(self) -> Process:
        """A daemon whose agent is at work on A-1 until `go`."""
        daemon = self.up()
        self.wait(lambda: self.stage.starts() == ["A-1.1"], "A-1 did not start")
        self.wait(lambda: self.how() is not None and self.how().passed > 0, "no pass")  # type: ignore[union-attr]
        return daemon

    def go(self) -> None:
        self.stage.release("go")

    def how(self, home: Path | None = None) -> Holder | None:
        return holder((home or self.home) / ".mdorch")

    def rests(self) -> bool:
        """Whether the daemon has looked at the page as it is, and found nothing more to do."""
        how = self.how()
        return how is not None and how.passed > self.page.stat().st_mtime

    def trouble(self, home: Path | None = None) -> str:
        how = self.how(home)
        return how.trouble if how else ""

    def wait(self, is_so: Callable[[], object], what: str) -> None:
        self.stage.wait(lambda: bool(is_so()), what, LONG)

    def wait_trouble(self, text: str, home: Path | None = None) -> None:
        self.wait(lambda: text in self.trouble(home), f"never in trouble: {text}; but: {self.trouble(home)}")

    def wait_over(self) -> None:
        self.wait(lambda: self.how() is not None and not self.trouble(), "never over")

    def history(self) -> list[tuple[str, str, str]]:
        journal = Journal.peek(self.dot)
        assert journal is not None
        try:
            return [(n.kind, n.run, n.text) for n in journal.history()]
        finally:
            journal.close()

    def ends_well(self, starts: tuple[str, ...] = ("A-1.1", "B-1.1")) -> str:
        """Everything becomes complete, each started once; what the daemon said."""
        for task in ("A-1", "B-1"):
            self.stage.wait_status(task, "complete", LONG)
        assert tuple(self.stage.starts()) == starts
        code, said = self.daemons[0].end(signal.SIGTERM)
        assert code == 0, said
        assert "Traceback" not in said
        return said

    def close(self) -> None:
        self.go()
        for daemon in self.daemons:
            daemon.close()
        for run in ("A-1.1", "A-1.2", "B-1.1"):
            for process in marked(run, str(self.dot)):
                send(process, signal.SIGKILL)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    yield made
    made.close()


def run_or_skip(*command: str) -> None:
    if (
        shutil.which(command[0]) is None
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip(f"not allowed here: {command[0]}")


def says(daemon: Process, text: str) -> None:
    """Read what the daemon says until it says this."""
    said, out = b"", daemon.child.stdout
    assert out is not None
    while text.encode() not in said:
        assert select.select([out], [], [], LONG)[0], said
        more = os.read(out.fileno(), 65536)
        assert more, said
        said += more


@contextmanager
def mounted(place: Path, size: str = "1m") -> Iterator[Path]:
    """A small file system of its own."""
    run_or_skip("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place))
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


# The page, its path and its folder


def test_a_page_that_is_missing_for_a_while_is_waited_for(scene: Scene) -> None:
    scene.at_work()
    aside = scene.page.rename(scene.home / "aside")
    scene.go()
    scene.wait_trouble("there is no such file")
    aside.rename(scene.page)
    said = scene.ends_well()
    assert "this is over" in said
    kinds = [kind for kind, _, text in scene.history() if "no such file" in text]
    assert kinds == ["trouble", "free"], "each told once"


@pytest.mark.parametrize("instead", ["nothing", "another folder"])
def test_a_folder_that_was_moved_is_waited_for(scene: Scene, instead: str) -> None:
    scene.at_work()
    away = scene.home.rename(scene.home.with_name("away"))
    if instead != "nothing":
        scene.home.mkdir()
        scene.page.write_text((away / "CLAUDE.md").read_text().replace("In Progress", "Waiting"))
    scene.wait_trouble("is gone" if instead == "nothing" else "is another folder", away)
    scene.go()
    if instead != "nothing":
        assert scene.stage.status("A-1") == "waiting", "what stands there is nobody's business"
        shutil.rmtree(scene.home)
    away.rename(scene.home)
    said = scene.ends_well()
    assert "waiting until that one is back" in said


def test_who_starts_a_daemon_in_the_new_folder_replaces_that_of_the_old_one(scene: Scene) -> None:
    first = scene.at_work()
    away = scene.home.rename(scene.home.with_name("away"))
    scene.home.mkdir()
    scene.page.write_text("# Another\n\n## Task Queue\n")
    scene.wait_trouble("another folder", away)
    second = scene.up()
    said, _ = first.child.communicate(timeout=LONG)
    assert first.child.returncode == 3
    assert f"process {second.child.pid}" in said
    assert holder(away / ".mdorch") is None


def test_a_folder_that_is_deleted_does_not_end_the_daemon(scene: Scene) -> None:
    scene.go()
    daemon = scene.up()
    scene.stage.wait_status("B-1", "complete", LONG)
    scene.wait(scene.rests, "the daemon never rested")
    shutil.rmtree(scene.home)  # which a daemon that puts things back too soon would make fail
    says(daemon, "is gone: waiting")
    code, rest = daemon.end(signal.SIGTERM)
    assert (code, "Traceback" in rest) == (0, False)
    assert not scene.home.exists()


def test_another_file_system_mounted_over_the_folder_is_waited_out(scene: Scene) -> None:
    daemon = scene.at_work()
    text = scene.page.read_text()
    with mounted(scene.home):
        scene.page.write_text(text.replace("In Progress", "Waiting"))
        says(daemon, "is another folder")  # its lock is below the mount, where nobody can look
        scene.go()
        scene.wait(lambda: not marked("A-1.1", str(scene.dot)), "the agent never ended")
        assert not scene.dot.exists()
    scene.ends_well()


@contextmanager
def read_only(page: Path) -> Iterator[None]:
    """By mode; for root, whom no mode stops, by the attribute."""
    if os.geteuid() == 0:
        run_or_skip("chattr", "+i", str(page))
    else:
        page.chmod(0o444)
    try:
        yield
    finally:
        if os.geteuid() == 0:
            subprocess.run(["chattr", "-i", str(page)], check=True)
        else:
            page.chmod(0o644)


def test_a_read_only_page_keeps_results_until_it_can_be_written(scene: Scene) -> None:
    scene.at_work()
    page = scene.page.read_bytes()
    with read_only(scene.page):
        scene.go()
        scene.wait_trouble("CLAUDE.md: ")
        assert scene.page.read_bytes() == page
        assert scene.stage.starts() == ["A-1.1"], "nothing starts that cannot be shown"
    for task in ("A-1", "B-1"):
        scene.stage.wait_status(task, "complete", LONG)
    assert scene.stage.starts() == ["A-1.1", "B-1.1"]
    told = [text for kind, _, text in scene.history() if kind == "trouble"]
    assert len(told) == len(set(told)), "each told once"


# Full disks


def fill(place: Path) -> Path:
    """Leave no room at all on the disk of a folder; the file that takes it."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def test_a_full_disk_is_waited_out(scene: Scene, tmp_path: Path) -> None:
    """Page, journal and runs are all on it."""
    text = scene.page.read_text()
    with mounted(scene.home, "2m"):
        scene.page.write_text(text)
        scene.at_work()
        ballast = fill(scene.home)
        scene.go()
        scene.wait_trouble("full")
        how = scene.how()
        assert how is not None
        assert how.troubled > 0
        assert Runs(scene.dot).poll("A-1.1").state == "ended", "the result has room set aside"
        assert scene.stage.starts() == ["A-1.1"]
        ballast.unlink()
        for task in ("A-1", "B-1"):
            scene.stage.wait_status(task, "complete", LONG)
        assert scene.stage.starts() == ["A-1.1", "B-1.1"]
        code, said = scene.daemons[0].end(signal.SIGTERM)
        assert (code, "Traceback" in said) == (0, False)
        assert "this is over" in said


def test_a_full_disk_under_the_runs_costs_no_attempt(scene: Scene, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted(disk):
        Journal.open(scene.dot).close()  # before the runs: a lost one is no part of this
        (disk / "runs").mkdir()
        (scene.dot / "runs").symlink_to(disk / "runs")
        ballast = fill(disk)
        scene.go()
        scene.up()
        scene.wait_trouble("A-1.1 cannot be started yet: no space left on device")
        assert scene.stage.status("A-1") == "in_progress", "claimed, and shown"
        ballast.unlink()
        said = scene.ends_well()
        assert said.count("cannot be started yet") == 2, "told once when it begins and once when it is over"


def test_a_page_on_a_full_disk_stays_as_it_is(scene: Scene, tmp_path: Path) -> None:
    disk, state = scene.home, tmp_path / "state"
    text, room = scene.page.read_text(), 4096
    with mounted(disk):
        state.mkdir()
        scene.dot.symlink_to(state)
        page = text + "x" * (room - len(text) - 2) + "\n"  # our write needs one more block
        scene.page.write_text(page)
        ballast = fill(disk)
        scene.go()
        scene.up()
        scene.wait_trouble("no space left on device")
        assert scene.page.read_text() == page
        assert scene.stage.starts() == []
        ballast.unlink()
        scene.ends_well()


def test_a_daemon_that_can_say_nothing_works_on(scene: Scene) -> None:
    """Its output goes into a file on a full disk."""
    scene.go()
    daemon = scene.up()
    daemon.end(signal.SIGTERM)
    with open("/dev/full", "wb") as full:
        daemon.child = subprocess.Popen(daemon.child.args, env=daemon.environ, stdout=full, stderr=full)
        daemon.children.append(daemon.child)
    scene.stage.wait_status("B-1", "complete", LONG)
    assert scene.stage.starts() == ["A-1.1", "B-1.1"]


# What the daemon stands on


@pytest.mark.parametrize("gone", [".", "runs"])
def test_what_is_deleted_under_a_running_daemon_is_put_back(scene: Scene, gone: str) -> None:
    daemon = scene.at_work()
    for path in [scene.dot] if gone == "." else list(scene.dot.glob(gone)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if gone != "runs":
        scene.wait(lambda: (scene.dot / "lock").exists() and scene.how(), "the lock was not taken again")
        scene.wait((scene.dot / "journal.db").exists, "the journal was not put back")
    second = scene.up()
    said, _ = second.child.communicate(timeout=LONG)
    assert (second.child.returncode, str(daemon.child.pid) in said) == (3, True)
    scene.go()
    said = scene.ends_well()
    starts = [run for kind, run, _ in scene.history() if kind == "start"]
    assert starts == ["A-1.1", "B-1.1"], "the history is whole"
    assert ("put back" in said) == (gone != "runs")


@pytest.mark.parametrize("first", [True, False])
def test_a_pause_outlasts_the_deletion_of_its_folder(scene: Scene, first: bool) -> None:
    scene.dot.mkdir()
    pause = scene.dot / "PAUSE"
    pause.write_text("until Monday\n")
    scene.go()
    scene.up()
    scene.wait(scene.rests, "the daemon never rested")
    if first:
        pause.unlink()
    shutil.rmtree(scene.dot)
    scene.wait(lambda: pause.exists() and scene.rests(), "never put back")
    assert pause.read_text() == "until Monday\n"
    assert scene.stage.starts() == []
    pause.unlink()
    scene.ends_well()


def test_a_daemon_without_descriptors_waits_until_there_are_some(scene: Scene) -> None:
    daemon = scene.at_work()
    limits = resource.prlimit(daemon.child.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(daemon.child.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    scene.go()
    scene.wait(scene.trouble, "never in trouble")
    resource.prlimit(daemon.child.pid, resource.RLIMIT_NOFILE, limits)
    scene.ends_well()


def test_a_run_that_dies_after_its_folder_was_deleted_is_for_a_person(scene: Scene) -> None:
    scene.at_work()
    runs = Runs(scene.dot)
    shim = runs.poll("A-1.1").pid
    assert shim is not None
    shutil.rmtree(scene.dot / "runs")
    os.kill(shim, signal.SIGKILL)
    for process in marked("A-1.1", str(scene.dot)):
        send(process, signal.SIGKILL)
    scene.stage.wait_status("A-1", "blocked", LONG)
    assert scene.stage.task("A-1").notes == "lost"
    assert scene.stage.starts() == ["A-1.1"]


# Machines


def test_without_watches_it_looks_and_goes_back_to_watching(scene: Scene) -> None:
    """The limits of a user namespace of its own, so that nobody else runs short of watches."""
    limit = "/proc/sys/user/max_inotify_instances"
    run_or_skip("unshare", "-Ur", "sh", "-c", f"echo 0 > {limit}")
    run_or_skip("nsenter", "--version")
    daemon = scene.up()
    daemon.end(signal.SIGTERM)
    command = daemon.child.args
    assert isinstance(command, list)
    inside = ["unshare", "-Ur", "sh", "-c", f'echo 0 > {limit}; exec "$@"', "sh", *command]
    daemon.child = subprocess.Popen(
        inside, env=daemon.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    daemon.children.append(daemon.child)
    scene.wait(lambda: scene.how() and scene.how().watch == "polling", "never told")  # type: ignore[union-attr]
    scene.stage.replace("## Task Queue", "## Task Queue\n")
    scene.go()
    scene.stage.wait_status("B-1", "complete", LONG)
    enter = ["nsenter", "-t", str(daemon.child.pid), "-U", "--preserve-credentials"]
    subprocess.run([*enter, "sh", "-c", f"echo 100 > {limit}"], check=True)
    scene.wait(lambda: scene.how() and scene.how().watch == "inotify", "never again")  # type: ignore[union-attr]
    code, said = daemon.end(signal.SIGTERM)
    assert code == 0
    told = [line.split(None, 2)[1:] for line in said.splitlines() if "saves are learned of" in line]
    assert [kind for kind, _ in told] == ["trouble", "free"]


@pytest.mark.parametrize("fate", ["another boot, unbegun", "reused pid"])
def test_a_run_that_vanished_with_its_machine_is_for_a_person(scene: Scene, fate: str) -> None:
    daemon = scene.at_work()
    runs = Runs(scene.dot)
    scene.wait(lambda: runs.poll("A-1.1").pid is not None, "no pid")
    shim = runs.poll("A-1.1").pid
    daemon.end(signal.SIGKILL)
    assert shim is not None
    agents = marked("A-1.1", str(scene.dot))
    for process in (shim, *(pid for pid, _ in agents)):
        os.kill(process, signal.SIGKILL)
    scene.wait(lambda: not marked("A-1.1", str(scene.dot)), "still there")
    folder = scene.dot / "runs" / "A-1.1"
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        for name in ("begun", "run.json"):
            found = json.loads((folder / name).read_text())
            found.update({"pid": bystander.pid} if fate == "reused pid" else {"boot": "another"})
            (folder / name).write_text(json.dumps(found))
        if "unbegun" in fate:
            (folder / "begun").unlink()
        daemon.spawn()
        scene.stage.wait_status("A-1", "blocked", LONG)
        assert scene.stage.task("A-1").notes == "lost"
        assert bystander.poll() is None
        assert scene.stage.starts() == ["A-1.1"]
    finally:
        bystander.kill()
        bystander.wait()
    scene.go()
    subprocess.run(
        [*daemon.child.args[:3], "retry", "A-1", "--page", str(scene.page)],  # type: ignore[index]
        env=daemon.environ,
        check=True,
        capture_output=True,
    )
    scene.stage.wait_status("B-1", "complete", LONG)
    assert scene.stage.starts() == ["A-1.1", "A-1.2", "B-1.1"]
