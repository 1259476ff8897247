"""Folders and files: room, the right to write, and that nobody else reads what is secret."""

import asyncio
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from streams.doctor.finding import Finding, failed, ok, warning
from streams.doctor.patient import Patient
from streams.settings.catalogue import is_variable
from streams.settings.declared import Part

DISK: Final = "disk"
SECRETS: Final = "secrets"
MOUNTED: Final = Path("/run/secrets")  # where Compose puts secrets, readable by all, and nobody else is in there
LEAST_BYTES: Final = 200_000_000
_MIB: Final = 1 << 20
_OURS: Final = (
    "gateway/keys.json", "gateway/admin.token", "gateway/identity.key", "desk/signing.key", "desk/desk.db",
)  # fmt: skip


async def disk(patient: Patient) -> list[Finding]:
    """Write a file into the data folder, and see how many more would fit."""
    return await asyncio.to_thread(_disk, patient)


async def secrets(patient: Patient) -> list[Finding]:
    """Look at the modes of files that hold secrets; those of a secret store may be read by their group."""
    findings = list(_secrets(patient))
    return findings or [ok(SECRETS, "nobody else may read the files that hold them")]


def _disk(patient: Patient) -> list[Finding]:
    folder = patient.folder
    there = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.NamedTemporaryFile(dir=there, prefix=".touchpoint-doctor-") as file:
            file.write(b"ok")
            file.flush()
            os.fsync(file.fileno())
        free = shutil.disk_usage(there).free
    except OSError as error:
        remedy = f"make {there} writable for this user, or choose another with TOUCHPOINT_DATA_DIR"
        return [failed(DISK, f"{folder} cannot be written: {error.strerror}", remedy)]
    if free < LEAST_BYTES:
        return [failed(DISK, f"{folder} has {free // _MIB} MiB left", "free some space, or choose another disk")]
    wanted = patient.settings.gateway_spool_bytes + patient.settings.gateway_upload_bytes
    if Part.GATEWAY in patient.parts and free < wanted:
        seen = f"{folder} has {free // _MIB} MiB left, spool and uploads may grow to {wanted // _MIB}"
        return [warning(DISK, seen, "free some space, or lower TOUCHPOINT_GATEWAY_SPOOL_MB and ..._UPLOAD_MB")]
    return [ok(DISK, f"{folder} can be written, {free // _MIB:,} MiB are left")]


def _secrets(patient: Patient) -> Iterator[Finding]:
    for path in (patient.folder / name for name in _OURS):
        if path.exists() and _is_open(path):
            mode = stat.S_IMODE(path.stat().st_mode)
            yield failed(SECRETS, f"{path} may be read by others (mode {mode:o})", f"chmod 600 {path}")
    for name, value in sorted(patient.environ.items()):
        if not (name.endswith("_FILE") and is_variable(name) and value and is_variable(name.removesuffix("_FILE"))):
            continue
        path = Path(value)
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except OSError as error:
            yield failed(SECRETS, f"{name}: {path} cannot be read: {error.strerror}", "mend the path or its mode")
            continue
        if mode & stat.S_IRWXO and not path.is_relative_to(MOUNTED):
            yield warning(SECRETS, f"{name}: everybody may read {path} (mode {mode:o})", f"chmod o-rwx {path}")


def _is_open(path: Path) -> bool:
    """Return whether others than its owner can read a file: its own mode lets them, and that of its folder."""
    mode, folder = path.stat().st_mode, path.parent.stat().st_mode
    ways = ((stat.S_IRWXG, stat.S_IXGRP), (stat.S_IRWXO, stat.S_IXOTH))
    return any(mode & of_file and folder & of_folder for of_file, of_folder in ways)
