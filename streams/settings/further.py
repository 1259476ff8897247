"""Settings that no process is handed: secrets, which are read where they are used, and those of the command itself."""

from typing import Annotated, Final

import msgspec

from streams.settings.declared import EVERY, Declared, Holds, Part, Secret

_LONG: Final = ".{32,}"


class Further(msgspec.Struct, frozen=True, kw_only=True):
    """From the environment alone, since a secret on a command line is seen by everybody, and in a file by too many."""

    config: Annotated[
        str,
        Declared("A TOML file of settings.", EVERY, "", holds=Holds.FILE, example="/etc/touchpoint.toml"),
    ] = ""
    cache_dir: Annotated[
        str,
        Declared("Where packages of the embedded broker are kept.", (Part.COMMANDS,), "", holds=Holds.HOME),
    ] = ""
    maven_repository: Annotated[
        str,
        Declared("A mirror that the embedded broker is fetched from.", (Part.COMMANDS,), "", holds=Holds.URL),
    ] = ""
    identity_secret: Annotated[
        str,
        Declared(
            "What mail addresses and phone numbers are hashed with; made once in the data folder otherwise. Who loses "
            "it hashes the same address to another customer.",
            (Part.GATEWAY,),
            "",
            secret=Secret.WHOLE,
        ),
    ] = ""
    gateway_admin_token: Annotated[
        str,
        Declared(
            "Opens the page on which keys are made, 32 characters or more; made once in the data folder otherwise.",
            (Part.GATEWAY,),
            "",
            secret=Secret.WHOLE,
            shape=_LONG,
        ),
    ] = ""
    signing_key: Annotated[
        str,
        Declared(
            "Signs the links in messages, 32 characters or more; made once in the data folder otherwise. A second "
            "line may hold the key before.",
            (Part.DESK,),
            "",
            secret=Secret.WHOLE,
            shape=rf"{_LONG}(\s.*)?",
        ),
    ] = ""
    canary_key: Annotated[
        str, Declared("The canary's key for the gateway.", (Part.CANARY,), "", secret=Secret.WHOLE)
    ] = ""
    canary_secret: Annotated[
        str,
        Declared(
            "What the desk signs its notice to the canary with; made once in a data folder that they share otherwise.",
            (Part.CANARY, Part.DESK),
            "",
            secret=Secret.WHOLE,
        ),
    ] = ""
    slack_signing_secret: Annotated[
        str,
        Declared(
            "Proves that a button was pressed in Slack; without one there are none.",
            (Part.DESK,),
            "",
            secret=Secret.WHOLE,
        ),
    ] = ""


# Families of variables whose names are made of what they are for, with what they are; all of them may end in _FILE.
FAMILIES: Final = {
    "TOUCHPOINT_WEBHOOK_<PROVIDER>_SECRET": "What a provider's webhooks are signed with (deploy/gateway/PROVIDERS.md).",
}
FAMILY_SHAPES: Final = (r"TOUCHPOINT_WEBHOOK_[A-Z0-9_]+_SECRET(_FILE)?",)
