"""What was used lately, up to so many entries, or so much weight."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """A mapping that forgets what was not used for longest."""

    def __init__(self, capacity: int, weigh: Callable[[V], int] = lambda _value: 1) -> None:
        """`capacity` is what all that is kept may weigh together; each weighs 1 where nothing else is said."""
        self._capacity = capacity
        self._weigh = weigh
        self._weight = 0
        self._kept: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value of a key, if it is still known."""
        if (value := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        self.forget(key)
        self._kept[key] = value
        self._weight += self._weigh(value)
        while self._weight > self._capacity:
            _, oldest = self._kept.popitem(last=False)
            self._weight -= self._weigh(oldest)

    def put_all(self, entries: Iterable[tuple[K, V]]) -> None:
        """Keep several values."""
        for key, value in entries:
            self.put(key, value)

    def forget(self, key: K) -> None:
        """Keep the value of a key no longer."""
        if (value := self._kept.pop(key, None)) is not None:
            self._weight -= self._weigh(value)
