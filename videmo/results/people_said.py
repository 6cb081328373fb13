"""Remember which persons ``people.csv`` and ``cast.csv`` of a recording speak of, and tell when these are others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from videmo.persons.people import People
from videmo.results import names


@dataclass(frozen=True, slots=True)
class PeopleSaid:
    """Hold what the files said when they were last used, and the persons that they refer to."""

    said: str = ""
    """A hash of all that they say; empty where they say nothing."""
    found: str = ""
    """A hash of the observations and settings with which those persons were found."""
    content: str = ""
    """The hash of the content of the recording in which they were found; empty where it is not known."""
    own: str = ""
    """A hash of what ``people.csv`` says."""
    cast: str = ""
    """A hash of each line of ``cast.csv`` about it, with spaces between."""

    def used(self, people: People, found: str, content: str) -> PeopleSaid:
        """Return what holds once the files are used for persons that were found.

        The files refer to these if somebody worked on them since: on ``people.csv``, or on a line that ``cast.csv`` had
        before. New lines there are no such sign, for ``people --match`` adds them.

        Args:
            people: what the files say now.
            found: hash of the observations and settings with which the persons were found.
            content: hash of the content of the recording; empty where it is not known.
        """
        own, cast = people.own_identity, people.cast_identities
        if self.said and not self.own and not self.cast:  # version 0.2.0 and before
            worked_on = self.said != people.identity
        else:
            worked_on = not self.said or self.own != own or not cast.issuperset(self.cast.split())
        now = replace(self, said=people.identity, own=own, cast=" ".join(sorted(cast)))
        return replace(now, found=found, content=content) if worked_on else now

    def carried(self, before: People, after: People) -> PeopleSaid:
        """Return what holds after lines of ``cast.csv`` were changed by videmo itself: nobody worked on them."""
        both = before.cast.keys() & after.cast.keys()
        changed = {before.cast_identity(person): after.cast_identity(person) for person in both}
        return replace(self, cast=" ".join(sorted(changed.get(each, each) for each in self.cast.split())))

    def doubts(self, people: People, found: str, content: str) -> tuple[str, ...]:
        """Say in words that the files speak of other persons; see `used` for what it takes."""
        if not self.said:
            return ()
        own, cast = (names.PEOPLE,) if people.own_identity else (), names.CAST[:1] if people.cast else ()
        files = " and ".join((*own, *cast))
        was, its = ("were", "their") if own and cast else ("was", "its")
        if self.content and content and self.content != content:
            return (f"{files} {was} written for another recording of this name: check {its} numbers",)
        if self.found != found:
            return (f"{files} {was} written for persons found otherwise: check {its} numbers",)
        return ()
