"""All checks, and the run of them: side by side, each with a bound, and none in the way of another."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from aiokafka.errors import KafkaError

from streams.doctor import (
    canary,
    clock,
    configured,
    database,
    disk,
    fence,
    flow,
    kafka,
    namespace,
    processes,
    registry,
    rules,
)
from streams.doctor.finding import Finding, State, failed, skipped
from streams.doctor.patient import Patient
from streams.errors import TouchpointError
from streams.settings.declared import Part

EACH_SEC: Final = 5.0
CANARY_SEC: Final = canary.PATIENCE_SEC + EACH_SEC

Check = Callable[[Patient], Awaitable[list[Finding]]]

# Name -> (check, whose it is); in the order of the answer.
ALONE: Final[dict[str, tuple[Check, tuple[Part, ...]]]] = {
    configured.NAME: (configured.check, ()),
    disk.DISK: (disk.disk, ()),
    disk.SECRETS: (disk.secrets, ()),
    rules.FILES: (rules.files, (Part.WORKER, Part.DESK)),
    registry.NAME: (registry.check, ()),
    database.NAME: (database.check, (Part.DESK,)),
    "processes": (processes.check, ()),
}
# What needs a broker that answers.
ON_BROKER: Final[dict[str, tuple[Check, tuple[Part, ...]]]] = {
    kafka.TOPICS: (kafka.declared, ()),
    kafka.ACCESS: (kafka.access, ()),
    namespace.NAME: (namespace.check, (Part.WORKER,)),
    fence.NAME: (fence.check, (Part.WORKER,)),
    flow.BREAKER: (flow.breaker, (Part.WORKER,)),
    flow.LAG: (flow.lag, (Part.WORKER,)),
    flow.DEAD_LETTERS: (flow.dead_letters, (Part.WORKER,)),
    clock.NAME: (clock.of_records, ()),
    rules.IN_FORCE: (rules.in_force, (Part.WORKER,)),
}

BEHIND_NAMESPACE: Final = (flow.BREAKER, flow.LAG, flow.DEAD_LETTERS)  # what reads topics of the worker's own names


async def examine(patient: Patient, *, with_canary: bool = False) -> list[Finding]:
    """Return what all checks found, within ten seconds and a little; the canary takes as long as its round."""
    alone, on_broker = await asyncio.gather(_all(_wanted(ALONE, patient), patient), _kafka(patient))
    sung = await _bounded(canary.NAME, canary.check, patient, CANARY_SEC) if with_canary else []
    return [*alone, *on_broker, *sung]


async def _kafka(patient: Patient) -> list[Finding]:
    found = await _bounded(kafka.BROKER, kafka.broker, patient, EACH_SEC)
    wanted = _wanted(ON_BROKER, patient)
    if _has_failed(found):
        return [*found, *(skipped(name, "needs the broker") for name in wanted)]
    if namespace.NAME in wanted:
        named = await _bounded(namespace.NAME, wanted.pop(namespace.NAME), patient, EACH_SEC)
        if _has_failed(named):
            named += [skipped(name, "needs the worker's topics") for name in BEHIND_NAMESPACE if wanted.pop(name, None)]
        found += named
    return [*found, *await _all(wanted, patient)]


def _has_failed(found: list[Finding]) -> bool:
    return any(finding.state is State.FAILED for finding in found)


async def _all(wanted: dict[str, Check], patient: Patient) -> list[Finding]:
    found = await asyncio.gather(*(_bounded(name, check, patient, EACH_SEC) for name, check in wanted.items()))
    return [finding for findings in found for finding in findings]


def _wanted(checks: dict[str, tuple[Check, tuple[Part, ...]]], patient: Patient) -> dict[str, Check]:
    return {name: check for name, (check, parts) in checks.items() if not parts or set(parts) & set(patient.parts)}


async def _bounded(name: str, check: Check, patient: Patient, most_sec: float) -> list[Finding]:
    """Run one check; whatever it raises is a finding, too, and says what kind of error it was but nothing of it."""
    try:
        async with asyncio.timeout(most_sec):
            return await check(patient)
    except TimeoutError:
        return [
            failed(name, f"no answer within {most_sec:g} s", "see whether the network or the machine is overloaded")
        ]
    except TouchpointError as error:
        return [failed(name, f"{error.place}: {error.message}" if error.place else error.message, error.remedy)]
    except KafkaError as error:
        remedy = "see the broker's log; where it has access rules, who we sign in as may lack some"
        return [failed(name, f"Kafka refuses: {type(error).__name__}", remedy)]
    except Exception as error:  # noqa: BLE001 - what is looked at may answer anything, and the others are looked at too
        remedy = "see that what is there is ours and of this version; else it is a mistake of this check: report it"
        return [failed(name, f"this look broke off: {type(error).__name__}", remedy)]
