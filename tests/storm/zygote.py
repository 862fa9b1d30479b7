"""Many short lives of the command line in a little time: one process has imported it all, and forks.

Each line of standard input is JSON: `{"argv": […], "environ": {…}, "output": FILE}`; each answer is the exit
code. A child is a process like any other, but for the time that it takes to start.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from types import TracebackType


class Zygote:
    """The other end: run a command and wait for its exit code."""

    def __init__(self, environ: dict[str, str]) -> None:
        command = [sys.executable, "-m", "tests.storm.zygote"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ, text=True
        )

    def run(self, argv: list[str], environ: dict[str, str], output: str) -> int:
        assert self._process.stdin
        assert self._process.stdout
        print(
            json.dumps({"argv": argv, "environ": environ, "output": output}),
            file=self._process.stdin,
            flush=True,
        )
        return int(self._process.stdout.readline())

    def __enter__(self) -> Zygote:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate(timeout=120)


def _live(argv: list[str], environ: dict[str, str], output: str) -> None:
    """The child: it never returns."""
    code = 70
    try:
        os.environ.update(environ)
        fd = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        from mdorch.front.cli.main import run

        code = run(argv)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - the child ends here, whatever it was
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    import mdorch.daemon.loop
    import mdorch.front.cli.main
    import mdorch.front.cli.up
    import mdorch.world.watch  # noqa: F401 - the last of these imports is for the children as well

    for line in sys.stdin:
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(**request)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
