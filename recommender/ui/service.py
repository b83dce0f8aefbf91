"""HTTP endpoints for a shop's own systems: recommendations in one request, health, and metrics.

Requests are not stored. The log has a line of JSON per request, without anything about the basket. Every refusal below
``/api/`` has the form ``{"error": "one sentence"}``.
"""

from __future__ import annotations

import json
import logging
import os
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.routing import BaseRoute, Route

from ..environment import CHECKPOINT, SHOP, prepare_environment, start_log
from ..errors import RecommenderError
from ..shop.language import LANGUAGES, read_language
from ..shop.text import shorten
from ..t5.files import CheckpointError
from ..t5.source import BUNDLED_NAME
from ..translation.base import TranslationUnavailable
from .fields import BadRequest, check_flag, check_text, read_recommend
from .middleware import (
    BROKEN,
    RETRY_AFTER,
    SERVICE,
    RequestFilter,
    RequestRefused,
    WaitingRoom,
    describe_fault,
    read_body,
    read_json,
)
from .models import CheckpointNotReady, ModelRegistry
from .request import get_visitor_key

LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5)  # seconds; bounds of the histogram

FIELDS = {*read_recommend({"purchased": []}), "skip_unknown", "checkpoint"}

_log = logging.getLogger(__name__)


class Service:
    """The endpoints and their metrics."""

    def __init__(self, models: ModelRegistry):
        self.models = models
        self.metrics = CollectorRegistry()
        self.answers = Counter("recommender_requests", "Requests by HTTP status.", ["status"], registry=self.metrics)
        self.seconds = Histogram("recommender_seconds", "Time to an answer.", buckets=LATENCIES, registry=self.metrics)
        self.skipped = Counter("recommender_skipped", "Unknown purchases that were skipped.", registry=self.metrics)
        self._waiting = WaitingRoom()

    @property
    def routes(self) -> list[BaseRoute]:
        """The endpoints. An app is made with them, so that they come before its own: Gradio's last matches any path."""
        route = partial(APIRoute, include_in_schema=False)  # the schema is that of Gradio's API
        nothing = {"error": f"There is nothing here but POST {SERVICE}recommend."}
        return [
            route(f"{SERVICE}recommend", self.recommend, methods=["POST"]),
            Route(f"{SERVICE}{{path:path}}", JSONResponse(nothing, 404)),  # which answers any method
            route("/health", self.check_health, methods=["GET", "HEAD"]),
            route("/metrics", self.show_metrics, methods=["GET"]),
        ]

    async def recommend(self, request: Request) -> Response:
        """Answer with the object that ``recommend --json`` prints, or with an error in one sentence.

        The body has the arguments of :meth:`.Recommender.recommend`. By default, the checkpoint is the operator's if it
        is loaded, else the shop's own, and unknown purchases are skipped.
        """
        started = time.perf_counter()
        told: dict[str, object] = {}
        try:
            values = read_json(await read_body(request.receive))
            with self._waiting.enter():
                status, answer = await run_in_threadpool(self._answer, values, get_visitor_key(request), told)
        except RequestRefused as refusal:
            status, answer = refusal.status, {"error": refusal.reason}
        seconds = time.perf_counter() - started
        skipped = len(answer.get("skipped", ()))
        self.answers.labels(str(status)).inc()
        self.seconds.observe(seconds)
        self.skipped.inc(skipped)
        line = {
            "event": "recommend",
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "pid": os.getpid(),
            "status": status,
            "ms": round(1000 * seconds, 1),
            "language": told.get("language", "other"),
            "checkpoint": told.get("checkpoint"),
            "t5": told.get("t5"),
            "skipped": skipped,
        }
        _log.info("%s", json.dumps(line))
        return JSONResponse(answer, status, {"Retry-After": RETRY_AFTER} if status == 503 else None)

    def check_health(self) -> Response:
        """Say whether the shop's T5 is loaded, which one, and how far the operator's is; load files that have changed.

        The status is 200 as long as the shop's T5 answers, even if the operator's cannot be loaded.
        """
        products = len(self.models.inventory)
        ready, operator = self.models.bundled_is_loaded, self.models.operator_model
        health: dict[str, object] = {"ready": ready, "products": products, "t5": self.models.current.version or None}
        if operator:
            status = operator.status
            health["checkpoint"] = {"name": operator.name, "status": status.phase, "problem": status.problem or None}
        return JSONResponse(health, 200 if ready else 503)

    def show_metrics(self) -> Response:
        """Return counts and times in Prometheus's format, of all workers if ``PROMETHEUS_MULTIPROC_DIR`` is set."""
        found = self.metrics
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            found = CollectorRegistry()
            MultiProcessCollector(found)  # type: ignore[no-untyped-call]
        return Response(generate_latest(found), media_type=CONTENT_TYPE_LATEST)

    def _answer(self, values: object, visitor: str, told: dict[str, object]) -> tuple[int, dict[str, Any]]:
        """Return the status, and the answer or the error.

        :param values: the JSON of the body.
        :param told: receives what the log tells of the request; nothing that a caller wrote gets into it.
        """
        try:
            fields = _check_fields(values)
            arguments = read_recommend(fields)
            if (known := read_language(arguments["language"])) in LANGUAGES:
                told["language"] = known
            operator = self.models.operator_model
            usual = self.models.resolve_name(operator.name if operator else BUNDLED_NAME)
            checkpoint = check_text("checkpoint", fields.get("checkpoint") or usual)
            recommender = self.models.build_recommender(checkpoint=checkpoint, visitor=visitor)
            current = self.models.current
            told["checkpoint"] = recommender.scorer.name
            told["t5"] = current.version if recommender.scorer is current.scorer else None
            skip = fields.get("skip_unknown")
            skip_unknown = skip is None or check_flag("skip_unknown", skip)
            found = recommender.recommend(**arguments, generate=False, skip_unknown=skip_unknown)
            return 200, found.as_dict()
        except (CheckpointNotReady, CheckpointError, TranslationUnavailable) as error:
            return 503, {"error": str(error)}
        except RecommenderError as error:
            return 422, {"error": str(error)}
        except Exception as error:
            _log.error("Unhandled error while answering a request: %s", describe_fault(error))
            return 500, {"error": BROKEN}


def _check_fields(values: object) -> dict[str, Any]:
    """Return the fields of a request.

    :raises BadRequest: if it is not a JSON object, or has an unknown field.
    """
    if not isinstance(values, dict):
        raise BadRequest("The body must be a JSON object.")
    if unknown := sorted(set(values) - FIELDS):
        raise BadRequest(f"There is no field “{shorten(unknown[0])}”.")
    return values


def create_api() -> FastAPI:
    """Return an app with the endpoints alone, without the page, for a server that runs several workers.

    Each worker loads its own T5 before it takes requests, and computes on one thread unless ``RECOMMENDER_THREADS``
    says otherwise. Shop and checkpoint are set by the same variables as those of the page.

    :raises RecommenderError: if the shop or its T5 cannot be loaded.
    """
    prepare_environment(threads=1)
    start_log()
    shop = os.environ.get(SHOP)
    models = ModelRegistry(os.environ.get(CHECKPOINT), Path(shop) if shop else None)
    models.get_scorer()
    app = FastAPI(title="T5 recommender", openapi_url=None, routes=Service(models).routes)
    app.add_middleware(RequestFilter)
    return app
