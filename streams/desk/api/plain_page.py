"""A page for people who are not signed in: a sentence, and a button at the most; no scripts, nothing from elsewhere."""

import base64
import hashlib
from html import escape
from typing import Any, Final

from litestar import MediaType, Response

_STYLE: Final = (
    "body{font:20px/1.5 system-ui,sans-serif;max-width:30rem;margin:20vh auto 0;padding:0 1rem;color-scheme:light dark}"
    "h1{font:inherit}button{font:inherit;padding:.5rem 1.5rem;cursor:pointer}"
)
CSP: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)


def plain_page(
    text: str, language: str, *, button: str = "", link: tuple[str, str] | None = None, status: int = 200
) -> Response[Any]:
    """Return the page. `button` posts to its own address; `link` is a path to go on to, and what it is called."""
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    further = f'<p><a href="{escape(link[0])}">{escape(link[1])}</a></p>' if link else ""
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(text)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(text)}</h1>{form}{further}</main></body></html>"
    )
    headers = {"content-security-policy": CSP}
    return Response(page, status_code=status, media_type=MediaType.HTML, headers=headers)
