"""A desk in a process of its own, which a test can kill: `python -m ... <database URL> <address of a webhook>`."""

import asyncio
import sys
import time

from streams.desk.notify.channels import build
from streams.desk.notify.receiver import ChannelSpec, Receiver
from streams.desk.notify.sender import Sender
from streams.desk.store.database import connect
from tests.contract.desk.notify.desk import Heard
from tests.unit.desk.notify.notices import LINKS


def now() -> int:
    """Return the time in ms."""
    return int(time.time() * 1000)


async def main(database_url: str, webhook_url: str) -> None:
    """Send what is owed until killed."""
    receiver = Receiver("store-team", (ChannelSpec("webhook", {"url": webhook_url, "secret_env": "SECRET"}),))
    channels = build([receiver], environ={"SECRET": "s" * 32}, links=LINKS, now=now)
    await Sender(connect(database_url), {receiver.name: receiver}, channels, Heard(), now=now).run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
