"""What an audit compares of this service's tables: the read side, with what the services have published."""

from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from gateway.read_side.projection import PROJECTION

ANSWERED = "what services answered a caller: it is in no event"

READ_MODELS = ReadModels(
    projection=PROJECTION,
    not_derived={
        "acknowledged": ANSWERED,
        "latest_command": ANSWERED,
        "clock_move": "the last move of rehearsal time: a setting",
        "engagement.tasks_derived": "whether the tasks of the engagement are kept yet",
        "engagement.traced": "whether the span of the engagement was reported",
    },
)

if __name__ == "__main__":
    run(READ_MODELS)
