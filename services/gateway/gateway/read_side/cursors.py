"""Places in a sorted list, as callers carry them from page to page: opaque, and good for as long as the list is."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import orjson
from pydantic import TypeAdapter, ValidationError

from gateway.refusals import CursorUnknown

LONGEST: Final = 1_000
SHOWN: Final = 60

WorkPlace = tuple[date, UUID, str, str]
"""Of the work queue: the day by which it is sorted, the engagement, the kind and the key."""
EngagementPlace = tuple[datetime, UUID]
"""Of the engagements: when notice was given, and the id."""

WORK_PLACE: Final = TypeAdapter[WorkPlace](WorkPlace)
ENGAGEMENT_PLACE: Final = TypeAdapter[EngagementPlace](EngagementPlace)


def cursor_of(place: TypeAdapter[Any], values: tuple[object, ...]) -> str:
    """A place in a list as text."""
    return urlsafe_b64encode(place.dump_json(values)).decode().rstrip("=")


def place_of(place: TypeAdapter[Any], text: str) -> Any:
    """The place that a text stands for, or CursorUnknown."""
    try:
        return place.validate_python(orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, ValidationError) as error:
        raise CursorUnknown(text[:SHOWN]) from error
