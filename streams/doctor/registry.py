"""The schema registry, where there is one: whether it answers, and has schemas that ours go with."""

from typing import Final

from streams.codec import shipped
from streams.codec.registry import SchemaStore, compatibility, subject
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.settings.redacted import redacted

NAME: Final = "registry"
_REMEDY: Final = "start it, or mend TOUCHPOINT_SCHEMA_REGISTRY_URL; left out, the shipped schemas are all there is"


async def check(patient: Patient) -> list[Finding]:
    """Ask it for each of our records."""
    url = patient.settings.schema_registry_url
    if not url:
        return [ok(NAME, "none is set: the shipped schemas are all there is")]
    store, place = SchemaStore(url), redacted(url)
    try:
        known = {record: await compatibility(store, record) for record in shipped.RECORDS}
    except (OSError, TimeoutError, ValueError) as error:
        return [failed(NAME, f"{place} does not answer ({type(error).__name__})", _REMEDY)]
    finally:
        await store.close()
    if wrong := [subject(record) for record, is_so in known.items() if is_so is False]:
        remedy = "another program has registered them otherwise: give it other subjects, or this deployment a registry"
        return [failed(NAME, f"{place}: our schema does not go with {', '.join(wrong)}", remedy)]
    if missing := [subject(record) for record, is_so in known.items() if is_so is None]:
        remedy = "touchpoint topics create --schema-registry-url URL"
        return [warning(NAME, f"{place}: not registered: {', '.join(missing)}", remedy)]
    return [ok(NAME, f"{place} has our {len(known)} schemas")]
