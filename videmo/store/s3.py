"""Keep files in object storage that speaks S3: ``s3://bucket/folder``.

Objects appear as a whole or not at all; none is renamed. Credentials are found where other programs find them (the
environment, ``~/.aws``, the machine's role), and are never part of a location.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from videmo.errors import OutputError
from videmo.store.identity import InputIdentity
from videmo.store.objects import ObjectStore, changed_meanwhile, spellable
from videmo.store.protocol import MissingError, StoreError, UnreachableError
from videmo.store.ranges import Fetch
from videmo.store.s3_calls import Calls, Conflict
from videmo.store.s3_lease import S3Lease

_PART_BYTES: Final = 32 * 2**20
"""Larger files are sent in parts of this size; no store takes smaller ones than 5 MiB, nor more than 10,000."""
_MOST_PARTS: Final = 10_000
_ELSEWHERE: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
"""Variables that name storage that is not Amazon's."""
_PAGE: Final = 1000
"""Objects that are listed or removed with one request; more are not possible."""


class S3Store(ObjectStore):
    """A folder in a bucket as a `protocol.Store`."""

    def __init__(self, place: Path) -> None:
        """Keep files below a place, ``/bucket/folder``; nothing is asked yet.

        Raises:
            UnreachableError: there is something of credentials in it; it is not repeated.
        """
        bucket, _, folder = place.as_posix().strip("/").partition("/")
        if {"@", ":"} & set(bucket):
            advice = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
            raise UnreachableError("s3://", "credentials in a location", "s3://bucket/folder", advice)
        super().__init__("s3", bucket, f"{folder}/" if folder else "")
        self._bucket = bucket

    @property
    def here(self) -> Path:
        """Return a folder of this machine for the locks of this place: buckets elsewhere may have the same name."""
        elsewhere = next(filter(None, map(os.environ.get, _ELSEWHERE)), "")
        known = hashlib.sha256(elsewhere.encode()).hexdigest()[:12]
        return super().here if not elsewhere else super().here / f".at-{known}"

    def put(self, content: bytes, key: str) -> None:
        """Write a small file.

        Raises:
            OutputError: it can't be written.
        """
        with self._writing(key) as (call, place):
            call("put_object", **place, Body=content)

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

    def _keys(self, inner: str) -> Iterator[str]:
        if not self._bucket:
            raise StoreError("s3:", "no bucket", advice="Name one: s3://bucket/folder.")
        asked: dict[str, Any] = {"Bucket": self._bucket, "Prefix": self._inner + inner, "MaxKeys": _PAGE}
        while True:
            found = self._calls(inner)("list_objects_v2", **asked)
            for each in found.get("Contents", ()):
                key = each["Key"].removeprefix(self._inner)
                if spellable(key):
                    yield key
            if not found.get("IsTruncated"):
                return
            asked["ContinuationToken"] = found["NextContinuationToken"]

    def _calls(self, key: str) -> Calls:
        return Calls(self._called(key))

    # Bytes.

    def _fetch_of(self, key: str, known: InputIdentity) -> Fetch:
        call, place = self._calls(key), {"Bucket": self._bucket, "Key": self._whole(key)}

        def fetch(begin: int, end: int) -> bytes:
            try:
                return call.body("get_object", **place, Range=f"bytes={begin}-{end - 1}", IfMatch=f'"{known.etag}"')
            except Conflict as exc:
                raise changed_meanwhile(self._called(key)) from exc

        return fetch

    def _send(self, path: Path, key: str) -> None:
        """Send a file, a large one in parts; nobody sees it before the last one has arrived."""
        size = path.stat().st_size
        if size <= _PART_BYTES:
            self.put(path.read_bytes(), key)
            return
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
