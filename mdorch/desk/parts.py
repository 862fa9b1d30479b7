"""The text that `mdorch init` adds to a page. Every example row is On Hold; the handoff is in a fence."""

from __future__ import annotations

EXAMPLE = "EX-001"  # the id of the first example row

AGENT_TABLE = """\
| Agent | Task | Status | Started | Dependencies |
|-------|------|--------|---------|--------------|
"""

AGENTS = f"""\
## Active Agent Orchestration

mdorch adds a row here when it starts an agent, and takes exactly that row away again.

### Currently Running

{AGENT_TABLE}"""

QUEUE_TABLE = """\
| ID     | Status  | Priority | Task                                     | Agent | Prerequisites | Notes |
|--------|---------|----------|------------------------------------------|-------|---------------|-------|
| EX-001 | On Hold | Medium   | Find out how the tests are run (example) | auto  | None          |       |
| EX-002 | On Hold | Medium   | Document how the tests are run (example) | auto  | EX-001        |       |
"""

QUEUE = f"""\
## Task Queue

`mdorch up` starts an agent on every row whose Status is *Waiting* and whose Prerequisites are *Complete*.
It never starts a row that is *On Hold*: to let an agent work on one, write *Waiting* in its place.

{QUEUE_TABLE}"""

HANDOFFS = """\
## Agent Handoffs

An agent ends its task by appending a block like this one to this file, below everything else and outside of
any code fence. mdorch acts on it once, and marks it as taken.

```markdown
## Agent Handoff Signal

**From**: [agent]
**To**: [the agent that goes on with the task, or - when it is done]
**Task**: [task ID]
**Status**: [COMPLETE, PARTIAL or BLOCKED]

### Deliverables
- [files made or changed, test results, findings]

### Context for Next Agent
- [what the next one must know]

### Artifacts
- [where the results are]
```
"""

NEW_PAGE = """\
# CLAUDE.md

What every agent should know about this repository goes here: keep it short, agents read all of it.
"""
