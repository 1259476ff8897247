"""deploy/SETTINGS.md: every setting there is, made of the declarations."""

from typing import Final

from streams.settings.canary import CANARY
from streams.settings.catalogue import FURTHER, HANDED
from streams.settings.declared import Part, Secret
from streams.settings.further import FAMILIES
from streams.settings.kafka import KAFKA
from streams.settings.lane import LANE
from streams.settings.setting import PREFIX, Setting

_HEAD: Final = f"""\
# Settings

Made by `touchpoint config reference` from the declarations in `streams/settings`.

Flags come first, then the environment, then the file that `touchpoint --config FILE` or `{PREFIX}CONFIG` names.
In the environment a setting is `{PREFIX}` and its name in capitals; in the file, which is TOML, it is its name.
Lists are apart by blanks in the environment, `["a", "b"]` in the file, and flags that come several times.
Secrets are for the environment alone: in the variable, or in the file that `<variable>_FILE` names, and not both.

`touchpoint config show` prints what processes would run with and where each value comes from.
`touchpoint config check` names every mistake, `touchpoint doctor` looks at the deployment too.
A variable that begins with `{PREFIX}` and is none of these is a warning when a process starts, since others may share
its environment; `config check` and `touchpoint doctor` fail over it.
"""
_GROUPS: Final = (
    ("Processes and commands", HANDED),
    ("Kafka's clients", KAFKA),
    ("The worker's lane", LANE),
    ("The canary", CANARY),
    ("Secrets, and what only the environment says", FURTHER),
)


def markdown() -> str:
    """Return the document."""
    parts = [_HEAD]
    for title, settings in _GROUPS:
        rows = "\n".join(map(_row, settings))
        parts.append(f"## {title}\n\n| setting | flag | default | values | used by | what it is |\n"
                     f"| --- | --- | --- | --- | --- | --- |\n{rows}\n")  # fmt: skip
    families = "\n".join(f"- `{name}`: {what}" for name, what in FAMILIES.items())
    parts.append(f"Variables whose names are made of what they are for; each may end in `_FILE` too:\n\n{families}\n")
    return "\n".join(parts)


def _row(setting: Setting) -> str:
    declared = setting.declared
    default = " ".join(setting.default) if isinstance(setting.default, tuple) else str(setting.default)
    values = setting.bounds or (f"`{declared.example}`" if declared.example else declared.metavar)
    users = "all" if set(declared.users) == set(Part) else ", ".join(declared.users)
    more = {Secret.NONE: "", Secret.WHOLE: " Secret.", Secret.URL: f" May bear a password: `{setting.file_variable}`."}
    cells = (
        f"`{setting.name}`",
        f"`{setting.flag}`" if setting.flag else "",
        f"`{default}`" if default else "",
        values,
        users,
        f"{declared.help}{more[declared.secret]}",
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
