"""A stand-in that speaks as the agent program does whose name it has. What it does depends on its task."""

import json
import os
import sys
import time

TASK, AGENT, PAGE = (os.environ[f"MDORCH_{name}"] for name in ("TASK", "AGENT", "PAGE"))

# task -> dollars, deliverables, what the next one must know
DONE = {
    "DISC-001": (
        0.31,
        ["14 components in 5 packages", "docs/pricing-map.md"],
        ["the feature store has two doors: use the second"],
    ),
    "DISC-002": (0.22, ["31 edges, one of them a circle"], ["break the circle at the model registry"]),
    "DISC-004": (
        0.12,
        ["212 ms from tick to quote, over one trading day"],
        ["two thirds of it is one data frame copy"],
    ),
    "CORE-001": (
        0.94,
        ["QuoteEngine with 8 public methods, behind a switch", "61 tests"],
        ["every call of the model has a fallback"],
    ),
}
QUESTION = "May the public API answer with a stale quote for 200 ms, or must it refuse?"
TOOLS = {
    "CORE-002": ("Edit", "src/features/stream.py"),
    "CORE-003": ("Edit", "src/pricing/hot_path.py"),
    "CORE-004": ("Bash", "pytest -q tests/test_late_model.py"),
    "DATA-001": ("Write", "src/replay/store.py"),
}


def say(**event: object) -> None:
    print(json.dumps({**event, "session_id": f"s-{TASK}"}), flush=True)


def text(words: str) -> None:
    say(type="assistant", message={"content": [{"type": "text", "text": words}]})


def use(tool: str, what: str) -> None:
    given = {"command" if tool == "Bash" else "file_path": what}
    say(
        type="assistant",
        message={"content": [{"type": "tool_use", "id": tool, "name": tool, "input": given}]},
    )


def end(usd: float, words: str) -> None:
    used = {"input_tokens": int(usd * 52_000), "output_tokens": int(usd * 9_100)}
    told = {"subtype": "success", "is_error": False, "result": words, "num_turns": 7}
    say(type="result", total_cost_usd=usd, usage=used, **told)


def hand_off(status: str, **parts: list[str]) -> None:
    lines = ["", "## Agent Handoff Signal", ""]
    lines += [f"**From**: {AGENT}", "**To**: -", f"**Task**: {TASK}", f"**Status**: {status}"]
    for title, texts in parts.items():
        lines += ["", f"### {title.replace('_', ' ')}", *(f"- {one}" for one in texts)]
    with open(PAGE, "a", encoding="utf-8") as page:
        page.write("\n".join(lines) + "\n")


def main() -> int:
    sys.stdin.read()
    say(type="system", subtype="init")
    text(f"I read the page first: {TASK} is mine.")
    if TASK in DONE:
        usd, made, context = DONE[TASK]
        time.sleep(0.3 + usd)
        artifacts = [f"docs/{TASK.lower()}.md"]
        hand_off("COMPLETE", Deliverables=made, Context_for_Next_Agent=context, Artifacts=artifacts)
        end(usd, "Done.")
    elif TASK == "DISC-003":
        use("Bash", "coverage run -m pytest -q")
        time.sleep(0.5)
        print("coverage: the run was killed: out of memory", file=sys.stderr)
        end(0.08, "The coverage run was killed.")
        return 1
    elif TASK == "API-001":
        hand_off("BLOCKED", Questions=[QUESTION])
        end(0.05, "I have asked.")
    else:
        text("The handoffs of what came before say where to begin.")
        use("Read", "docs/pricing-map.md")
        use(*TOOLS.get(TASK, ("Read", "CLAUDE.md")))
        time.sleep(3600)
    return 0


if __name__ == "__main__":
    sys.exit(main())
