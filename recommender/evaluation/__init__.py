"""Offline evaluation: test baskets, metrics, baselines and the report."""

from __future__ import annotations

from ..errors import RecommenderError


class EvaluationError(RecommenderError):
    """Raised if an evaluation cannot be run; the message says how to fix that."""
