"""The server: each request of the editor is a question to the desk, its answer put into the wire's words.

The editor's text is what is read; the file may say something else, and is the editor's to save. What is done
on the page itself (launch, retry, stop) goes the way of every command.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import partial
from typing import Any, BinaryIO

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol
from pygls.protocol.language_server import lsp_method

from mdorch import __version__
from mdorch.config.errors import Trouble
from mdorch.desk.deeds import DEEDS
from mdorch.desk.editor import names, offers, tidy, told
from mdorch.desk.editor.mends import mends
from mdorch.desk.rail import rail
from mdorch.front.lsp.document import Page
from mdorch.front.lsp.documents import Documents
from mdorch.front.lsp.wire import OTHER, QUICK, uri_of
from mdorch.world.errors import PageError

FAILED = -32803  # the protocol's code for a request that was understood, and could not be done
COLLECT = 50_000, 20, 20  # a page of a thousand rows is no garbage, and a key has no time to look for some
TRIGGERS = ["|", ",", " ", ":"]


class Protocol(LanguageServerProtocol):
    """Documents are ours (see `buffer`): pygls keeps none."""

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Iterator[Any]:
        yield from self._handed(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Iterator[Any]:
        yield from self._handed(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Iterator[Any]:
        yield from self._handed(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A question that cannot be understood is answered, too: the editor waits for it."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "id" in data and "method" in data:
                self._send_response(data["id"], error=error.to_response_error())
            raise

    def _handed(self, method: str, params: object) -> Iterator[Any]:
        yield self.fm.features[method], (params,), None


class Sound:
    """A stream of bytes in which everything is UTF-8: what is not is read as U+FFFD, instead of losing the
    message that it is in, and with it what the editor's text is."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        return self._stream.readline()

    def read(self, count: int) -> bytes:
        return self._stream.read(count).decode("utf-8", "replace").encode()


@contextmanager
def answering() -> Iterator[None]:
    """What cannot be done is told as an error of the request, in one line."""
    try:
        yield
    except Trouble as trouble:
        message = f"{trouble.message}; {trouble.hint}" if trouble.hint else trouble.message
        raise JsonRpcException(message, FAILED) from None
    except PageError as error:
        raise JsonRpcException(str(error), FAILED) from None


class Server(LanguageServer):
    def __init__(self, page: str | None, config: str | None, environ: Mapping[str, str]) -> None:
        super().__init__("mdorch", __version__, protocol_cls=Protocol)
        self.environ = environ
        self.documents = Documents(self, page, config, environ)
        for method, (options, answer) in ANSWERS.items():
            self.feature(method, options)(partial(self._answer, answer))
        for deed in DEEDS:
            self.command(f"mdorch.{deed}")(partial(self._do, deed))
        heard = self.documents
        for method, hear in (
            (types.TEXT_DOCUMENT_DID_OPEN, heard.opened),
            (types.TEXT_DOCUMENT_DID_CHANGE, heard.changed),
            (types.TEXT_DOCUMENT_DID_SAVE, heard.saved),
            (types.TEXT_DOCUMENT_DID_CLOSE, heard.closed),
            (types.SHUTDOWN, heard.shut),
        ):
            self.feature(method)(partial(hear))  # pygls writes on what it is given

    def can(self, *path: str) -> bool:
        """Whether the editor says that it can do something."""
        found: Any = self.client_capabilities
        for name in path:
            found = getattr(found, name, None)
        return bool(found)

    def _answer(self, answer: Callable[[Server, Page, Any], Any], params: Any) -> Any:
        page = self.documents.page(params.text_document.uri)
        if page is None:
            return None
        with answering():
            return answer(self, page, params)

    async def _do(self, deed: str, *arguments: object) -> str:
        """A command of the desk, from the menu of the editor."""
        with answering():
            rail(self.environ, f"mdorch {deed}")
            uri, task = arguments if len(arguments) == 2 else ("", "")
            page = self.documents.page(uri) if isinstance(uri, str) else None
            if page is None or not isinstance(task, str) or not task:
                raise Trouble(f"mdorch.{deed} is done with a page that is open, and a task of it")
            seen = await asyncio.to_thread(page.draft.saved) if deed != "stop" else ""
            if not seen and deed != "stop":
                raise Trouble("the page has changes that are not saved", "save it first")
            said = await asyncio.to_thread(DEEDS[deed], page.site, task, time.time(), seen)
        self.window_show_message(types.ShowMessageParams(types.MessageType.Info, said))
        page.look_again()
        return said


# -- questions --------------------------------------------------------------------------------------


def complete(_: Server, page: Page, params: types.CompletionParams) -> types.CompletionList:
    found = offers.offers(page.draft, *page.wire.at(params.position))
    items = [page.wire.item(offer, n) for n, offer in enumerate(found.found)]
    return types.CompletionList(is_incomplete=found.cut, items=items)


