"""The documents that an editor has open, and which of them are pages."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from mdorch.board.problem import Problem, Severity
from mdorch.config.errors import Trouble
from mdorch.desk.site import Site, open_site
from mdorch.front.lsp.buffer import Buffer
from mdorch.front.lsp.document import Page
from mdorch.front.lsp.wire import path_of

MOST = 1000  # problems that an editor is told of; hardly one of them shows more


class Documents:
    """`page`, `config` and `environ` are as for every command. Without a page that is named, each document is
    asked for the page of its own folder: it is a page if it is that one."""

    def __init__(
        self, server: LanguageServer, page: str | None, config: str | None, environ: Mapping[str, str]
    ) -> None:
        self._server = server
        self._named = page, config
        self._environ = environ
        self._buffers: dict[str, Buffer] = {}
        self._pages: dict[str, Page] = {}
        self._troubles: dict[str, str] = {}  # what was told of a document whose settings are bad

    def page(self, uri: str) -> Page | None:
        return self._pages.get(uri)

    def opened(self, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        self._end(document.uri)
        units = self._server.workspace.position_encoding
        self._buffers[document.uri] = Buffer(
            document.text, document.version, str(getattr(units, "value", units))
        )
        self._take(document.uri)

    def changed(self, params: types.DidChangeTextDocumentParams) -> None:
        uri, version = params.text_document.uri, params.text_document.version
        page, buffer = self._pages.get(uri), self._buffers.get(uri)
        if page is not None:
            page.apply(params.content_changes, version)
        elif buffer is not None:
            buffer.apply(params.content_changes, version)

    def saved(self, params: types.DidSaveTextDocumentParams) -> None:
        """What is a page, and by which settings, may be otherwise now."""
        page = self._pages.get(params.text_document.uri)
        if page is not None:
            page.look_again()
        for uri in self._buffers.keys() - self._pages.keys():
            self._take(uri)

    def closed(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._buffers.pop(uri, None)
        self._troubles.pop(uri, None)
        if self._end(uri):
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def shut(self, *_: object) -> None:
        for uri in list(self._pages):
            self._end(uri)

    def _end(self, uri: str) -> bool:
        page = self._pages.pop(uri, None)
        if page is not None:
            page.close()
        return page is not None

    def _take(self, uri: str) -> None:
        site = self._site(uri)
        if site is not None:
            self._pages[uri] = Page(site, uri, self._buffers[uri], self._tell, self._moved)

    def _site(self, uri: str) -> Site | None:
        """The site whose page this document is; bad settings are told, once for each way they are bad."""
        path = path_of(uri)
        if path is None:
            return None
        page, config = self._named
        named = page or self._environ.get("MDORCH_PAGE")
        folder = None if named else path.parent
        try:
            site = open_site(page, config, self._environ, folder, must_exist=False)
            is_page = site.page == Path(os.path.realpath(path))
        except (Trouble, OSError, ValueError) as error:
            self._complain(uri, error)
            return None
        return site if is_page else None

    def _complain(self, uri: str, error: Exception) -> None:
        said = f"{error.message}; {error.hint}" if isinstance(error, Trouble) else str(error)
        if self._troubles.get(uri) != said:
            self._troubles[uri] = said
            self._server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, f"mdorch: {said}")
            )

    # -- what the editor is told --------------------------------------------------------------------

    def _tell(self, page: Page, problems: Sequence[Problem]) -> None:
        gravest = sorted(problems, key=lambda p: list(Severity).index(p.severity))[:MOST]
        found = page.wire.diagnostics(gravest)
        told = types.PublishDiagnosticsParams(page.uri, found, page.buffer.version)
        self._server.text_document_publish_diagnostics(told)

    def _moved(self) -> None:
        """Hints are asked for again, where the editor can be told to."""
        workspace = self._server.client_capabilities.workspace
        if workspace and workspace.inlay_hint and workspace.inlay_hint.refresh_support:
            self._server.workspace_inlay_hint_refresh(None)
