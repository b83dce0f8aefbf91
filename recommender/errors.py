"""The one base of every error that a user can put right."""


class RecommenderError(Exception):
    """Something was wrong with what was asked; the message says what, and what to do, in plain words."""
