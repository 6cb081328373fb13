"""Read recordings from wherever they lie. A recording is named by its location, see `stores`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from videmo.errors import RecordingError, VidemoError
from videmo.store import identity
from videmo.store.identity import InputIdentity, Match
from videmo.store.protocol import MissingError, Store, StoreError, UnreachableError
from videmo.store.stores import kind_of, store_of


@contextmanager
def reading(location: Path) -> Iterator[Path]:
    """Yield a path to read a recording from, on this machine or a `FarFile`, for as long as the block lasts.

    Raises:
        RecordingError: it is gone or can't be read.
    """
    store, key = _placed(location)
    with ExitStack() as stack:
        try:
            path = stack.enter_context(store.readable(key))
        except StoreError as exc:
            raise _unreadable(location, exc) from exc
        stack.enter_context(errors_name(location, path))
        yield path


@contextmanager
def errors_name(location: Path, path: Path) -> Iterator[None]:
    """Have errors about a copy on this machine name the file that it stands for."""
    try:
        yield
    except VidemoError as exc:
        said = str(exc.subject)
        if path != location and str(path) in said:
            exc.subject = said.replace(str(path), str(location))
            exc.args = (exc.subject, *exc.args[1:])
        raise


def identity_of(location: Path) -> InputIdentity:
    """Look up size and time, without reading the recording.

    Raises:
        RecordingError: it is gone or can't be reached.
    """
    store, key = _placed(location)
    try:
        return store.identity(key)
    except StoreError as exc:
        raise _unreadable(location, exc) from exc


def with_content(known: InputIdentity, location: Path) -> InputIdentity:
    """Add a hash of the content to size and time, to be saved with the results of a recording.

    Args:
        known: from before it was read.
        location: of the recording.

    Raises:
        RecordingError: it can't be read, or it changed since.
    """
    with reading(location) as path:
        full = identity.with_content(known, path)
    now = identity_of(location)
    if known.etag and now.etag != known.etag:  # size and time may be the same all the same
        raise RecordingError(location, identity.CHANGED, advice=identity.WAIT)
    return replace(full, etag=now.etag)


def compare(known: InputIdentity, location: Path) -> Match:
    """Compare a recording with its known identity. Reads it only where size is the same and time is not.

    Raises:
        RecordingError: it is gone or can't be read.
    """
    match = identity.compare_unread(known, identity_of(location))
    if match is not None:
        return match
    with reading(location) as path:
        return identity.compare_content(known, path)


def same_content(known: InputIdentity, location: Path) -> bool:
    """Tell whether a recording has the content of one whose identity is known, wherever that one lies. Reads it.

    Raises:
        RecordingError: it is gone or can't be read.
    """
    if identity_of(location).size_bytes != known.size_bytes:
        return False
    with reading(location) as path:
        return bool(identity.compare_content(known, path))


def may_exist(location: Path) -> bool:
    """Tell whether a recording is there; one that can't be looked up at the moment counts as there."""
    try:
        store, key = _placed(location)
        store.identity(key)
    except (MissingError, ValueError):
        return False
    except (StoreError, UnreachableError):
        return True
    return True


def may_fail_again(location: Path) -> bool:
    """Tell whether what failed there may do so again: it may exist, and is no folder that can be listed by now."""
    if not kind_of(location):
        with suppress(OSError, ValueError), os.scandir(location):
            return False
    return may_exist(location)


def _placed(location: Path) -> tuple[Store, str]:
    """Return the store of the folder that a recording lies in, and its key there."""
    if location.name in ("", "..") and not kind_of(location):
        location = Path(os.path.abspath(location))  # noqa: PTH100
    return store_of(location.parent), location.name


def _unreadable(location: Path, error: StoreError) -> RecordingError:
    return RecordingError(location, error.found, error.expected, error.advice)
