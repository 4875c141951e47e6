"""Makes what the services need before they start, where no supervisor does: their keys, and the topics."""

import asyncio
import os

from assay_stack.home import Home
from assay_stack.keys import make_keys, seal_key
from assay_stack.services import SERVICES
from assay_stack.topics import create


def make_all_keys(home: Home) -> None:
    """The keys of the deployment, and one for the seals of each service. A key that exists is never replaced."""
    make_keys(home)
    for service in SERVICES:
        seal_key(home, service.name)


if __name__ == "__main__":
    make_all_keys(Home.here())
    print(asyncio.run(create(os.environ["ASSAY_KAFKA"])))
