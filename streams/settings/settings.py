"""Every setting, declared once; flags come first, then the environment, then the file, then the default.

Options of the command line, `touchpoint config` and deploy/SETTINGS.md are made of these declarations.
"""

from typing import Annotated, Final

import msgspec

from streams.settings.declared import EVERY, PROCESSES, Declared, Holds, Part, Secret

_MIB: Final = 1 << 20
_WORKER: Final = (Part.WORKER,)
_GATEWAY: Final = (Part.GATEWAY,)
_DESK: Final = (Part.DESK,)
_RULED: Final = (Part.WORKER, Part.DESK)
_TOPICS: Final = (Part.WORKER, Part.COMMANDS)
_ASKING: Final = (Part.DESK, Part.COMMANDS)
_COMMANDS: Final = (Part.COMMANDS,)
_KEEPING: Final = (Part.WORKER, Part.GATEWAY, Part.DESK)
_PORT: Final = 65_535


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process runs with. Environment names are `TOUCHPOINT_` plus the field in capitals."""

    bootstrap_servers: Annotated[
        str, Declared("Where Kafka is.", EVERY, metavar="HOST:PORT[,...]", holds=Holds.SERVERS, example="kafka-1:9092")
    ] = "127.0.0.1:9092"
    schema_registry_url: Annotated[
        str,
        Declared(
            "Any Confluent-compatible API; without one, the shipped schemas are all there is.",
            (Part.WORKER, Part.DESK, Part.CANARY, Part.COMMANDS),
            metavar="URL",
            holds=Holds.URL,
            secret=Secret.URL,
            example="http://registry:8080/apis/ccompat/v7",
        ),
    ] = ""
    data_dir: Annotated[
        str,
        Declared(
            "Where files are kept: the gateway's keys and spool, the desk's own database; a worker's journeys are in "
            "Kafka, and with `lane_store` = disk for as long as it runs here.",
            (*_KEEPING, Part.CANARY),
            holds=Holds.HOME,
        ),
    ] = ".touchpoint"
    instance_id: Annotated[
        str,
        Declared(
            "The same after a restart: a worker is then given its partitions back at once, a desk its notices; "
            "@hostname is that of the machine or container.",
            _RULED,
            metavar="NAME",
            example="worker-0",
        ),
    ] = ""
    log_level: Annotated[
        str,
        Declared(
            "How much is said on standard error.",
            PROCESSES,
            choices=("debug", "info", "warning", "error"),
        ),
    ] = "info"
    log_format: Annotated[
        str, Declared("A line for people, or one JSON object a line.", PROCESSES, choices=("console", "json"))
    ] = "console"
    rules: Annotated[
        tuple[str, ...],
        Declared(
            "A file or folder of rules, several times if need be; the shipped pack otherwise. "
            "What `rules publish` has put in force comes first.",
            _RULED,
            metavar="PATH",
            holds=Holds.PATH,
        ),
    ] = ("deploy/rules",)
    vocabulary: Annotated[
        tuple[str, ...],
        Declared(
            "Your own touchpoint types, over the shipped ones.",
            (*_KEEPING, Part.COMMANDS),
            metavar="PATH",
            holds=Holds.PATH,
        ),
    ] = ()
    clock: Annotated[
        str,
        Declared(
            "What makes deadlines due: the wall clock, or in replays the touchpoints' own times alone.",
            _RULED,
            choices=("wall", "event"),
        ),
    ] = "wall"

    sources: Annotated[
        tuple[str, ...],
        Declared(
            "Files of what is expected of sources; others are learnt (not with --clock event without such a file).",
            _WORKER,
            metavar="PATH",
            holds=Holds.PATH,
        ),
    ] = ()
    partitions: Annotated[
        int,
        Declared(
            "Of each co-partitioned topic, checked at each start; more of them: `touchpoint topics grow`.",
            _TOPICS,
            least=1,
            most=10_000,
        ),
    ] = 8
    hold_from: Annotated[
        str,
        Declared(
            "How severe an alert must be for `recovery.hold` to ask marketing and surveys to keep quiet.",
            _WORKER,
            choices=("low", "medium", "high", "critical"),
        ),
    ] = "medium"
    metrics_port: Annotated[
        int,
        Declared("For /metrics, /healthz, /readyz and /journey; 0 picks a free one.", _WORKER, least=0, most=_PORT),
    ] = 9102
    metrics_host: Annotated[
        str,
        Declared("Where the worker listens; who reaches it can read journeys.", _WORKER, metavar="ADDRESS"),
    ] = "127.0.0.1"
    metrics_from: Annotated[
        tuple[str, ...],
        Declared(
            "Who may read /metrics beside this machine, several times if need be.",
            (Part.DESK, Part.GATEWAY),
            metavar="NETWORK",
            holds=Holds.NETWORK,
            example="10.0.0.0/8",
        ),
    ] = ()
    tracing: Annotated[
        str,
        Declared(
            "Traces by OTLP/HTTP, to where OTEL_EXPORTER_OTLP_ENDPOINT says.",
            _KEEPING,
            choices=("off", "otlp"),
        ),
    ] = "off"
    trace_ratio: Annotated[
        float,
        Declared("Of the traces that begin here, how many are recorded.", _KEEPING, least=0, most=1),
    ] = 0.01

    replication_factor: Annotated[int, Declared("Copies of each partition.", _COMMANDS, least=1, most=32)] = 1
    retention: Annotated[
        str,
        Declared(
            "How long touchpoints are kept, `30d` or `forever`; the catalogue says otherwise. Kafka counts from "
            "the records' own time: replaying old touchpoints needs `forever`.",
            _COMMANDS,
            metavar="DURATION",
        ),
    ] = ""

    database_url: Annotated[
        str,
        Declared(
            "sqlite:///folder/desk.db or postgresql://user:password@host/name; a file in the data folder otherwise.",
            _DESK,
            metavar="URL",
            holds=Holds.URL,
            secret=Secret.URL,
        ),
    ] = ""
    desk_file: Annotated[
        str,
        Declared(
            "Who is told what and when (see deploy/desk); without one nobody is told.",
            _DESK,
            "--file",
            holds=Holds.FILE,
            example="deploy/desk/desk.yaml",
        ),
    ] = ""
    desk_host: Annotated[str, Declared("Where the desk listens.", _DESK, "--host", "ADDRESS", example="0.0.0.0")] = (  # noqa: S104 - an example
        "127.0.0.1"
    )
    desk_port: Annotated[
        int, Declared("For console, API, /metrics and /readyz of the desk.", _DESK, "--port", least=1, most=_PORT)
    ] = 9103
    desk_url: Annotated[
        str,
        Declared(
            "How people reach the desk, for links in messages; with https cookies are Secure.",
            _DESK,
            "--url",
            "URL",
            holds=Holds.URL,
            example="https://desk.example",
        ),
    ] = ""
    workers: Annotated[
        tuple[str, ...],
        Declared(
            "Where workers serve journeys, several times if need be.", _ASKING, "--worker", "URL", holds=Holds.URL
        ),
    ] = ("http://127.0.0.1:9102",)
    language: Annotated[str, Declared("Of messages to the outside.", _DESK, "--lang", choices=("en", "es"))] = "en"
    time_zone: Annotated[
        str,
        Declared(
            "In which the console shows times and people write them.",
            _DESK,
            metavar="ZONE",
            holds=Holds.ZONE,
            example="Europe/Madrid",
        ),
    ] = "UTC"
    currency: Annotated[str, Declared("Of offers, ISO 4217.", _DESK, shape="[A-Z]{3}")] = "EUR"

    gateway_host: Annotated[
        str, Declared("Where the gateway listens.", _GATEWAY, "--host", "ADDRESS", example="0.0.0.0")  # noqa: S104 - an example
    ] = "127.0.0.1"
    gateway_port: Annotated[
        int, Declared("For all that the gateway serves.", _GATEWAY, "--port", least=1, most=_PORT)
    ] = 9104
    gateway_url: Annotated[
        str,
        Declared(
            "How the world reaches the gateway; some providers sign it.",
            _GATEWAY,
            "--url",
            "URL",
            holds=Holds.URL,
            example="https://in.example",
        ),
    ] = ""
    gateway_unknown: Annotated[
        str,
        Declared(
            "What is done with types that nobody knows; a request may say otherwise.",
            _GATEWAY,
            "--unknown",
            choices=("refuse", "ignore"),
        ),
    ] = "refuse"
    gateway_max_body: Annotated[
        int,
        Declared(
            "Bytes of a request, also when decompressed.",
            _GATEWAY,
            "--max-body",
            "BYTES",
            least=1_000,
            most=100_000_000,
        ),
    ] = 5_000_000
    gateway_max_items: Annotated[
        int, Declared("Touchpoints of one request.", _GATEWAY, "--max-items", least=1, most=100_000)
    ] = 10_000
    gateway_room: Annotated[
        int,
        Declared(
            "Bytes of all requests that are being worked on; above, they are asked to come again.",
            _GATEWAY,
            "--room",
            "BYTES",
            least=_MIB,
        ),
    ] = 256 << 20
    gateway_access_log: Annotated[
        str,
        Declared(
            "Which requests have a line in the log: none, those that failed here or came with a wrong key (20 a minute "
            "at most, and how many more there were), or all of them.",
            _GATEWAY,
            "--access-log",
            choices=("none", "errors", "all"),
        ),
    ] = "errors"
    gateway_region: Annotated[
        str,
        Declared(
            "Whose phone numbers may come without their code (ISO 3166).",
            _GATEWAY,
            "--region",
            "COUNTRY",
            shape="[A-Z]{2}",
            example="ES",
        ),
    ] = ""
    gateway_tls_cert: Annotated[str, Declared("Certificate chain, PEM.", _GATEWAY, "--tls-cert", holds=Holds.FILE)] = ""
    gateway_tls_key: Annotated[str, Declared("Its private key, PEM.", _GATEWAY, "--tls-key", holds=Holds.FILE)] = ""
    gateway_ack_sec: Annotated[
        float,
        Declared(
            "Without an acknowledgement for so long touchpoints go to the spool.",
            _GATEWAY,
            "--ack-sec",
            least=0.1,
            most=60,
        ),
    ] = 2.0
    gateway_spool_mb: Annotated[
        int,
        Declared(
            "How much is kept on the disk while Kafka is away; above, the answer is 503.",
            _GATEWAY,
            "--spool-mb",
            least=8,
        ),
    ] = 1_024
    gateway_upload_mb: Annotated[
        int, Declared("How much may be on its way in by /v1/uploads.", _GATEWAY, "--upload-mb", least=1)
    ] = 1_024
    gateway_mappings: Annotated[
        tuple[str, ...],
        Declared(
            "Folders of mapping files of further providers, over the shipped ones.",
            _GATEWAY,
            "--mappings",
            "FOLDER",
            holds=Holds.FOLDER,
        ),
    ] = ()

    @property
    def gateway_spool_bytes(self) -> int:
        """Of touchpoints on the disk while the broker is away."""
        return self.gateway_spool_mb * _MIB

    @property
    def gateway_upload_bytes(self) -> int:
        """Of files that are on their way in, of all of them together."""
        return self.gateway_upload_mb * _MIB
