"""Find the file system of a location with fsspec, and word what goes wrong there.

What its library says is not repeated: it may tell secrets, and is worded for programmers.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

from videmo.errors import UsageError, VidemoError
from videmo.extras import how_to_install, how_to_install_library
from videmo.store.protocol import MissingError, UnreachableError

PACKAGES: Final = {
    "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "oss": "ossfs", "oci": "ocifs",
    "hf": "huggingface_hub", "hdfs": "pyarrow", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol",
    "webdav": "webdav4",
}  # fmt: skip
"""The library that fsspec needs for a kind of location. Others that it knows work as well."""
_NO_PLACES: Final = frozenset({
    "asynclocal", "blockcache", "cached", "dask", "data", "dir", "file", "filecache", "ftp", "generic", "http", "https",
    "libarchive", "local", "memory", "reference", "simplecache", "tar", "zip",
})  # fmt: skip
"""What fsspec knows besides: names of no place that other processes find, and addresses, which may be a camera's, and
whose folders nobody can list for sure."""
_ACCESS: Final = ("auth", "credential", "denied", "forbidden", "permission")
_REFUSED: Final = (401, 403)


@lru_cache(maxsize=64)
def is_known(kind: str) -> bool:
    """Tell whether locations may begin with a word: it is well known, or fsspec knows it."""
    if kind in PACKAGES:
        return True
    try:
        from fsspec.registry import known_implementations, registry
    except ImportError:
        return False
    return kind not in _NO_PLACES and (kind in known_implementations or kind in registry)


def file_system(kind: str, place: str) -> Any:
    """Return the file system of a location.

    Raises:
        UsageError: its library is not installed, or finds no access.
    """
    return _file_system(os.getpid(), kind, place)


@lru_cache(maxsize=16)
def _file_system(process: int, kind: str, place: str) -> Any:
    lacks = "needs a library that is not installed"
    try:
        from fsspec.core import url_to_fs
    except ImportError as exc:
        raise UsageError(f"{kind}://", lacks, advice=how_to_install("cloud")) from exc
    with worded(f"{kind}://{place}"):
        try:
            found = url_to_fs(f"{kind}://{place}", skip_instance_cache=True)[0]
        except ImportError as exc:
            advice = how_to_install_library(PACKAGES[kind]) if kind in PACKAGES else f"{exc}."
            raise UsageError(f"{kind}://", lacks, advice=advice) from exc
    # Some warn with each request. What matters comes as an error.
    logging.getLogger(type(found).__module__.partition(".")[0]).setLevel(logging.CRITICAL)
    return found


@contextmanager
def worded(called: str) -> Iterator[None]:
    """Word the errors of a library. That something exists already is for the block to handle.

    Args:
        called: the file that the block is about, as errors name it.

    Raises:
        MissingError: there is no such file.
        UnreachableError: nobody answers, or nobody is let in.
    """
    try:
        yield
    except (VidemoError, FileExistsError):
        raise
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
        raise MissingError(called, "no such file", advice="Check that it exists.") from exc
    except Exception as exc:  # each library has errors of its own
        kind = type(exc).__name__
        if _is_about_access(exc):
            found = f"nobody is let in without credentials, or with these ({kind})"
            advice = "Log in again, or ask for the right to list, read and, for results, write there."
            raise UnreachableError(called, found, advice=advice) from exc
        found = f"it did not answer as it should ({kind})"
        advice = "Check the address, the network and the credentials, and run the same command again."
        raise UnreachableError(called, found, advice=advice) from exc


def _is_about_access(error: Exception) -> bool:
    codes = {getattr(error, name, None) for name in ("code", "status", "status_code")}
    if any(str(code) in map(str, _REFUSED) for code in codes):
        return True
    told = f"{' '.join(each.__name__ for each in type(error).__mro__)} {error}".lower()
    return any(word in told for word in _ACCESS)
