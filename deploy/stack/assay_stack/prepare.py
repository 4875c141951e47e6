"""Makes what the services need, where no supervisor does.

`keys` is made before anything starts. `kafka` is made once the broker answers: the topics, and the rules of who may
write to which; it speaks to the broker as `operator`.
"""

import asyncio
import os
import sys

from assay_stack.home import Home
from assay_stack.kafka_keys import OPERATOR, client_folder, make_kafka_keys
from assay_stack.kafka_rules import set_rules
from assay_stack.keys import make_keys, seal_key
from assay_stack.services import SERVICES
from assay_stack.topics import create
from kernel.broker import client_options


def make_all_keys(home: Home) -> None:
    """The keys of the deployment, and one for the seals of each service. A key that exists is never replaced."""
    make_keys(home)
    for service in SERVICES:
        seal_key(home, service.name)
    make_kafka_keys(home)


async def make_kafka(home: Home, address: str) -> None:
    """The topics, and the rules of who may do what."""
    kafka = client_options(address, str(client_folder(home, OPERATOR)))
    created = await create(kafka)
    print(f"{len(created)} topics were created, {await set_rules(kafka)} rules are set")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["keys"]:
            make_all_keys(Home.here())
        case ["kafka"]:
            asyncio.run(make_kafka(Home.here(), os.environ["ASSAY_KAFKA"]))
        case _:
            sys.exit("Name what is to be made: keys or kafka.")
