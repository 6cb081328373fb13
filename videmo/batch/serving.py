"""Serve the page of who is who, so that what the user decides there is written straight into the folder."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from typing import Final

from videmo.batch.hold import held
from videmo.batch.people import checked_people
from videmo.errors import PeopleError, ResultsError, VidemoError
from videmo.loopback import Answer, Asked, LoopbackServer
from videmo.persons.cast import Cast
from videmo.persons.cast_file import parse_cast
from videmo.report.cast import CastPlan, render_cast
from videmo.results.folder import ResultsFolder
from videmo.results.recording import RecordingResults

_CHANGED: Final = "The file was changed meanwhile, by hand or in another tab. Load this page again to see it."


class CastDesk:
    """The page of who is who in a folder of results, and what it saves.

    Args:
        folder: of results.
        plan: of the page, as it was when people were matched.
    """

    def __init__(self, folder: ResultsFolder, plan: CastPlan) -> None:
        self._folder, self._plan = folder, plan

    def page(self, asked: Asked) -> Answer:
        """Show who is who as the file says now."""
        try:
            plan = self._plan.as_said(self._cast())
        except VidemoError as exc:
            return _refusal(str(exc), HTTPStatus.CONFLICT)
        return Answer.page(*render_cast(plan, served=self._state()))

    def save(self, asked: Asked) -> Answer:
        """Write the file as the page sends it, if it is the file that the page has seen; answers with its new state."""
        try:
            text = asked.body.decode("utf-8")
            said = parse_cast(text, self._folder.cast_file)
            said.check()
            page = render_cast(self._plan.as_said(said))[0]
            with held(self._folder):
                if asked.headers.get("if-match") != self._state():
                    return _refusal(_CHANGED, HTTPStatus.CONFLICT)
                self._check(said)
                self._folder.write_who(page)
                self._folder.write_cast(text)
            return Answer(self._state().encode())
        except UnicodeDecodeError:
            return _refusal("This is not the text of a cast.", HTTPStatus.BAD_REQUEST)
        except PeopleError as exc:
            return _refusal(str(exc), HTTPStatus.BAD_REQUEST)
        except VidemoError as exc:
            return _refusal(f"Not saved: {exc}", HTTPStatus.CONFLICT)

    def _check(self, said: Cast) -> None:
        """Refuse what `videmo report` would refuse of a recording that the page shows.

        Raises:
            PeopleError: its people.csv says otherwise, or two of its persons would be called alike.
        """
        for key in sorted({person.role.recording for person in self._plan.persons}):
            with suppress(ResultsError):  # of damaged tables, the report tells by itself
                checked_people(RecordingResults(self._folder.path / key, partial(said.of, key)))

    def _cast(self) -> Cast:
        return ResultsFolder(self._folder.path).cast

    def _state(self) -> str:
        """Tell the state of the file, by its content."""
        return hashlib.sha256(self._folder.cast_content).hexdigest()


def _refusal(text: str, status: HTTPStatus) -> Answer:
    return Answer(text.encode(), status=status)


def serve_cast(folder: ResultsFolder, plan: CastPlan, *, port: int = 0) -> LoopbackServer:
    """Serve the page until the server is closed.

    Raises:
        UsageError: the port is taken or may not be used.
    """
    desk = CastDesk(folder, plan)
    return LoopbackServer({("GET", ""): desk.page, ("POST", "cast"): desk.save}, port=port)
