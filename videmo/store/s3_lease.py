"""Keep a lease as an object, by writes on condition: only if there is none, or only if it is still the one seen."""

from __future__ import annotations

import hashlib

from videmo.errors import OutputError
from videmo.store.lease import Seen
from videmo.store.protocol import MissingError, StoreError
from videmo.store.s3_calls import Calls, Conflict


class S3Lease:
    """An object as a `lease.LeaseFile`. Behind what it says stands how often it was renewed: its ETag changes."""

    def __init__(self, call: Calls, bucket: str, key: str) -> None:
        """Keep it under a key of a bucket."""
        self._call, self._place = call, {"Bucket": bucket, "Key": key}
        self._beats, self._etag = 0, ""

    def look(self) -> Seen | None:
        """Return what is there; None if there is no lease."""
        try:
            etag = self._call("head_object", **self._place)["ETag"]
            whole = self._call.body("get_object", **self._place, IfMatch=etag)
        except MissingError:
            return None
        except Conflict:  # it was renewed in between
            return self.look()
        content, _, _ = whole.rpartition(b"beat ")
        return Seen(content, etag)

    def create(self, content: bytes) -> bool:
        """Write a lease unless there is one.

        Raises:
            OutputError: it can't be written.
        """
        return self._put(content, IfNoneMatch="*")

    def renew(self, content: bytes) -> bool:
        """Write it again with another number behind it, if it is still the one that was written last."""
        return bool(self._etag) and self._put(content, IfMatch=self._etag)

    def take(self, seen: Seen) -> bool:
        """Remove the lease if it is as it was seen.

        Deleting has no conditions everywhere, so it is first written over on condition, by who then deletes what is
        surely their own.
        """
        if not self._put(b"", IfMatch=seen.sign):
            return False
        self._call("delete_object", **self._place)
        self._etag = ""
        return True

    def _put(self, content: bytes, **condition: str) -> bool:
        self._beats += 1
        body = content + f"beat {self._beats} {hashlib.sha256(content).hexdigest()[:8]}\n".encode()
        try:
            self._etag = self._call("put_object", **self._place, Body=body, **condition)["ETag"]
        except (Conflict, MissingError):
            return False
        except StoreError as exc:
            raise OutputError(exc.subject, exc.found, exc.expected, exc.advice) from exc
        return True
