"""Gradio's queue of calls, made to forget old answers that nobody has fetched; Gradio keeps them all."""

from __future__ import annotations

from typing import Any

import gradio as gr
from fastapi import Request
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Queue

from .middleware import MAX_QUEUE

MAX_UNREAD = 256  # answers kept for callers to fetch, which they do at once; more than can be in progress


class CallQueue(Queue):
    """The queue of the calls of Gradio's API: at most :data:`.MAX_QUEUE` wait, and :data:`MAX_UNREAD` answers are kept.

    The oldest answers are forgotten first, with their ids; a caller who reads them as they come misses none.
    """

    def __init__(self, blocks: gr.Blocks):
        super().__init__(
            live_updates=True,
            concurrency_count=blocks.max_threads,
            update_intervals=1,
            max_size=MAX_QUEUE,
            blocks=blocks,
        )
        self._sessions: dict[str, str] = {}  # of each call that is not forgotten, the oldest first

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Any:
        """Queue a call, and forget the oldest answers. Return whether it was queued, its id or why not, and a code."""
        queued, event_id, code = await super().push(body, request, username)
        if queued:
            self._sessions[str(event_id)] = str(body.session_hash)
            answered = [known for known in self._sessions if known not in self.event_ids_to_events]
            for old in answered[:-MAX_UNREAD]:
                self._forget(old)
        return queued, event_id, code

    async def remove_from_queue(self, event_id: str) -> None:
        """Take a call that is cancelled out of the queue.

        Its id is forgotten, or Gradio would keep another message each time that the call is cancelled.
        """
        await super().remove_from_queue(event_id)
        self._waiting_for(event_id).discard(event_id)

    def _waiting_for(self, event_id: str) -> set[str]:
        """Return the ids of the calls of the same session whose answers have not been read."""
        return self.pending_event_ids_session.get(self._sessions.get(event_id, ""), set())

    def _forget(self, event_id: str) -> None:
        unread = self._waiting_for(event_id)
        unread.discard(event_id)
        session = self._sessions.pop(event_id)
        if not unread:
            self.pending_event_ids_session.pop(session, None)
        if messages := self.pending_messages_per_session.get(session):
            for _ in range(messages.qsize()):
                message = messages.get_nowait()
                if message.event_id != event_id:
                    messages.put_nowait(message)
