"""Keep files in object storage that speaks S3: ``s3://bucket/folder``.

Objects appear as a whole or not at all; none is renamed. Credentials are found where other programs find them (the
environment, ``~/.aws``, the machine's role), and are never part of a location.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

from videmo.errors import OutputError
from videmo.far import FarFile
from videmo.store.identity import InputIdentity
from videmo.store.protocol import MissingError, StoreError, UnreachableError, everywhere
from videmo.store.ranges import RangedReader
from videmo.store.s3_calls import Calls, Conflict
from videmo.store.s3_lease import S3Lease

_PART_BYTES: Final = 32 * 2**20
"""Larger files are sent in parts of this size; no store takes smaller ones than 5 MiB, nor more than 10,000."""
_MOST_PARTS: Final = 10_000
_PAGE: Final = 1000
"""Objects that are listed or removed with one request; more are not possible."""
_LOOKED_AT: Final = 16
"""Bytes at the beginning of a recording that tell whether its container has an index."""


class S3Store:
    """A folder in a bucket as a `protocol.Store`."""

    def __init__(self, place: Path) -> None:
        """Keep files below a place, ``/bucket/folder``; nothing is asked yet.

        Raises:
            UnreachableError: there is something of credentials in it; it is not repeated.
        """
        self._bucket, _, folder = place.as_posix().strip("/").partition("/")
        if {"@", ":"} & set(self._bucket):
            advice = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            raise UnreachableError("s3://", "credentials in a location", "s3://bucket/folder", advice)
        self._inner = f"{folder}/" if folder else ""

    @property
    def here(self) -> Path:
        """Return a folder of this machine for the locks of this place."""
        from platformdirs import user_state_path

        return user_state_path("videmo").joinpath("s3", self._bucket, *PurePosixPath(self._inner).parts)

    def list(self, *folders: str, links: bool = False, enter: Callable[[str], bool] = everywhere) -> Iterator[str]:
        """Yield the keys of the files below some folders, see `protocol.Store.list`."""
        for folder in folders or ("",):
            inner = f"{self._checked(folder)}/" if folder else ""
            entered: dict[str, bool] = {}
            for key in sorted(self._keys(inner), key=lambda each: each.split("/")):
                parts = key.split("/")
                above = ["/".join(parts[:end]) for end in range(inner.count("/") + 1, len(parts))]
                if all(_entered(each, entered, enter) for each in above):
                    yield key

    def has(self, key: str) -> bool:
        """Tell whether there is a file."""
        try:
            self.identity(key)
        except MissingError:
            return False
        return True

    def open(self, key: str) -> BinaryIO:
        """Open a file for reading, in ranges.

        Raises:
            StoreError: it is not there or can't be read.
        """
        return cast(BinaryIO, self._reader(key, self.identity(key)))

    @contextmanager
    def local(self, key: str) -> Iterator[Path]:
        """Yield the path of a copy.

        Raises:
            StoreError: it is not there or can't be read.
        """
        known = self.identity(key)
        with tempfile.TemporaryDirectory(prefix="videmo-") as scratch, self._reader(key, known) as far:
            path = Path(scratch, PurePosixPath(key).name)
            with path.open("wb") as copy:
                shutil.copyfileobj(far, copy, _PART_BYTES)
            os.utime(path, ns=(known.modified_ns, known.modified_ns))
            yield path

    @contextmanager
    def readable(self, key: str) -> Iterator[Path]:
        """Yield a path to read a recording from in ranges, or of a copy where its container has no index.

        Raises:
            StoreError: it is not there or can't be read.
        """
        known = self.identity(key)
        with self._reader(key, known) as far:
            indexed = _has_index(far.read(_LOOKED_AT))
        if not indexed:
            with self.local(key) as path:
                yield path
            return

        def look() -> tuple[int, int]:
            try:
                now = self.identity(key)
            except StoreError as exc:
                raise FileNotFoundError(exc.found) from exc
            return now.size_bytes, now.modified_ns

        def opened(block: int) -> BinaryIO:
            return cast(BinaryIO, self._reader(key, known, block))

        yield FarFile.at(Path(self._called(key)), opened, look)

    @contextmanager
    def writing(self, key: str) -> Iterator[Path]:
        """Yield a path on this machine, and send what is there when the block ends well.

        Raises:
            OutputError: it can't be sent.
        """
        self._checked(key)
        with tempfile.TemporaryDirectory(prefix="videmo-") as scratch:
            path = Path(scratch, PurePosixPath(key).name)
            yield path
            if path.stat().st_size <= _PART_BYTES:
                self.put(path.read_bytes(), key)
            else:
                self._send(path, key)

    def put(self, content: bytes, key: str) -> None:
        """Write a small file.

        Raises:
            OutputError: it can't be written.
        """
        with self._writing(key) as (call, place):
            call("put_object", **place, Body=content)

    def move(self, key: str, target: str) -> None:
        """Give a small file another key: it is there twice for a moment.

        Raises:
            OutputError: it can't be moved.
        """
        try:
            with self.open(key) as stream:
                content = stream.read()
        except StoreError as exc:
            raise OutputError(exc.subject, exc.found, exc.expected, exc.advice) from exc
        self.put(content, target)
        self.delete(key)

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens where there is none.

        Raises:
            OutputError: it can't be removed.
        """
        with self._writing(key) as (call, place):
            call("delete_object", **place)

    def clear(self, folder: str) -> None:
        """Remove a folder with all that is in it.

        Raises:
            OutputError: it can't be removed.
        """
        keys = [f"{self._inner}{key}" for key in self._keys(f"{self._checked(folder)}/" if folder else "")]
        for first in range(0, len(keys), _PAGE):
            objects = [{"Key": key} for key in keys[first : first + _PAGE]]
            with self._writing(keys[first].removeprefix(self._inner)) as (call, _):
                call("delete_objects", Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})

    def sweep(self, *folders: str) -> None:
        """Do nothing: objects are never half-written."""

    def identity(self, key: str) -> InputIdentity:
        """Look up size, time of change and ETag.

        Raises:
            StoreError: it is not there.
        """
        if not self._bucket:
            raise MissingError(self._called(key), "no such file", advice="Name a bucket: s3://bucket/folder.")
        found = self._calls(key)("head_object", Bucket=self._bucket, Key=self._whole(key))
        modified_ns = int(found["LastModified"].timestamp()) * 10**9
        return InputIdentity(found["ContentLength"], modified_ns, etag=found["ETag"].strip('"'))

    def lease(self, key: str) -> S3Lease:
        """Return what keeps a lease under a key."""
        return S3Lease(self._calls(key), self._bucket, self._whole(key))

    # How keys are spelled.

    def _checked(self, key: str) -> str:
        """Check that a key names something in this store.

        Raises:
            StoreError: it leads out of it.
        """
        parts = PurePosixPath(key).parts
        if not parts or ".." in parts or key.startswith("/"):
            advice = f"Use its path below {self._called('')}."
            raise StoreError(repr(key), "not the key of a file in this store", advice=advice)
        return "/".join(parts)

    def _whole(self, key: str) -> str:
        return self._inner + self._checked(key)

    def _called(self, key: str) -> str:
        return f"s3://{self._bucket}/{self._inner}{key}".rstrip("/")

    def _keys(self, inner: str) -> Iterator[str]:
        """Yield all keys that begin with some text, in whatever order; those that no path can spell are left out."""
        if not self._bucket:
            raise StoreError("s3:", "no bucket", advice="Name one: s3://bucket/folder.")
        asked: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._inner + inner, "MaxKeys": _PAGE}
        while True:
            found = self._calls(inner)("list_objects_v2", **asked)
            for each in found.get("Contents", ()):
                key = each["Key"].removeprefix(self._inner)
                if "/".join(PurePosixPath(key).parts) == key and ".." not in key.split("/"):
                    yield key
            if not found.get("IsTruncated"):
                return
            asked["ContinuationToken"] = found["NextContinuationToken"]

    def _calls(self, key: str) -> Calls:
        return Calls(self._called(key))

    # Bytes.

    def _reader(self, key: str, known: InputIdentity, block: int = 0) -> RangedReader:
        call, place = self._calls(key), {"Bucket": self._bucket, "Key": self._whole(key)}

        def fetch(begin: int, end: int) -> bytes:
            try:
                return call.body("get_object", **place, Range=f"bytes={begin}-{end - 1}", IfMatch=f'"{known.etag}"')
            except Conflict as exc:
                found = "it changed while it was being read"
                raise StoreError(self._called(key), found, advice="Run again when it is complete.") from exc

        return RangedReader(self._called(key), known.size_bytes, fetch, block)

    def _send(self, path: Path, key: str) -> None:
        """Send a large file in parts; nobody sees it before the last one has arrived."""
        size = path.stat().st_size
        part_bytes = max(_PART_BYTES, -(-size // _MOST_PARTS))
        with self._writing(key) as (call, place), path.open("rb") as stream:
            upload = {**place, "UploadId": call("create_multipart_upload", **place)["UploadId"]}
            try:
                parts: list[dict[str, Any]] = []
                while content := stream.read(part_bytes):
                    number = len(parts) + 1
                    sent = call("upload_part", **upload, PartNumber=number, Body=content)
                    parts.append({"PartNumber": number, "ETag": sent["ETag"]})
                call("complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
            except BaseException:
                call("abort_multipart_upload", **upload)
                raise

    @contextmanager
    def _writing(self, key: str) -> Iterator[tuple[Calls, dict[str, str]]]:
        """Yield what writes, and the place of a file; errors are those of writing."""
        place = {"Bucket": self._bucket, "Key": self._whole(key)}
        try:
            yield self._calls(key), place
        except StoreError as exc:
            raise OutputError(exc.subject, exc.found, exc.expected, exc.advice) from exc


def _entered(folder: str, entered: dict[str, bool], enter: Callable[[str], bool]) -> bool:
    if folder not in entered:
        entered[folder] = enter(folder)
    return entered[folder]


def _has_index(head: bytes) -> bool:
    """Tell by its first bytes whether a container can be read in ranges: MP4 and MOV, Matroska and WebM, AVI."""
    boxes = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
    return head[4:8] in boxes or head[:4] == b"\x1a\x45\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI ")