def hover(_: Server, page: Page, params: types.HoverParams) -> types.Hover | None:
    page.draft.told()  # what is told here is what is so now
    found = told.hovered(page.draft, *page.wire.at(params.position))
    if found is None:
        return None
    text = types.MarkupContent(types.MarkupKind.Markdown, found.text)
    return types.Hover(text, page.wire.range(found.line, found.start, found.end))


def define(_: Server, page: Page, params: types.DefinitionParams) -> list[types.Location]:
    places = names.definitions(page.draft, *page.wire.at(params.position))
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    return [
        types.Location(uri_of(place.path), start)
        if place.path
        else page.wire.location(place.line, place.start, place.end)
        for place in places
    ]


def refer(_: Server, page: Page, params: types.ReferenceParams) -> list[types.Location]:
    found = names.references(page.draft, *page.wire.at(params.position))
    kept = [m for m in found if m.role != "id" or params.context.include_declaration]
    return [page.wire.location(m.line, m.start, m.end) for m in kept]


def highlight(_: Server, page: Page, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    found = names.references(page.draft, *page.wire.at(params.position))
    return [types.DocumentHighlight(page.wire.range(m.line, m.start, m.end)) for m in found]


def prepare(_: Server, page: Page, params: types.PrepareRenameParams) -> types.PrepareRenamePlaceholder:
    found = names.renamable(page.draft, *page.wire.at(params.position))
    return types.PrepareRenamePlaceholder(page.wire.range(found.line, found.start, found.end), found.name)


def rename(server: Server, page: Page, params: types.RenameParams) -> types.WorkspaceEdit:
    changes = names.rename(page.draft, *page.wire.at(params.position), params.new_name)
    return page.wire.workspace(changes, server.can(*VERSIONED))


def act(server: Server, page: Page, params: types.CodeActionParams) -> list[types.CodeAction]:
    only = params.context.only
    (first, _), (last, _) = page.wire.at(params.range.start), page.wire.at(params.range.end)
    made = (
        page.wire.action(mend, params.context.diagnostics, server.can(*VERSIONED))
        for mend in mends(page.draft, first, last)
    )
    return [action for action in made if not only or any(_is_of(action, kind) for kind in only)]


def _is_of(action: types.CodeAction, kind: types.CodeActionKind | str) -> bool:
    """Whether the editor means it, too, by a kind: `refactor` is also that of `refactor.inline`."""
    mine, asked = (k.value if isinstance(k, types.CodeActionKind) else k or "" for k in (action.kind, kind))
    return asked in ("", mine) or mine.startswith(f"{asked}.")


def outline(_: Server, page: Page, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:  # noqa: ARG001
    return page.wire.symbols(told.symbols(page.draft))


def hint(_: Server, page: Page, params: types.InlayHintParams) -> list[types.InlayHint]:
    found = told.hints(page.draft, params.range.start.line, params.range.end.line)
    return [page.wire.hint(one) for one in found]


def tidied(_: Server, page: Page, params: types.DocumentFormattingParams) -> list[types.TextEdit]:  # noqa: ARG001
    return page.wire.edits(tidy.tidied(page.draft.reading))


def tidied_there(_: Server, page: Page, params: types.DocumentRangeFormattingParams) -> list[types.TextEdit]:
    first, last = params.range.start.line, params.range.end.line
    return page.wire.edits(tidy.tidied(page.draft.reading, first, last))


VERSIONED = ("workspace", "workspace_edit", "document_changes")
ANSWERS: Mapping[str, tuple[Any, Callable[[Server, Page, Any], Any]]] = {
    types.TEXT_DOCUMENT_COMPLETION: (types.CompletionOptions(trigger_characters=TRIGGERS), complete),
    types.TEXT_DOCUMENT_HOVER: (None, hover),
    types.TEXT_DOCUMENT_DEFINITION: (None, define),
    types.TEXT_DOCUMENT_REFERENCES: (None, refer),
    types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT: (None, highlight),
    types.TEXT_DOCUMENT_PREPARE_RENAME: (None, prepare),
    types.TEXT_DOCUMENT_RENAME: (types.RenameOptions(prepare_provider=True), rename),
    types.TEXT_DOCUMENT_CODE_ACTION: (types.CodeActionOptions(code_action_kinds=[QUICK, OTHER]), act),
    types.TEXT_DOCUMENT_DOCUMENT_SYMBOL: (None, outline),
    types.TEXT_DOCUMENT_INLAY_HINT: (None, hint),
    types.TEXT_DOCUMENT_FORMATTING: (None, tidied),
    types.TEXT_DOCUMENT_RANGE_FORMATTING: (None, tidied_there),
}


def serve(page: str | None, config: str | None, environ: Mapping[str, str]) -> None:
    """Until the editor says that it is over, or is gone. Nobody else writes where its answers go."""
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_is_news)
    gc.set_threshold(*COLLECT)
    server = Server(page, config, environ)
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as answers, redirect_stdout(sys.stderr):
        server.start_io(Sound(sys.stdin.buffer), answers)  # type: ignore[arg-type]


def _is_news(record: logging.LogRecord) -> bool:
    """Whether the editor has not been told: what cannot be done is an answer, and no error of ours."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, JsonRpcException)
