"""Everything that crosses Kafka, as an AsyncAPI 3 document."""

import inspect
from pathlib import Path
from typing import Any, Final

import orjson

import contracts
from contracts import Contract
from contracts.topics import TOPICS, Topic

FOLDER: Final = Path(contracts.__file__).parent
JSON_SCHEMA: Final = "application/schema+json;version=draft-2020-12"
HEADERS: Final = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_subject", "ce_time"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique within the source."},
        "ce_source": {"type": "string", "description": "Who publishes it: `assay.<service>`, or an outside system."},
        "ce_type": {"type": "string", "description": "The message's name, with its version."},
        "ce_subject": {
            "type": "string",
            "description": "The engagement's id, or what the contract names.",
        },
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_sequence": {
            "type": "string",
            "description": "Counts without gaps per source and subject.",
        },
        "ce_causationid": {"type": "string", "description": "The request or the message that led to it."},
        "traceparent": {"type": "string", "description": "The span that made it (W3C Trace Context)."},
    },
}


def document() -> dict[str, Any]:
    """The document."""
    schemas: dict[str, Any] = {}
    messages = {contract.TYPE: _message(contract, schemas) for contract in contracts.REGISTRY.values()}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Assay", "version": "1", "description": "CloudEvents 1.0, Kafka binding, binary mode."},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS},
        "operations": {f"publish-{topic.name}": _operation(topic) for topic in TOPICS},
        "components": {"messages": messages, "schemas": dict(sorted(schemas.items()))},
    }


def _channel(topic: Topic) -> dict[str, Any]:
    carried = [contract.TYPE for contract in contracts.REGISTRY.values() if topic.name == contract.TOPIC]
    configuration = {
        "cleanup.policy": topic.config["cleanup.policy"].split(","),
        **({"retention.ms": int(topic.config["retention.ms"])} if "retention.ms" in topic.config else {}),
    }
    return {
        "address": topic.name,
        "description": f"Written by {topic.owner}.",
        "messages": {type: {"$ref": f"#/components/messages/{type}"} for type in carried},
        "bindings": {"kafka": {"partitions": topic.partitions, "topicConfiguration": configuration}},
    }


def _operation(topic: Topic) -> dict[str, Any]:
    return {"action": "send", "channel": {"$ref": f"#/channels/{topic.name}"}, "summary": f"By {topic.owner}."}


def _message(contract: type[Contract], schemas: dict[str, Any]) -> dict[str, Any]:
    module = contract.__module__.rpartition(".")[2]
    schema = contract.model_json_schema(ref_template=f"#/components/schemas/{module}.{{model}}")
    schemas.update({f"{module}.{name}": part for name, part in schema.pop("$defs", {}).items()})
    return {
        "name": contract.TYPE,
        "title": contract.__name__,
        "summary": inspect.getdoc(contract),
        "contentType": "application/json",
        "headers": HEADERS,
        "payload": {"schemaFormat": JSON_SCHEMA, "schema": schema},
        "examples": [{"payload": orjson.loads((FOLDER / "examples" / f"{contract.TYPE}.json").read_bytes())}],
    }
