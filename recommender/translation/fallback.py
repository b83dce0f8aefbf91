"""What answers where a live translator does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from . import Translation, TranslationError
from .phrasebook import Phrasebook
from .remote import Remote


class WithFallback:
    """A live translator where it answers, otherwise the phrasebook, which says why the other did not.

    :param after: the failures that the phrasebook mends; any other is raised.
    :param may_ask: asked before every request to the live one.
    """

    def __init__(self, remote: Remote, after: type[TranslationError], may_ask: Callable[[], bool] | None = None):
        self._remote, self._after, self._may_ask, self._phrasebook = remote, after, may_ask, Phrasebook()

    def translate(self, texts: Sequence[str], source: str, target: str) -> Translation:
        """See :class:`Translator`.

        :raises TranslationError: where neither has an answer, saying both reasons.
        """
        try:
            return self._remote.translate(texts, source, target, self._may_ask)
        except self._after as failed:
            try:
                return replace(self._phrasebook.translate(texts, source, target), note=str(failed))
            except TranslationError as error:
                raise TranslationError(f"{failed} {error}") from error
