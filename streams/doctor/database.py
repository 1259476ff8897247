"""The desk's database: whether it answers, has the tables of this version, and can be written."""

import asyncio
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from streams.desk.store.examine import examine
from streams.doctor.clock import apart
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.settings.redacted import redacted

NAME: Final = "database"
_FILE: Final = "sqlite:///"


async def check(patient: Patient) -> list[Finding]:
    """Look at it as the desk would use it."""
    url = patient.settings.database_url or f"{_FILE}{patient.folder / 'desk' / 'desk.db'}"
    shown = redacted(patient.settings.database_url) or url
    if url.startswith(_FILE) and not await asyncio.to_thread(Path(url.removeprefix(_FILE)).exists):
        return [warning(NAME, f"there is no {shown} yet", "start the desk once: it makes its tables")]
    standing = await examine(url)
    if not standing.is_reachable:
        host = urlsplit(shown).hostname or shown
        remedy = f"start it, or mend TOUCHPOINT_DATABASE_URL: name, password, and that {host} can be reached from here"
        return [failed(NAME, f"{shown} does not answer ({standing.problem})", remedy)]
    findings = []
    if standing.clock_ms is not None:
        findings += apart(patient, "the database", standing.clock_ms / 1000)
    if not standing.is_writable:
        remedy = "give its user all rights on the tables, see that the disk has room and the server is no replica"
        findings.append(failed(NAME, f"{shown} cannot be written ({standing.problem})", remedy))
    if not standing.version:
        findings.append(failed(NAME, f"{shown} has no tables of the desk", "start the desk once: it makes its tables"))
    elif standing.version != standing.needed:
        seen = f"{shown} has version {standing.version} of the tables, this program {standing.needed}"
        findings.append(failed(NAME, seen, "start this version's desk, which mends an older one; or run the newer one"))
    return findings or [ok(NAME, f"{shown} has the tables of version {standing.version} and can be written")]
