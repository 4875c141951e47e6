"""Every stored shape of every event, kept as a file for ever, goes through today's code.

A service's test calls `golden(AGGREGATE.codec, folder)`. Where an event has got a new shape, the test fails until the
shape is kept too: `ASSAY_GOLDEN=write pytest ...` adds it as `<name>.<n>.json`. A kept file is never changed.
"""

import os
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel

from chassis.eventstore.aggregate import Codec

VARIABLE = "ASSAY_GOLDEN"
UNIONS = (typing.Union, types.UnionType)
PLAIN: Mapping[Any, Any] = {
    str: "text",
    int: 1,
    float: 1.5,
    bool: True,
    bytes: b"bytes",
    Decimal: Decimal("1.5"),
    date: date(2027, 1, 4),
    datetime: datetime(2027, 1, 4, 9, tzinfo=UTC),
    time: time(9),
    timedelta: timedelta(days=1),
    UUID: UUID("6f1c7e0e-0000-4000-8000-000000000001"),
    Any: "anything",
    type(None): None,
}


def golden(codec: Codec, folder: Path) -> None:
    """Read every kept event, and see that the shape in which each is stored today is kept."""
    kept = {path: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    for path, data in kept.items():
        event = codec.decode(_name(path), data)
        if codec.decode(*codec.encode(event)) != event:
            raise AssertionError(f"{path.name} does not come back as it was")
    for name, event in codec.events.items():
        shapes = [shape(orjson.loads(data)) for path, data in kept.items() if _name(path) == name]
        for number in range(variants(event)):
            today = codec.encode(sample(event, number))[1].encode()
            if (now := shape(orjson.loads(today))) not in shapes:
                _keep(folder / f"{name}.{len(shapes) + 1}.json", today)
                shapes.append(now)


def _keep(path: Path, data: bytes) -> None:
    if os.environ.get(VARIABLE) != "write":
        raise AssertionError(f"no kept file has the shape of {path.name}: {VARIABLE}=write keeps it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(orjson.loads(data), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _name(path: Path) -> str:
    return path.stem.rpartition(".")[0]


def shape(value: Any) -> Any:
    """What kind of value stands where, without the values; of a list, each kind once."""
    match value:
        case dict():
            return {key: shape(each) for key, each in sorted(value.items())}
        case list():
            shapes = [shape(each) for each in value]
            return [each for number, each in enumerate(shapes) if each not in shapes[:number]]
        case _:
            return type(value).__name__


def keeps(now: Any, golden: Any) -> bool:
    """Whether everything that the golden file says is still said; something may have been added."""
    if isinstance(golden, dict) and isinstance(now, dict):
        return all(key in now and keeps(now[key], value) for key, value in golden.items())
    if isinstance(golden, list) and isinstance(now, list):
        return len(now) == len(golden) and all(map(keeps, now, golden))
    return bool(now == golden)


def variants(kind: Any) -> int:
    """How many samples it takes for each member of each union to stand in one of them."""
    inside = typing.get_type_hints(kind).values() if is_dataclass(kind) else typing.get_args(kind)
    union = _members(kind) if typing.get_origin(kind) in UNIONS else ()
    return max((1, len(union), *(variants(each) for each in inside if isinstance(each, type) or typing.get_args(each))))


def sample(kind: Any, number: int = 0) -> Any:
    """A value of a type that an event or a contract may hold, always the same for a number: it chooses among a union's
    members."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind in PLAIN:
        return PLAIN[kind]
    if is_dataclass(kind):
        return _made(kind, [each.name for each in fields(kind) if each.init], number)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _made(kind, kind.model_fields, number)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind))
    return _generic(kind, origin, arguments, number)


def _made(kind: Any, names: Iterable[str], number: int) -> Any:
    hints = typing.get_type_hints(kind)
    return kind(**{name: sample(hints[name], number) for name in names})


def _members(kind: Any) -> Sequence[Any]:
    return [each for each in typing.get_args(kind) if each is not type(None)]


def _generic(kind: Any, origin: Any, arguments: Sequence[Any], number: int) -> Any:
    if origin is typing.Literal:
        return arguments[0]
    if origin is typing.Annotated:
        return sample(arguments[0], number)
    if origin in UNIONS:
        members = _members(kind)
        return sample(members[number % len(members)], number)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return tuple(sample(each, number) for each in arguments)
    if origin is not None and issubclass(origin, Mapping):
        return {sample(arguments[0], number): sample(arguments[1], number)}
    if origin in (tuple, list, set, frozenset, Sequence):
        return (tuple if origin is Sequence else origin)([sample(arguments[0], number)])
    if hasattr(kind, "__supertype__"):
        return sample(kind.__supertype__, number)
    raise TypeError(f"no sample of {kind} is known: add one to chassis.golden")
