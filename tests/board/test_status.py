"""Status cells: which word means what, and which characters are the token."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdorch.board.status import Status
from mdorch.board.statuses import DEFAULT_WORD, MEANING, PLAIN, read_status

W, R, P, C, B = Status.WAITING, Status.READY, Status.IN_PROGRESS, Status.COMPLETE, Status.BLOCKED

# The words of the page language, as its table lists them.
LISTED = {
    W: "Waiting, pending, todo, to do, open, not started, queued",
    R: "Ready, available",
    P: "In Progress, active, running, started, claimed, working, wip",
    C: "Complete, completed, done, closed, merged, resolved, verified, fixed, implemented, ✓, [x]",
    B: "Blocked, stuck",
    Status.PARTIAL: "Partial, partially complete, partial success",
    Status.FAILED: "Failed, error",
    Status.IN_REVIEW: "In Review, review, needs review, ready for review",
    Status.ON_HOLD: "On Hold, paused, deferred, parked, draft, backlog, planned, proposed, new, cancelled, "
    "skipped, wontfix",
}
BARE = {
    C: "✅ ✔ ☑ ✔️",
    W: "⏳ ⌛ ⬜ ☐ 🔲",
    P: "🔄 🚧",
    B: "⛔ 🚫",
    Status.FAILED: "❌",
    Status.ON_HOLD: "⏸ ⏸️",
}
WORDS = [(status, word.strip()) for status, words in LISTED.items() for word in words.split(",")]


@pytest.mark.parametrize(("status", "word"), WORDS)
@pytest.mark.parametrize(
    "dress", ["{}", "**{}**", "🔴 {}", "✅ **{}**", "`{}`", "[{}]", "{} 2026-04-18", "__{}__ (9)"]
)
def test_the_word_decides(status: Status, word: str, dress: str) -> None:
    for written in (word, word.upper(), word.lower(), word.replace(" ", "_"), word.replace(" ", "-")):
        if written.lower() == "[x]" and dress in ("🔴 {}", "[{}]", "✅ **{}**"):
            continue  # a box is read alone or before free text, emphasized or not
        if written == "✓" and "🔴" in dress:
            continue
        read = read_status(dress.format(written))
        assert (read.status, read.known) == (status, True), dress.format(written)


@pytest.mark.parametrize(("status", "sign"), [(s, e) for s, signs in BARE.items() for e in signs.split()])
def test_a_bare_emoji_is_a_hint(status: Status, sign: str) -> None:
    assert read_status(sign).status is status
    assert read_status(f"{sign} 2026-01-02").status is status
    assert read_status(f"{sign} (see below)").status is status
    assert read_status(f"{sign} Blocked").status is B
    assert not read_status(f"{sign} banana").known


@pytest.mark.parametrize("text", ["", "  ", "-", "—", "--"])
def test_nothing_is_on_hold_without_a_complaint(text: str) -> None:
    read = read_status(text)
    assert (read.status, read.known, read.cancelled) == (Status.ON_HOLD, True, False)


@pytest.mark.parametrize(
    "text",
    [
        "banana",
        "not done",
        "80% done",
        "🔴",
        "Done?",
        "done/blocked",
        "Ready for QA",
        "Pending review",
        "⏳ Pending Review",
        "Todo, blocked by X",
        "Waiting - paused",
        "Todo → Done",
        "Waiting | Done",
        "Not started / In Progress / Done",
        "□ Not Started □ In Progress □ Complete",
        "[ ] Todo [x] Done",
        "ready to merge",
        "完成",
        "?",
        "x",
    ],
)
def test_what_is_doubtful_is_held(text: str) -> None:
    read = read_status(text)
    assert (read.status, read.known) == (Status.ON_HOLD, False)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Waiting for T-1",
            "Open (verified)",
            "Todo (in review by Ann)",
            "Ready, available",
            "Todo: new parser",
        ),
        *(
            "Open new tab",
            "Ready → dev",
            "**OPEN (verified)** — intentionally deferred",
            "TODO 2026-01-01 done?",
        ),
    ],
)
def test_a_remark_is_no_second_status(text: str) -> None:
    assert read_status(text).status in (Status.WAITING, Status.READY)


@pytest.mark.parametrize(
    ("text", "token", "core"),
    [
        ("✅ DONE 2026-04-18", "✅ DONE", "DONE"),
        ("**DONE** (9 tests)", "**DONE**", "DONE"),
        ("**✅ Done 2026**", "✅ Done", "Done"),
        ("✅ **Done** today", "✅ **Done**", "Done"),
        ("`[AVAILABLE]`", "`[AVAILABLE]`", "AVAILABLE"),
        ("[CLAIMED by @x]", "CLAIMED", "CLAIMED"),
        ("Done ✅", "Done ✅", "Done"),
        ("**[x]** 2026-01-02", "**[x]**", "[x]"),
        ("[x] Done", "[x] Done", "Done"),
        ("  Ready  ", "Ready", "Ready"),
        ("~~In Progress~~ → ✅ Done", "✅ Done", "Done"),
        ("✅ 2026-01-02", "✅", "✅"),
        ("done → src/a.py", "done", "done"),
        ("Partial success: 3 of 4", "Partial success", "Partial success"),
    ],
)
def test_the_token_is_the_word_and_what_hugs_it(text: str, token: str, core: str) -> None:
    read = read_status(text)
    assert (text[read.start : read.end], text[slice(*read.core)]) == (token, core)


def test_words_that_mean_never() -> None:
    assert [
        w
        for w in ("cancelled", "Skipped", "won't fix", "wontfix", "deferred", "on hold")
        if read_status(w).cancelled
    ] == [
        "cancelled",
        "Skipped",
        "won't fix",
        "wontfix",
    ]


def test_defaults_read_back_and_may_be_written() -> None:
    for status, word in DEFAULT_WORD.items():
        assert MEANING[word.lower()] is status
        assert word.lower() in PLAIN
    assert PLAIN.isdisjoint({"merged", "cancelled", "error", "claimed", "backlog"})


@given(st.text(max_size=40) | st.text(st.sampled_from("✅🔴*_`~[]() -Done?"), max_size=14))
def test_any_text_is_read_and_the_token_lies_in_it(text: str) -> None:
    read = read_status(text)
    assert 0 <= read.start <= read.end <= len(text)
    if read.word and read.known:
        assert read.start <= read.core[0] <= read.core[1] <= read.end
