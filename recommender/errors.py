"""The errors that a caller can handle."""


class RecommenderError(Exception):
    """The base of all errors that a caller can handle; the message says what is wrong and what to do."""

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to copy the error to another process; by default its class would be called with the message."""
        return _restore, (type(self), self.args, self.__dict__)


def _restore(kind: type[RecommenderError], arguments: tuple[object, ...], state: dict[str, object]) -> RecommenderError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error


def summarise(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its type if it has none."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


class RouteError(RecommenderError):
    """A route that is not available in this language; the message says which ones are."""


class CatalogError(RecommenderError):
    """The base of errors about products: in a shop's files, in a basket, or added to a shelf."""


class BadName(CatalogError):
    """A text that cannot be the name of a product.

    :ivar reason: "long", "delimiter" (it contains one), "invisible" (it contains an invisible character or a line
        break), "letter" (it has none) or "taken".
    """

    def __init__(self, reason: str, message: str):
        self.reason = reason
        super().__init__(message)


class PromptTooLong(RecommenderError):
    """A prompt with more tokens than a server has the memory for."""

    def __init__(self, tokens: int, most: int) -> None:
        super().__init__(
            f"The names of these products have {tokens:,} tokens together, and the T5 can read {most:,} at a time. "
            "Name fewer products, or shorter names."
        )
