"""The script for web pages, `snippet/touchpoint.js`: ours, without a dependency, less than 6 KB as it is (ES2017).

    <script>touchpoint = window.touchpoint || function () { (touchpoint.q = touchpoint.q || []).push(arguments); }
    </script>
    <script async src="https://gateway.example/touchpoint.js" data-key="WRITE-KEY" data-consent="required"></script>

The first line is only for pages that call before the script is there. Calls:

- `touchpoint('track', 'payment.failed', {reason: 'declined'}, 'order:7')`: any type that the key may send, its data,
  and the business object;
- `touchpoint('identify', 'C-7', {email: ..., phone: ..., loyalty_card: ...}, {tier: 'gold'})`: who it is from now on;
  the key must allow `customer.updated`, and `identity.linked` if the visitor's past is to become the customer's;
- `touchpoint('reset')`: nobody any more, as after signing out;
- `touchpoint('page', '/checkout/pay')`: a page that the address does not tell;
- `touchpoint('consent', true)`, or false, which forgets everything in the browser too.

By itself it sends `page.viewed`, also where a page changes its address without loading; `click.raged` (more than three
clicks in a second in one place), `click.dead` (on something that should do something, and nothing changed for a
second), `click.failed` (an error within a second of a click) and `error.shown` (any other error, and a form that the
browser refuses). It knows elements by tag and id and errors by name and line, never by what people typed.

With `data-consent="required"` nothing is kept or sent, and nothing remembered for later, until consent is given.

It posts JSON arrays as text/plain to `v1/touchpoints` beside itself, a second after the first of up to twenty; while a
page goes away by sendBeacon, or by fetch with keepalive where that is refused. What could not be sent stays in
localStorage, 200 touchpoints at most, of which the oldest goes first, and is sent again after 2, 4, 8 ... 60 seconds,
when the browser is back online, and on the next page. A 4xx is final. A touchpoint of more than 3,000 characters is
not sent. Touchpoints that hold an e-mail address or a phone number wait in memory only.
"""

from pathlib import Path
from typing import Final

import msgspec

_SCRIPT: Final = Path(__file__).parent / "snippet" / "touchpoint.js"


class Asset(msgspec.Struct, frozen=True):
    """A file as it is served."""

    body: bytes
    media_type: str


def touchpoint_js() -> Asset:
    """Return the script for web pages."""
    return Asset(_SCRIPT.read_bytes(), "text/javascript; charset=utf-8")
