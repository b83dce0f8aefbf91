"""The errors that a caller can put right."""


class RecommenderError(Exception):
    """Something was wrong with what was asked; the message says what, and what to do, in plain words."""


class CatalogError(RecommenderError):
    """An inventory or a product name that cannot be used; the message names the row and the reason."""
