"""The settings themselves."""

from streams.doctor.finding import Finding, failed, ok
from streams.doctor.patient import Patient

NAME = "settings"


async def check(patient: Patient) -> list[Finding]:
    """Name each mistake."""
    if not patient.problems:
        return [ok(NAME, "every setting is known and has a value that can be")]
    return [failed(NAME, f"{one.place}: {one.message}", one.remedy) for one in patient.problems]
