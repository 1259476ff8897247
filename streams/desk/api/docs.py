"""The documentation page: what each operation needs, takes and answers."""

from html import escape
from typing import Any

from streams.serving import docs


def page(document: dict[str, Any]) -> str:
    """Return the page of a document."""
    return docs.page(document, "tpd_...", "touchpoint desk tokens create", _operation)


def _operation(operation: dict[str, Any]) -> str:
    right = operation.get("x-right")
    statuses = ", ".join(operation["responses"])
    body = operation.get("requestBody")
    return (
        f"<p>{escape(operation['summary'])}.{f' Needs the right <code>{escape(right)}</code>.' if right else ''}</p>"
        + docs.parameters(operation)
        + (docs.schema("Body", body["content"]["application/json"]["schema"]) if body else "")
        + f"<p>Answers: {escape(statuses)}</p>"
    )
