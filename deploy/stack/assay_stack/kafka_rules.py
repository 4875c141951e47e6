"""Who may do what at Kafka: each service writes to its own topics alone, and reads in groups of its own."""

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from enum import IntEnum

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest

from assay_stack.kafka_keys import OUTSIDE, SERVICE_NAMES
from contracts.topics import TOPICS, Topic
from kernel.broker import ClientOptions
from kernel.failure import Failure

ALLOW, ANY_HOST = 3, "*"


class Resource(IntEnum):
    """What a rule is about, as Kafka's protocol numbers it."""

    TOPIC = 2
    GROUP = 3


class Pattern(IntEnum):
    """How a rule names it."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """What is allowed; each lets its holder also see that the thing is there."""

    READ = 3
    WRITE = 4


@dataclass(frozen=True)
class Rule:
    """A client may do this. What no rule allows is refused."""

    resource: Resource
    name: str
    pattern: Pattern
    client: str
    operation: Operation


def rules() -> Iterator[Rule]:
    """Every rule of the deployment."""
    for topic in TOPICS:
        for client in writers(topic):
            yield Rule(Resource.TOPIC, topic.name, Pattern.LITERAL, client, Operation.WRITE)
    for service in SERVICE_NAMES:
        for topic in TOPICS:
            yield Rule(Resource.TOPIC, topic.name, Pattern.LITERAL, service, Operation.READ)
        yield Rule(Resource.GROUP, f"assay.{service}", Pattern.PREFIXED, service, Operation.READ)


def writers(topic: Topic) -> tuple[str, ...]:
    """Who writes to a topic: its owner; every service where none is named, as on the topic of chain heads."""
    return (topic.owner,) if topic.owner in (*SERVICE_NAMES, *OUTSIDE) else SERVICE_NAMES


async def set_rules(kafka: ClientOptions) -> int:
    """Have the broker keep every rule; how many there are. One that it has already changes nothing. Raises Failure."""
    admin, wanted = AIOKafkaAdminClient(**kafka), list(rules())
    await admin.start()
    try:
        for each in wanted:
            resource, name, pattern, client, operation = astuple(each)
            request = CreateAclsRequest(resource, name, pattern, f"User:{client}", ANY_HOST, operation, ALLOW)
            answer = await admin._send_to_controller(request)
            for error, said in answer.creation_responses:
                if error:
                    raise Failure(f"Kafka did not take a rule: {said} ({error}).", "See its log.")
        return len(wanted)
    finally:
        await admin.close()
