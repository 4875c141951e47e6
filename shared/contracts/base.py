"""What a public event is: a frozen pydantic class with a literal, versioned type name and a topic of its own.

The writer's side is closed (the type checker refuses unknown fields); the reader's side is tolerant (unknown fields
of a newer writer are ignored).
"""

from datetime import date, datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

Instant = Annotated[datetime, AwareDatetime]
Day = date

REGISTRY: dict[str, type["Contract"]] = {}


class Part(BaseModel):
    """A value inside an event."""

    model_config = ConfigDict(frozen=True)


class Contract(Part):
    """A fact that crosses Kafka. `TYPE` is its CloudEvents type, `TOPIC` where it is published."""

    TYPE: ClassVar[str]
    TOPIC: ClassVar[str]

    def __init_subclass__(cls, *, name: str, version: int = 1, house: str = "assay") -> None:
        """Register the class under `<house>.<service>.<event>.v<version>` on topic `<house>.<service>`."""
        cls.TYPE = f"{house}.{name}.v{version}"
        cls.TOPIC = f"{house}.{name.partition('.')[0]}"
        if cls.TYPE in REGISTRY:
            raise TypeError(f"two contracts are called {cls.TYPE}")
        REGISTRY[cls.TYPE] = cls

    @classmethod
    def fact(cls) -> str:
        """The name the rulebook uses, without house and version: `notification.engagement-notified`."""
        return cls.TYPE.split(".", 1)[1].rpartition(".v")[0]
