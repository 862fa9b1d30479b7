"""The server's answers: files of the program, looks at the page, streams, and wishes."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from mdorch.config.errors import USAGE, Trouble
from mdorch.desk.agents import agents_answer
from mdorch.desk.chart import chart, timeline
from mdorch.desk.deeds import changes, rows
from mdorch.desk.failures import told
from mdorch.desk.find import find_task
from mdorch.desk.forecast import Forecast, forecast_answer, forecast_of
from mdorch.desk.health import health
from mdorch.desk.look import Look
from mdorch.desk.metrics import metrics
from mdorch.desk.morning import morning, visit
from mdorch.desk.propose import Outdated
from mdorch.desk.record import history_answer, show_answer
from mdorch.desk.restore import LAST, outline
from mdorch.desk.times import iso, moment
from mdorch.front.web.changes import DEEDS, Wish
from mdorch.front.web.hub import Hub
from mdorch.front.web.logs import follow
from mdorch.front.web.wire import Answer

STATIC = Path(__file__).parent / "static"
STREAM = "text/event-stream"
RECENT = 300  # events of the history


class Pages:
    """What may be asked for, each answered from one look."""

    def __init__(self, hub: Hub, environ: Mapping[str, str]) -> None:
        self._hub = hub
        self._environ = environ
        self._expected: tuple[object, Forecast] | None = None

    def routes(self) -> list[Route | Mount]:
        asked: dict[str, Callable[[Request], Any]] = {
            "task": self._task,
            "chart": self._chart,
            "morning": self._morning,
            "outlook": self._outlook,
            "timeline": lambda _: timeline(look := self._look(), self._forecast(look)),
            "agents": lambda _: agents_answer(self._look(), self._environ),
            "metrics": lambda _: metrics(self._look()),
            "health": lambda _: health(self._hub.live.site, self._environ, self._look().now),
            "history": lambda _: history_answer(self._hub.live.site, limit=RECENT),
            "page": self._page,
            "kept": self._kept,
        }
        return [
            Route("/", lambda _: FileResponse(STATIC / "index.html")),
            Mount("/static", StaticFiles(directory=STATIC)),
            Route("/api/events", self._events),
            Route("/api/logs", self._logs),
            *(Route(f"/api/{name}", _answered(make)) for name, make in asked.items()),
            Route("/api/visit", _answered(self._visit), methods=["POST"]),
            Route("/api/{what}", self._wished, methods=["POST"]),
        ]

    def _look(self) -> Look:
        return self._hub.latest().look

    def _forecast(self, look: Look) -> Forecast:
        """Played anew only when the plan is another one."""
        kept = self._expected
        if kept is None or kept[0] is not look.plan:
            kept = self._expected = look.plan, forecast_of(look)
        return kept[1]

    def _task(self, request: Request) -> dict[str, Any]:
        look, name = self._look(), request.query_params.get("id", "")
        roles = find_task(look.board, look.site.page, name).roles
        return {**show_answer(look, name), "roles": list(roles), "version": self._hub.latest().version}

    def _chart(self, _: Request) -> dict[str, Any]:
        look = self._look()
        return {"count": len(look.board.tasks), **chart(look)}

    def _visit(self, _: Request) -> dict[str, Any]:
        """A person looks. Since when anything is news to them."""
        return {"since": iso(visit(self._hub.live.site, self._environ, time.time()))}

    def _morning(self, request: Request) -> dict[str, Any]:
        since = request.query_params.get("since", "")
        return morning(self._look(), moment(since, time.time()) if since else None)

    def _outlook(self, _: Request) -> dict[str, Any]:
        """The forecast in short; `runs` is how many there are to come."""
        found = forecast_answer(self._forecast(self._look()))
        return {"measured": found["measured"], "runs": len(found["runs"]), "end": found["end"]}

    def _page(self, _: Request) -> dict[str, Any]:
        found = self._hub.latest()
        return {"version": found.version, "text": found.look.data.decode("utf-8", "replace")}

    def _kept(self, request: Request) -> dict[str, Any]:
        """What going back to a version of the page would do."""
        return outline(self._hub.live.site, request.query_params.get("name", LAST))

    async def _events(self, _: Request) -> Response:
        return StreamingResponse(self._hub.stream(), media_type=STREAM)

    async def _logs(self, request: Request) -> Response:
        attempt = request.query_params.get("attempt", "")
        number = int(attempt) if attempt.isdecimal() and len(attempt) < 10 else None
        made = await asyncio.to_thread(
            _tried, lambda: follow(self._hub, request.query_params.get("id", ""), number)
        )
        return made if isinstance(made, Response) else StreamingResponse(made, media_type=STREAM)

    async def _wished(self, request: Request) -> Response:
        deed = DEEDS.get(request.path_params["what"])
        if deed is None:
            return Answer({"error": "there is nothing like that to wish for"}, 404)
        body = await request.body()
        done: Response = await asyncio.to_thread(_tried, lambda: self._do(deed, body))
        return done

    def _do(self, deed: Callable[[Wish], str], body: bytes) -> Response:
        try:
            message = deed(Wish(self._hub.live.site, _json(body)))
        except Outdated as error:
            return self._outdated(error, _json(body)["version"])
        return Answer({"message": message, "version": self._hub.latest().version})

    def _outdated(self, error: Outdated, version: str) -> Response:
        """The page is another one: which, and what has changed since that version, where it was looked at."""
        now, seen = self._hub.latest(), self._hub.seen(version)
        changed = changes(seen, rows(now.look)) if seen is not None else None
        return Answer({"error": error.message, "version": now.version, "changed": changed}, 409)


def application(hub: Hub, environ: Mapping[str, str]) -> Starlette:
    return Starlette(routes=Pages(hub, environ).routes())


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Trouble("this is no JSON", exit_code=USAGE) from None


def _answered(make: Callable[[Request], Any]) -> Callable[[Request], Any]:
    """Made in a thread: a look takes its time."""

    async def answer(request: Request) -> Response:
        found = await asyncio.to_thread(_tried, lambda: make(request))
        return found if isinstance(found, Response) else Answer(found)

    return answer


def _tried(make: Callable[[], Any]) -> Any:
    """What is made, or one clear line on why it is not; what nobody expected is raised."""
    try:
        return make()
    except Exception as error:
        trouble = told(error)
        if trouble is None:
            raise
        status = 400 if trouble.exit_code == USAGE else 422
        return Answer({"error": trouble.message, "hint": trouble.hint}, status)
