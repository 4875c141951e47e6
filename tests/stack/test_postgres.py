"""The PostgreSQL of a stack."""

import re

from assay_stack.home import CHECKOUT
from assay_stack.postgres import TEXT


def test_compose_sorts_texts_as_the_server_that_was_tried_here() -> None:
    compose = (CHECKOUT / "deploy" / "compose.yaml").read_text()
    assert re.findall(r"POSTGRES_INITDB_ARGS: (.+)", compose) == [" ".join(TEXT)]
