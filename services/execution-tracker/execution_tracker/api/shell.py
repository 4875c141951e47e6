"""What every route needs: handing a command over, and reading a state for a caller who may see it."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from chassis.eventstore.cause import Cause
from chassis.eventstore.runtime import Runtime
from chassis.web.replies import respond
from execution_tracker.aggregates import EXECUTION
from execution_tracker.domain.decisions import Command
from execution_tracker.domain.events import Event
from execution_tracker.domain.execution import Execution
from kernel.audience import Duty
from kernel.engagement import EngagementUnknown
from kernel.principal import Principal

ANYTHING = TypeAdapter[Any](Any)
PREFIX = "/engagements/{engagement}"

Reply = Callable[[Execution, Sequence[Event]], dict[str, Any]]


async def handle(
    runtime: Runtime, cause: Cause, engagement: UUID, command: Command, reply: Reply, status: int = 200
) -> JSONResponse:
    """Have a command decided, and answer with what followed."""
    outcome = await runtime.handle(cause, EXECUTION, str(engagement), command, reply)
    return respond(outcome, status)


async def state_for(
    runtime: Runtime, caller: Principal, engagement: UUID, duty: Duty = "read"
) -> tuple[Execution, int]:
    """The state of an execution and its version, for a caller who has the duty in its engagement."""
    state, version = await runtime.state(EXECUTION, str(engagement))
    if state.engagement is None:
        raise EngagementUnknown()
    caller.must(duty, state.audience)
    return state, version


def plain(value: Any) -> Any:
    """A value of the domain as JSON has it."""
    return ANYTHING.dump_python(value, mode="json")
