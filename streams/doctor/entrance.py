"""At the door: whether the cluster lets a component do what it will do, asked before it begins."""

from typing import Final

from aiokafka.errors import KafkaError

from streams.broker.refusal import refusal
from streams.doctor.rights import Right, lacking
from streams.errors import BrokerError
from streams.settings.declared import Part

REMEDY: Final = "grant it: deploy/kafka/acls.sh does, deploy/kafka/ACLS.md is the list"
_SHOWN: Final = 5


async def enter(servers: str, part: Part, namespace: str = "") -> None:
    """Return when nobody refuses us; raise BrokerError with what is refused, and SettingError for a wrong setting.

    A cluster that is away refuses nobody: each component knows by itself what it does without one.
    """
    if (refused := await refusal(servers)) is not None:
        raise refused
    try:
        missing = await lacking(servers, part, namespace)
    except (BrokerError, KafkaError, OSError, TimeoutError):
        return
    if missing:
        raise BrokerError(f"the {part} lacks {shown(missing)}", place=servers, remedy=REMEDY)


def shown(missing: list[Right]) -> str:
    """Return the first of them in words, and how many more there are."""
    more = len(missing) - _SHOWN
    return ", ".join(map(str, missing[:_SHOWN])) + (f" and {more} more" if more > 0 else "")
