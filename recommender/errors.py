"""The errors that a caller can put right."""


class RecommenderError(Exception):
    """Something was wrong with what was asked; the message says what, and what to do, in plain words."""


class CatalogError(RecommenderError):
    """An inventory or a product name that cannot be used; the message names the row and the reason."""


class BadName(CatalogError):
    """A text that cannot be the name of a product.

    :ivar reason: "long", "delimiter" (it holds one), "invisible" (it holds something that is not shown, or a line
        break), "letter" (it has none) or "taken".
    """

    def __init__(self, reason: str, message: str):
        self.reason = reason
        super().__init__(message)
