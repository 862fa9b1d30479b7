"""The demo's stand-in for an agent: a real process with a real prompt, a real file and a real handoff.

mdorch starts it as it would start any agent command: the prompt on standard input, the task in the
environment. It imports nothing of mdorch, and little of anything, so that it starts quickly:

    python -I -S agent.py SPEED
"""

import os
import re
import sys
import time
import zlib

# task -> receiver of the handoff, what was delivered, what the next one must know
WORK = {
    "DISC-001": (
        "backend-developer",
        "14 components found in 5 packages",
        "the feature store has two entry points",
    ),
    "DISC-002": (
        "backend-developer",
        "31 edges, one of them a circle",
        "break the circle at the model registry",
    ),
    "DISC-003": ("-", "61 % of the ML code is tested", "nothing covers a model that fails to load"),
    "DISC-004": ("python-pro", "212 ms from tick to decision", "two thirds of it is one data frame copy"),
    "ORCH-001": (
        "integration-engineer",
        "orchestrator with 8 public methods",
        "every model call has a fallback",
    ),
    "ML-001": (
        "integration-engineer",
        "23 features, each within 5 ms",
        "windows close on the bar, not on the clock",
    ),
    "ML-002": ("test-automator", "pipeline runs in 96 ms", "the copy is gone, the cache is bounded"),
    "INT-001": ("test-automator", "3 strategies ask the model first", "a switch turns all of it off"),
    "TEST-001": ("code-reviewer", "48 tests, all pass", "the slowest one takes 2 s"),
    "REV-001": ("performance-optimizer", "2 remarks, both solved", "keep the fallback path free of locks"),
    "PERF-001": ("documentation-specialist", "58 ms from tick to decision", "measured over one trading day"),
    "DOC-001": ("-", "guide of 6 pages", "starts with how to turn it off"),
}
HANDS_ON = {("ML-001", "ml-engineer"): "data-scientist"}  # the same task goes on with somebody else
FAILS_ONCE = {"DISC-003": "the coverage run was killed: out of memory"}
IN_SEQUENCE = {"TEST-001", "REV-001", "PERF-001", "DOC-001"}

BLOCK = """
## Agent Handoff Signal

**From**: {agent}
**To**: {to}
**Task**: {task}
**Status**: COMPLETE

### Deliverables
- {delivered}

### Context for Next Agent
- {context}
{built_on}
### Artifacts
- {artifact}
"""


def main() -> int:
    prompt = sys.stdin.read()
    task, agent, run = (os.environ[f"MDORCH_{name}"] for name in ("TASK", "AGENT", "RUN"))
    page = os.environ["MDORCH_PAGE"]
    if task not in WORK or task not in prompt:
        print(f"this stand-in knows nothing of {task}", file=sys.stderr)
        return 2
    told = re.findall(r"^## Handoff (?:of prerequisite|on this task from) (\S+)", prompt, re.MULTILINE)
    print(f"{agent} works on {task}; handoffs in the prompt: {', '.join(told) or 'none'}", flush=True)
    time.sleep(moment(task, run) / float(sys.argv[1]))
    if task in FAILS_ONCE and os.environ["MDORCH_ATTEMPT"] == "1":
        print(FAILS_ONCE[task], file=sys.stderr)
        return 1
    receiver, delivered, context = WORK[task]
    artifact = write_artifact(page, f"{run}.md", f"# {task}, by {agent}\n\n{delivered}; {context}.\n")
    hand_off(
        page,
        BLOCK.format(
            agent=agent,
            to=HANDS_ON.get((task, agent), receiver),
            task=task,
            delivered=delivered,
            context=context,
            built_on=f"- Built on the handoffs of {', '.join(told)}\n" if told else "",
            artifact=artifact,
        ),
    )
    return 0


def moment(task: str, run: str) -> float:
    """How many seconds the work takes, the same every time: 0.6 to 0.8 in sequence, else up to 1.6."""
    share = zlib.crc32(run.encode()) % 1000 / 1000
    return 0.6 + share * (0.2 if task in IN_SEQUENCE else 1.0)


def write_artifact(page: str, name: str, text: str) -> str:
    folder = os.path.join(os.path.dirname(page), "artifacts")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)
    return f"artifacts/{name}"


def hand_off(page: str, block: str) -> None:
    """As `>>` does it: open at the end, one write, close."""
    with open(page, "ab", buffering=0) as file:
        file.write(block.encode("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
