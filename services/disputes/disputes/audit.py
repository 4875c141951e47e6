"""What an audit compares of this service's tables."""

from chassis.audit.read_models import ReadModels
from chassis.audit.standalone import run
from disputes.aggregates import MATTERS

READ_MODELS = ReadModels(aggregates=(MATTERS,))

if __name__ == "__main__":
    run(READ_MODELS)
