"""Rules: whether they load, and whether all workers run the ones that are in force."""

import asyncio
from pathlib import Path
from typing import Final

from streams.broker.rule_sets import Published
from streams.broker.rule_sets import read as read_published
from streams.codec import rule_sets, vocabulary
from streams.codec import rules as rule_files
from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.errors import LoadError, TouchpointError
from streams.settings.settings import Settings

FILES: Final = "rules"
IN_FORCE: Final = "rules in force"
SILENT_MS: Final = 200_000  # a worker reports every minute: one that has missed three is gone
_SHOWN: Final = 5


async def files(patient: Patient) -> list[Finding]:
    """Load them as a worker does."""
    return await asyncio.to_thread(_files, patient.settings)


async def in_force(patient: Patient) -> list[Finding]:
    """Compare what is published, what the workers say that they run, and the files."""
    published = await read_published(patient.settings.bootstrap_servers)
    active = published.active
    if active is None:
        return [ok(IN_FORCE, "nothing is published: each worker runs its files")]
    findings = _workers(published, int(patient.now() * 1000))
    try:
        own = rule_sets.digest(rule_sets.gather(patient.settings.rules))
    except TouchpointError:
        own = active.digest  # said by the check of the files
    if own != active.digest and patient.settings.rules != Settings().rules:
        seen = f"the files differ from version {active.version}, which is in force"
        findings.append(warning(IN_FORCE, seen, "touchpoint rules publish PATH..., or take the published files"))
    return findings or [ok(IN_FORCE, f"version {active.version} on every worker that reports")]


def _files(settings: Settings) -> list[Finding]:
    try:
        known = vocabulary.shipped(tuple(map(Path, settings.vocabulary)))
        rules = rule_files.read(settings.rules, known)
    except LoadError as error:
        return [
            failed(FILES, f"{one.path}:{one.line}:{one.column}: {one.message}", one.remedy or "touchpoint rules check")
            for one in error.findings[:_SHOWN]
        ]
    except TouchpointError as error:
        return [failed(FILES, f"{error.place}: {error.message}", error.remedy)]
    return [ok(FILES, f"{len(rules)} rules load")]


def _workers(published: Published, now_ms: int) -> list[Finding]:
    active = published.active
    findings = []
    for report in published.reports.values():
        if active is None or now_ms - report.written_at > SILENT_MS:
            continue
        if report.refused is not None and report.refused.version == active.version:
            remedy = "update that worker, or publish rules that it can read"
            findings.append(
                failed(IN_FORCE, f"{report.worker} refuses version {active.version}: {report.refused.reason}", remedy)
            )
        elif report.version != active.version:
            seen = f"{report.worker} runs version {report.version}, version {active.version} is in force"
            findings.append(warning(IN_FORCE, seen, "give it a minute; `touchpoint rules status` then says why"))
    return findings
