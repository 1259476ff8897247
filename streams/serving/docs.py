"""The documentation page: an OpenAPI document in plain HTML, without scripts and without anything from elsewhere."""

import base64
import hashlib
import json
from collections.abc import Callable
from html import escape
from typing import Any, Final

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "h2{font-size:1rem;margin:2rem 0 .25rem}code,pre{font:14px/1.4 ui-monospace,monospace}"
    "pre{overflow:auto;padding:.5rem;border:1px solid #8888;border-radius:4px}summary{cursor:pointer}"
)
CSP: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
Draw = Callable[[dict[str, Any]], str]


def page(document: dict[str, Any], credential: str, command: str, draw: Draw) -> str:
    """Return the page of a document.

    `credential` is what stands behind `Bearer`, `command` makes one. `draw` returns the HTML of an operation,
    below its method and path.
    """
    info = document["info"]
    operations = "".join(
        _operation(method, path, operation, draw)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    )
    types = "".join(_type(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    title = escape(f"{info['title']} {info['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body><main>'
        f"<h1>{title}</h1><p>{escape(info['description'])}</p>"
        f"<p>Send <code>Authorization: Bearer {escape(credential)}</code> (<code>{escape(command)}</code>). "
        'For programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{operations}<h1>Types</h1>{types}</main></body></html>"
    )


def parameters(operation: dict[str, Any]) -> str:
    """Return the names of an operation's parameters, if it has any."""
    names = ", ".join(f"<code>{escape(each['name'])}</code>" for each in operation["parameters"])
    return f"<p>Parameters: {names}</p>" if names else ""


def schema(name: str, value: dict[str, Any]) -> str:
    """Return a schema that opens when its name is clicked."""
    text = escape(json.dumps(value, indent=2, ensure_ascii=False))
    return f"<details><summary>{escape(name)}</summary><pre>{text}</pre></details>"


def _operation(method: str, path: str, operation: dict[str, Any], draw: Draw) -> str:
    return (
        f'<section id="{escape(operation["operationId"])}"><h2><code>{method.upper()} {escape(path)}</code></h2>'
        f"{draw(operation)}</section>"
    )


def _type(name: str, value: dict[str, Any]) -> str:
    return f'<section id="type-{escape(name)}">{schema(name, value)}</section>'
