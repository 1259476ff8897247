"""What every answer of the page tells the browser to refuse."""

from typing import Final

from streams.serving import page_headers

# Without any referrer, browsers would not say which page sent a form.
GUARDS: Final = page_headers.GUARDS | {"Referrer-Policy": "same-origin"}
