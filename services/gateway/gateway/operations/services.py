"""The services that operations may ask, and how long each may take to answer."""

from typing import Literal

ServiceName = Literal["gateway", "notification", "artefact-review", "execution-tracker", "certification", "disputes"]
ANSWER_SECONDS = 2.0
"""So long a service may be away before it is said to be."""
