"""A short-lived cache in the memory of each process, for what every page needs.

The values are shared by all threads, so nobody changes them. A publish empties the cache of its
process. In the others a value lives for LIFETIME, and a page that is made of cached parts shows
what was published within two seconds.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# Seconds. A response in the page cache is made of cached parts, and these of cached pages and
# settings. Each of the three may be this old when the next one is made of it, so with half a
# second for rendering, a page is right within two seconds of a publish.
LIFETIME = 0.5
MOST = 1000  # values, of ten kilobytes at most; more than what is visited at once

_values: dict[Hashable, tuple[float, Any]] = {}
_lock = threading.Lock()
_generation = 0


def remember(key: Hashable, compute: Callable[[], T]) -> T:
    """The cached value of this key, or a new one from `compute`."""
    found = recall(key)
    if found is not None:
        return found
    begun_at, generation = time.monotonic(), _generation
    value = compute()
    store(key, value, begun_at, generation)
    return value


def remember_each(
    kind: str, keys: Iterable[K], compute: Callable[[list[K]], Mapping[K, T]]
) -> dict[K, T]:
    """The values of several keys. `compute` gets those that are not cached; a key that it leaves
    out is not cached either.
    """
    wanted = list(keys)
    found = {key: value for key in wanted if (value := recall((kind, key))) is not None}
    if missing := [key for key in wanted if key not in found]:
        begun_at, generation = time.monotonic(), _generation
        for key, value in compute(missing).items():
            store((kind, key), value, begun_at, generation)
            found[key] = value
    return found


def recall(key: Hashable) -> Any:
    """The cached value of this key, or None."""
    found = _values.get(key)
    if found is None or found[0] < time.monotonic():
        return None
    return found[1]


def store(key: Hashable, value: Any, begun_at: float, generation: int) -> None:
    """Cache a value whose computation began at `begun_at`, unless the cache was emptied since."""
    with _lock:
        if generation != _generation:
            return
        if len(_values) >= MOST:
            _values.clear()
        _values[key] = (begun_at + LIFETIME, value)


def generation() -> int:
    """How often the cache was emptied."""
    return _generation


def forget() -> None:
    """Empty the cache."""
    global _generation
    with _lock:
        _values.clear()
        _generation += 1
