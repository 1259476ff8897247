"""The one error tree.

TouchpointError
├── UsageError          the caller asked for something that cannot be (exit code 2)
│   ├── SettingError    a setting is missing, unknown or out of range
│   └── LoadError       a file the user wrote is wrong at a line and column
├── BrokerError         Kafka is not there, refuses, or differs from what the catalogue says
├── DiskError           a file that a process keeps for itself cannot be written or read
├── DownloadError       a package could not be fetched through its ordinary client
└── CorruptError        stored bytes are not what this version can read

Every error carries what happened, where, and the remedy; the command line prints the three and never a traceback.
"""

from dataclasses import dataclass


class TouchpointError(Exception):
    """Base of all errors that are explained to a person."""

    exit_code = 1

    def __init__(self, message: str, *, remedy: str = "", place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.place = place

    def __str__(self) -> str:
        """Return place, message and remedy as one line."""
        head = f"{self.place}: {self.message}" if self.place else self.message
        return f"{head} ({self.remedy})" if self.remedy else head


class UsageError(TouchpointError):
    """Raise when the command or the call itself is wrong."""

    exit_code = 2


class SettingError(UsageError):
    """Raise when a setting is missing, unknown or out of range; the place is its name and origin."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a file that a person wrote; lines and columns count from 1."""

    path: str
    line: int
    column: int
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        """Return the finding as compilers print them."""
        return f"{self.path}:{self.line}:{self.column}: {self.message}" + (f" ({self.remedy})" if self.remedy else "")


class LoadError(UsageError):
    """Raise with every finding of a file at once, so that it can be mended in one go."""

    def __init__(self, findings: "list[Finding]") -> None:
        super().__init__("\n".join(map(str, findings)))
        self.findings = findings


class BrokerError(TouchpointError):
    """Raise when Kafka is not there, refuses, or differs from the catalogue."""


class DiskError(TouchpointError):
    """Raise when a file that a process keeps for itself cannot be written or read; the place is its folder."""


class DownloadError(TouchpointError):
    """Raise when a package could not be fetched."""


class CorruptError(TouchpointError):
    """Raise when stored bytes cannot be read by this version."""
