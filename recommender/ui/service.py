"""HTTP endpoints for a shop's own systems: recommendations in one request, health, and metrics.

Requests are not stored. The log has a line of JSON per request, without anything about the basket.
"""

from __future__ import annotations

import json
import logging
import os
import time
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute

from ..environment import CHECKPOINT, SHOP, prepare_environment
from ..errors import RecommenderError
from ..t5.source import BUNDLED_NAME
from .api import MAX_NEW, MAX_TEXT, MAX_TEXTS
from .models import CheckpointNotReady, ModelRegistry

LATENCIES = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5)  # seconds; bounds of the histogram

Text = Annotated[str, Field(max_length=MAX_TEXT)]

_log = logging.getLogger(__name__)


class Ask(BaseModel):
    """The body of ``POST /api/recommend``; see :meth:`.Recommender.recommend`.

    :ivar checkpoint: by default the operator's if it is loaded, else the shop's own.
    """

    model_config = ConfigDict(extra="forbid")

    purchased: Annotated[list[Text], Field(max_length=MAX_TEXTS)] | Text
    language: str = "en"
    route: str | None = None
    top: Annotated[int, Field(ge=1)] = 5
    add_items: Annotated[list[Text], Field(max_length=MAX_NEW)] = []
    explain: bool = False
    skip_unknown: bool = True
    checkpoint: str | None = None


class Service:
    """The endpoints and their metrics."""

    def __init__(self, models: ModelRegistry):
        self.models = models
        self.metrics = CollectorRegistry()
        self.answers = Counter("recommender_requests", "Requests by HTTP status.", ["status"], registry=self.metrics)
        self.seconds = Histogram("recommender_seconds", "Time to an answer.", buckets=LATENCIES, registry=self.metrics)

    def add_to(self, app: FastAPI) -> None:
        """Add the endpoints to an app, before its own ones, because Gradio's last one matches any path."""
        before: list[BaseRoute] = list(app.router.routes)
        app.add_api_route("/api/recommend", self.recommend, methods=["POST"])
        app.add_api_route("/health", self.check_health, methods=["GET"])
        app.add_api_route("/metrics", self.show_metrics, methods=["GET"])
        app.router.routes[:] = app.router.routes[len(before) :] + before

    def recommend(self, ask: Ask) -> Response:
        """Answer with the object that ``recommend --json`` prints, or with an error in one sentence."""
        started = time.perf_counter()
        status, answer = self._answer(ask)
        seconds = time.perf_counter() - started
        self.answers.labels(str(status)).inc()
        self.seconds.observe(seconds)
        line = {"event": "recommend", "status": status, "ms": round(1000 * seconds, 1), "language": ask.language[:8]}
        _log.info("%s", json.dumps(line))
        return JSONResponse(answer, status)

    def check_health(self) -> Response:
        """Say whether the shop's T5 is loaded."""
        ready = self.models.bundled_is_loaded
        return JSONResponse({"ready": ready, "products": len(self.models.inventory)}, 200 if ready else 503)

    def show_metrics(self) -> Response:
        """Return counts and times in Prometheus's format, of all workers if ``PROMETHEUS_MULTIPROC_DIR`` is set."""
        found = self.metrics
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            found = CollectorRegistry()
            MultiProcessCollector(found)  # type: ignore[no-untyped-call]
        return Response(generate_latest(found), media_type=CONTENT_TYPE_LATEST)

    def _answer(self, ask: Ask) -> tuple[int, dict[str, Any]]:
        try:
            operator = self.models.operator_model
            checkpoint = ask.checkpoint or self.models.resolve_name(operator.name if operator else BUNDLED_NAME)
            found = self.models.build_recommender(checkpoint=checkpoint).recommend(
                [ask.purchased] if isinstance(ask.purchased, str) else ask.purchased,
                language=ask.language,
                route=ask.route,
                top=ask.top,
                add_items=ask.add_items,
                explain=ask.explain,
                generate=False,
                skip_unknown=ask.skip_unknown,
            )
            return 200, found.as_dict()
        except CheckpointNotReady as error:
            return 503, {"error": str(error)}
        except RecommenderError as error:
            return 422, {"error": str(error)}
        except Exception:
            _log.exception("Unhandled error while answering a request")
            return 500, {"error": "Something broke on our side. The server's log has the details."}


def create_api() -> FastAPI:
    """Return an app with the endpoints alone, without the page, for a server that runs several workers.

    Each worker loads its own T5 before it takes requests, and computes on one thread unless ``RECOMMENDER_THREADS``
    says otherwise. Shop and checkpoint are set by the same variables as those of the page.

    :raises RecommenderError: if the shop or its T5 cannot be loaded.
    """
    prepare_environment(threads=1)
    shop = os.environ.get(SHOP)
    models = ModelRegistry(os.environ.get(CHECKPOINT), Path(shop) if shop else None)
    models.get_scorer()
    app = FastAPI(title="T5 recommender", openapi_url=None)
    Service(models).add_to(app)
    return app
