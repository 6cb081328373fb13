"""Serve the page of a source that is watched. Nothing can be changed through it.

There are two addresses: the page, and whatever is newer than what it already has.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from videmo.live.board import Board
from videmo.loopback import Answer, Asked, LoopbackServer

_WAIT_S: Final = 5.0
"""A page that asks for a newer view is answered after this long even if there is none."""


def live_server(board: Board, page: tuple[str, str], *, port: int = 0) -> LoopbackServer:
    """Serve one board until the server is closed.

    Args:
        board: what to show.
        page: the page, and its content security policy.
        port: 0 for any free one.

    Raises:
        UsageError: the port is taken or may not be used.
    """
    routes = {("GET", ""): lambda asked: Answer.page(*page), ("GET", "next"): lambda asked: _next(board, asked)}
    return LoopbackServer(routes, port=port)


def _next(board: Board, asked: Asked) -> Answer:
    """Send a newer view: the length of the numbers, the numbers as JSON, the picture as JPEG."""
    try:
        after, since = int(asked.query.get("after", "0")), int(asked.query.get("since", "0"))
    except ValueError:
        return Answer(b"Bad request\n", "text/plain", HTTPStatus.BAD_REQUEST)
    view = board.newer(after, _WAIT_S)
    if view is None:
        return Answer(status=HTTPStatus.NO_CONTENT)
    numbers = json.dumps(board.as_json(view, since), separators=(",", ":")).encode()
    picture = view.picture.jpeg() if view.picture else b""
    return Answer(len(numbers).to_bytes(4, "big") + numbers + picture, "application/octet-stream")
