"""The canary, once: whether a made-up customer is heard on the whole way, from the gateway to the desk's notice."""

import asyncio
import contextlib
import sys
from typing import Final

from streams.doctor.finding import Finding, failed, ok
from streams.doctor.patient import Patient

NAME: Final = "canary"
PATIENCE_SEC: Final = 90.0  # it gives each round the time-out of its settings
_UNHEARD: Final = 1
_ALONE: Final = "`touchpoint canary --once` says the same; deploy/prometheus/RUNBOOKS.md what to do"


async def check(patient: Patient) -> list[Finding]:
    """Let it sing as `touchpoint canary --once` does, with what this environment says."""
    command = [sys.executable, "-P", "-m", "streams.cli", "canary", "--once"]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdout=pipe, stderr=pipe, env=dict(patient.environ) or None
    )
    try:
        async with asyncio.timeout(PATIENCE_SEC):
            told, said = await process.communicate()
    except TimeoutError:
        return [failed(NAME, f"no answer within {PATIENCE_SEC:g} s", _ALONE)]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    stages = "; ".join(" ".join(line.split()) for line in told.decode(errors="replace").splitlines())
    if process.returncode == 0:
        return [ok(NAME, stages)]
    why = (said.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1]
    return [failed(NAME, stages or why if process.returncode == _UNHEARD else f"it cannot sing: {why}", _ALONE)]
