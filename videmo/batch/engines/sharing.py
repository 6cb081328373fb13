"""Share values with workers: the key of a value travels with tasks, the value when it is asked for."""

from __future__ import annotations

import itertools
import pickle
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

from videmo.batch.engines.channel import PROTOCOL
from videmo.batch.engines.worker import SharedValue

T = TypeVar("T")


class SharedValues:
    """The values that a run shares; each lives as long as its reference."""

    def __init__(self) -> None:
        self._keys = map(str, itertools.count())
        self._shared: WeakValueDictionary[str, Shared[Any]] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._shared)

    def share(self, value: T) -> Shared[T]:
        """Add a value and return its reference."""
        shared = Shared(next(self._keys), value)
        self._shared[shared.key] = shared
        return shared

    def pickled(self, key: str) -> bytes:
        """Return a value as it travels."""
        return pickle.dumps(self._shared[key].get(), PROTOCOL)


class Shared(Generic[T]):
    """A value and its key; the key alone travels."""

    def __init__(self, key: str, value: T) -> None:
        self.key = key
        self._value = value

    def get(self) -> T:
        """Return the value."""
        return self._value

    def __reduce__(self) -> tuple[type[SharedValue], tuple[str]]:
        return SharedValue, (self.key,)
