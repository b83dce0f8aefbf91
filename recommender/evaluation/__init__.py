"""What the recommendations are worth: test baskets, metrics, baselines, and the report."""

from __future__ import annotations

from ..errors import RecommenderError


class EvaluationError(RecommenderError):
    """An evaluation that cannot be run as asked; the message says what to do."""
