"""Questions over the board: for words, for a yes; and the list of keys.

A dialog for words stays, with all that was typed, until its change is on the page: what was in the way of it
is told inside of it. Texts of the page are shown through `Static` with markup off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from mdorch.config.errors import Trouble
from mdorch.front.text import clean
from mdorch.frozen import Frozen

Send = Callable[[Sequence[str], Callable[[Trouble | None], object]], None]


class Asked(Frozen):
    """One field: what stands above it, what is in it, and words that may be completed."""

    label: str
    value: str = ""
    known: tuple[str, ...] = ()
    optional: bool = False


class Words(ModalScreen[None]):
    """Asks for words. `send` gets them, with whom to tell what was in the way; None ends the dialog."""

    BINDINGS = [("escape", "leave", "leave")]  # noqa: RUF012  # as Textual wants it

    def __init__(self, title: str, about: str, fields: Sequence[Asked], send: Send) -> None:
        super().__init__()
        self._title = title
        self._about = about
        self._fields = fields
        self._send = send
        self._sent = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(clean(self._title), id="title", markup=False)
            if self._about:
                with VerticalScroll(id="about", can_focus=False):
                    yield Static(clean(self._about), markup=False)
            for number, asked in enumerate(self._fields):
                yield Static(clean(asked.label), classes="label", markup=False)
                known = SuggestFromList([clean(word) for word in asked.known], case_sensitive=False)
                yield Input(clean(asked.value), id=f"field{number}", suggester=known, select_on_focus=True)
            yield Static("", id="wrong", markup=False)
            known_words = next((asked.known for asked in self._fields if asked.known), ())
            hint = f"known: {', '.join(map(clean, known_words))}\n" if known_words else ""
            yield Static(f"{hint}⏎ send   esc leave", id="keys", markup=False)

    def on_mount(self) -> None:
        self.query_one("#field0", Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """On to the next field, and after the last to the page."""
        number = int((event.input.id or "field0").removeprefix("field"))
        if number + 1 < len(self._fields):
            self.query_one(f"#field{number + 1}", Input).focus()
            return
        words = [field.value.strip() for field in self.query(Input)]
        empty = next((at for at, w in enumerate(words) if not w and not self._fields[at].optional), None)
        if empty is not None:
            self._tell("this needs words")
            self.query_one(f"#field{empty}", Input).focus()
        elif not self._sent:
            self._sent = True
            self._tell("…")
            self._send(words, lambda trouble: self.call_later(self._answered, trouble))

    def _answered(self, trouble: Trouble | None) -> None:
        self._sent = False
        if not self.is_attached:
            return
        if trouble is None:
            self.dismiss(None)
        else:
            self._tell(": ".join(filter(None, (trouble.message, trouble.hint))))

    def _tell(self, text: str) -> None:
        self.query_one("#wrong", Static).update(clean(text))

    def action_leave(self) -> None:
        self.dismiss(None)


class Sure(ModalScreen[bool]):
    """Asks whether to do what ends work."""

    BINDINGS = [  # noqa: RUF012  # as Textual wants it
        ("y", "answer(True)", "yes"),
        ("enter", "answer(True)", "yes"),
        ("n,escape,q", "answer(False)", "no"),
    ]

    def __init__(self, question: str, about: str) -> None:
        super().__init__()
        self._question = question
        self._about = about

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(clean(self._question), id="title", markup=False)
            yield Static(clean(self._about), markup=False)
            yield Static("y yes   n no", id="keys", markup=False)

    def action_answer(self, sure: bool) -> None:
        self.dismiss(sure)


KEYS = (
    ("Move", "↑↓ j k g G", "from row to row, to the first, to the last"),
    ("", "1 2 3 4", "today, board, runs, problems"),
    ("", "tab", "why, log, tree, history of the row; l its log"),
    ("", "⏎  esc", "that on the whole screen, and back"),
    ("", "[ ]", "scroll it up and down"),
    ("", "/", "find rows by words of their cells, until esc"),
    ("Decide", "w", "answer the question"),
    ("", "y n", "approve what is in review, or send it back"),
    ("", "r", "retry: open it again, in a new round of attempts"),
    ("", "s", "stop: put it on hold, and end its run"),
    ("", "c", "complete"),
    ("", "a h", "assign it, or hand it off"),
    ("", "e", "open the row in your editor"),
    ("All", "+", "add a task"),
    ("", "p", "pause, or resume; also accepts a held page"),
    ("", "t q", "other colours, quit; runs and daemon go on"),
)


class Keys(ModalScreen[None]):
    """The list of keys. Any key ends it."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog", classes="large"):
            yield Static("Keys", id="title", markup=False)
            with VerticalScroll():
                text = "\n".join(f"{group:<8}{keys:<12}{does}" for group, keys, does in KEYS)
                yield Static(text, markup=False)
            yield Static("A click selects, another one opens; any key goes back.", id="keys", markup=False)

    def on_key(self) -> None:
        self.dismiss(None)

    def on_click(self) -> None:
        self.dismiss(None)
