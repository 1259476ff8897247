"""The processes themselves: whether each answers, is ready, shows its metrics, and has the right time."""

import asyncio
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from streams.doctor.clock import apart, together
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.settings.redacted import redacted

TIMEOUT_SEC: Final = 4.0
_OK: Final = 200
_MOST_SAID: Final = 200  # bytes of an answer that are shown
_DATE_SEC: Final = 1.0  # how exact the date of an HTTP answer is


async def check(patient: Patient) -> list[Finding]:
    """Ask each for its readiness and its metrics, and compare the clocks."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SEC)
    async with aiohttp.ClientSession(timeout=timeout) as client:
        asked = [_one(patient, client, name, url) for name, url in patient.addresses.items()]
        answers = await asyncio.gather(*asked)
    findings = [finding for found, _ in answers for finding in found]
    clocks = [name for (_, has_clock), name in zip(answers, patient.addresses, strict=True) if has_clock]
    if not any(finding.check == "clock" for finding in findings):
        findings.append(together(patient, clocks))
    return findings


async def _one(patient: Patient, client: aiohttp.ClientSession, name: str, url: str) -> tuple[list[Finding], bool]:
    shown = redacted(url)
    try:
        async with client.get(f"{url}/readyz") as ready:
            told, clock = ready.status, _time(ready.headers.get("Date", ""))
            said = (await ready.content.read(_MOST_SAID)).decode(errors="replace").strip()
        async with client.get(f"{url}/metrics") as metrics:
            has_metrics = metrics.status == _OK
            await metrics.read()
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        what = "does not answer in time" if isinstance(error, TimeoutError) else "nobody answers"
        command = name.partition(" ")[0]
        remedy = f"start it (`touchpoint {command}`), see its log, or say where it is"
        return [failed(name, f"{shown}: {what}", remedy)], False
    findings = [] if clock is None else apart(patient, name, clock, _DATE_SEC)
    if told != _OK:
        remedy = "wait while it recovers; after minutes see its log and what its metrics say of the broker"
        findings.append(failed(name, f"{shown} is not ready: {said}", remedy))
    if not has_metrics:
        remedy = "see that nothing in between, like a proxy, answers for it; Prometheus has to be let at it"
        findings.append(warning(name, f"{shown}/metrics cannot be read", remedy))
    if told == _OK and has_metrics:
        findings.append(ok(name, f"{shown} is ready and shows its metrics"))
    return findings, clock is not None


def _time(date: str) -> float | None:
    """Return the seconds since the epoch that a header names; None where it names none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
