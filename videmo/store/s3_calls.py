"""Call object storage that speaks S3, with a bound to retries, and word what goes wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from videmo.errors import UsageError, VidemoError
from videmo.extras import how_to_install
from videmo.store.protocol import MissingError, StoreError, UnreachableError

ATTEMPTS: Final = 8
"""How often a request is made at most: after one that the store was too busy for, longer and longer later."""
_CONNECT_S: Final = 10
_ANSWER_S: Final = 60
_LOGIN: Final = "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in again."
_EXPIRED: Final = frozenset({"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "RequestExpired"})
_INVALID: Final = frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"})
_DENIED: Final = frozenset({"AccessDenied", "Forbidden", "403", "AllAccessDisabled", "AccountProblem"})
_CONFLICTS: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})


class Conflict(Exception):
    """A condition of a request doesn't hold: somebody else has written there."""


@dataclass(frozen=True, slots=True)
class Calls:
    """Makes calls that are about one file; none says anything of credentials."""

    called: str
    """The file, as errors name it."""

    def __call__(self, name: str, **parameters: Any) -> Mapping[str, Any]:
        """Make a call.

        Raises:
            MissingError: there is no such file.
            UnreachableError: nobody answers, or nobody is let in.
            StoreError: something else is wrong.
            Conflict: a condition doesn't hold.
        """
        from fsspec.asyn import sync

        client = _client(os.getpid())
        try:
            return sync(client.loop, client._call_s3, name, **parameters)
        except Exception as exc:
            raise self._worded(exc) from exc

    def body(self, name: str, **parameters: Any) -> bytes:
        """Make a call, and return the whole body of its answer; one that breaks off is asked for again.

        Raises:
            the same as `__call__`.
        """
        from fsspec.asyn import sync

        client = _client(os.getpid())
        try:
            return sync(client.loop, _body, client, name, parameters)
        except Exception as exc:
            raise self._worded(exc) from exc

    def _worded(self, error: Exception) -> Exception:
        if isinstance(error, VidemoError):
            return error
        code = _code(error)
        if code in _CONFLICTS:
            return Conflict(code)
        if code in _MISSING:
            return MissingError(self.called, "no such file", advice="Check that it exists.")
        if code == "NoSuchBucket":
            bucket = "/".join(self.called.split("/")[:3])
            advice = "Check its name, and AWS_ENDPOINT_URL if it is not at Amazon."
            return UnreachableError(bucket, "no such bucket", advice=advice)
        if code in _EXPIRED:
            return UnreachableError(self.called, "the credentials have expired", advice=_LOGIN)
        if code == "400":  # to a question for which the answer has no body
            found = "the credentials have expired, or are for another region"
            return UnreachableError(self.called, found, advice=_LOGIN)
        if code in _INVALID:
            return UnreachableError(self.called, "the credentials are not valid there", advice=_LOGIN)
        if code in _DENIED:
            advice = "Ask for the right to list, read and, for results, write there."
            found = "the credentials do not allow this, or have expired"
            return UnreachableError(self.called, found, advice=advice)
        if code == "NotImplemented":
            found = "this store has no conditional writes, which keep two runs apart"
            return StoreError(self.called, found, advice="Write to a folder of this machine, and copy it there.")
        if _lacks_credentials(error):
            return UnreachableError(self.called, "no credentials were found", advice=_LOGIN)
        found = f"the store did not answer as it should in {ATTEMPTS} attempts ({code or type(error).__name__})"
        return UnreachableError(self.called, found, advice="Check the network, and run the same command again.")


async def _body(client: Any, name: str, parameters: Mapping[str, Any]) -> bytes:
    import asyncio

    from aiohttp import ClientError
    from botocore.exceptions import HTTPClientError, IncompleteReadError

    for attempt in range(1, ATTEMPTS + 1):
        answer = await client._call_s3(name, **parameters)
        try:
            async with answer["Body"] as body:
                content: bytes = await body.read()
            if len(content) == answer["ContentLength"]:
                return content
            raise IncompleteReadError(actual_bytes=len(content), expected_bytes=answer["ContentLength"])
        except (TimeoutError, ClientError, HTTPClientError, IncompleteReadError, OSError):
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(0.1 * 1.7**attempt)
    raise AssertionError


def _code(error: BaseException) -> str:
    """Return what the store calls an error; s3fs makes errors of the system of them."""
    cause: BaseException | None = error
    while cause is not None:
        answer = getattr(cause, "response", None)
        if isinstance(answer, dict):
            return str(answer.get("Error", {}).get("Code", ""))
        cause = cause.__cause__
    return ""


def _lacks_credentials(error: BaseException) -> bool:
    from botocore import exceptions

    kinds = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "ProfileNotFound", "SSOError",
             "TokenRetrievalError", "InvalidConfigError", "ConfigParseError")  # fmt: skip
    return isinstance(error, tuple(getattr(exceptions, kind) for kind in kinds if hasattr(exceptions, kind)))


@lru_cache(maxsize=1)
def _client(process: int) -> Any:
    """Return what this process makes calls with.

    Raises:
        UsageError: the libraries for it are not installed.
    """
    try:
        from s3fs import S3FileSystem
    except ImportError as exc:
        raise UsageError(
            "s3://", "object storage needs a library that is not installed", advice=how_to_install("cloud")
        ) from exc
    waits = {"connect_timeout": _CONNECT_S, "read_timeout": _ANSWER_S}
    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    return S3FileSystem(skip_instance_cache=True, use_listings_cache=False, config_kwargs={"retries": retries, **waits})
