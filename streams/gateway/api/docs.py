"""The documentation page: what each operation takes, and what each of its answers means."""

from html import escape
from typing import Any

from streams.serving import docs


def page(document: dict[str, Any]) -> str:
    """Return the page of a document."""
    return docs.page(document, "KEY", "touchpoint gateway keys create", _operation)


def _operation(operation: dict[str, Any]) -> str:
    statuses = "".join(
        f"<li>{escape(status)}: {escape(said['description'])}</li>" for status, said in operation["responses"].items()
    )
    bodies = operation.get("requestBody", {}).get("content", {})
    return (
        f"<p>{escape(operation['summary'])}.</p>"
        + docs.parameters(operation)
        + "".join(docs.schema(media_type, body["schema"]) for media_type, body in bodies.items())
        + f"<ul>{statuses}</ul>"
    )
