"""What the desk says, in the protocol's words. Columns become those of the editor on the way."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from mdorch.board.problem import Problem, Severity
from mdorch.desk.editor.change import Change
from mdorch.desk.editor.draft import Draft
from mdorch.desk.editor.mends import Mend
from mdorch.desk.editor.offers import Offer
from mdorch.desk.editor.told import Hint, Symbol
from mdorch.front.lsp.buffer import Buffer

GRAVE = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}
OFFERED = {
    "task": types.CompletionItemKind.Reference,
    "agent": types.CompletionItemKind.Class,
    "status": types.CompletionItemKind.EnumMember,
    "word": types.CompletionItemKind.Value,
}
SYMBOLS = {
    "section": types.SymbolKind.Namespace,
    "task": types.SymbolKind.Event,
    "handoff": types.SymbolKind.Interface,
}
SIFTED = 120  # characters of an offer that the editor compares with what is typed
QUICK, OTHER = types.CodeActionKind.QuickFix, types.CodeActionKind.Refactor


def path_of(uri: str) -> Path | None:
    """The file that a document is, None where it is none."""
    if not uri.startswith("file:"):
        return None
    path = to_fs_path(uri)
    return Path(path) if path and "\0" not in path else None


def uri_of(path: Path) -> str:
    return from_fs_path(str(path)) or ""


class Wire:
    """Between one draft and the editor's view of it."""

    def __init__(self, uri: str, buffer: Buffer, draft: Draft) -> None:
        self.uri = uri
        self.buffer = buffer
        self.draft = draft

    def place(self, line: int, column: int) -> types.Position:
        return self.buffer.place(line, column + (self.draft.offset if line == 0 else 0))

    def range(self, line: int, start: int, end: int, last: int | None = None) -> types.Range:
        return types.Range(self.place(line, start), self.place(line if last is None else last, end))

    def at(self, place: types.Position) -> tuple[int, int]:
        """The line and the column, from 0, that the editor means."""
        column = self.buffer.column(place)
        return place.line, max(0, column - (self.draft.offset if place.line == 0 else 0))

    def location(self, line: int, start: int, end: int) -> types.Location:
        return types.Location(self.uri, self.range(line, start, end))

    def diagnostics(self, problems: Sequence[Problem]) -> list[types.Diagnostic]:
        return [
            types.Diagnostic(
                range=self.range(*self.draft.span(found)),
                message=f"{found.message}\n{found.hint}" if found.hint else found.message,
                severity=GRAVE[found.severity],
                code=found.code,
                source="mdorch",
            )
            for found in problems
        ]

    def edits(self, changes: Sequence[Change]) -> list[types.TextEdit]:
        return [types.TextEdit(self.range(c.line, c.start, c.end, c.last), c.text) for c in changes]

    def workspace(self, changes: Sequence[Change], versioned: bool) -> types.WorkspaceEdit:
        """`versioned`: the editor refuses what was made for a text that it has not any more."""
        edits = self.edits(changes)
        if not versioned:
            return types.WorkspaceEdit(changes={self.uri: edits})
        document = types.OptionalVersionedTextDocumentIdentifier(self.uri, self.buffer.version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, edits)])

    def item(self, offer: Offer, number: int) -> types.CompletionItem:
        return types.CompletionItem(
            label=offer.text,
            kind=OFFERED[offer.kind],
            detail=offer.detail or None,
            sort_text=f"{number:04}",
            filter_text=f"{offer.text} {offer.detail}"[:SIFTED],
            text_edit=types.TextEdit(self.range(offer.line, offer.start, offer.end), offer.text),
        )

    def action(self, mend: Mend, told: Sequence[types.Diagnostic], versioned: bool) -> types.CodeAction:
        if mend.deed:
            command = types.Command(mend.title, f"mdorch.{mend.deed}", arguments=[self.uri, mend.task])
            return types.CodeAction(mend.title, kind=OTHER, command=command)
        return types.CodeAction(
            mend.title,
            kind=QUICK if mend.code else OTHER,
            diagnostics=[found for found in told if found.code == mend.code] or None,
            is_preferred=mend.best or None,
            edit=self.workspace(mend.changes, versioned),
        )

    def hint(self, hint: Hint) -> types.InlayHint:
        return types.InlayHint(self.buffer.end(hint.line), hint.text, tooltip=hint.more, padding_left=True)

    def symbols(self, found: Sequence[Symbol]) -> list[types.DocumentSymbol]:
        """Nested as the headings are; what is below one ends where the next of its level begins."""
        top: list[types.DocumentSymbol] = []
        open_: list[tuple[int, types.DocumentSymbol]] = []
        for symbol in found:
            while open_ and open_[-1][0] >= symbol.level:
                open_.pop()[1].range.end = self.buffer.end(max(symbol.line - 1, 0))
            made = types.DocumentSymbol(
                name=symbol.name,
                kind=SYMBOLS[symbol.kind],
                range=types.Range(self.place(symbol.line, 0), self.buffer.end(max(symbol.end - 1, 0))),
                selection_range=types.Range(self.place(symbol.line, 0), self.buffer.end(symbol.line)),
                detail=symbol.detail or None,
            )
            beside = open_[-1][1] if open_ else None
            if beside is None:
                top.append(made)
            else:
                beside.children = [*(beside.children or []), made]
            open_.append((symbol.level, made))
        return top
