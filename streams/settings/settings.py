"""Every setting with its default; flags come first, then the environment, then the file."""

import msgspec


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a process runs with. Environment names are `TOUCHPOINT_` plus the field in capitals."""

    bootstrap_servers: str = "127.0.0.1:9092"
    rules: tuple[str, ...] = ("deploy/rules",)  # files or folders
    vocabulary: tuple[str, ...] = ()  # the user's own vocabulary files, over the shipped one
    sources: tuple[str, ...] = ()  # files of what is expected of sources; what they do not declare is learnt
    partitions: int = 8
    instance_id: str = ""
    data_dir: str = ".touchpoint"
    clock: str = "wall"  # or event
    hold_from: str = "medium"  # how severe an open alert must be for its customer to be put on hold
    metrics_port: int = 9102
    schema_registry_url: str = ""
    replication_factor: int = 1
    workers: tuple[str, ...] = ("http://127.0.0.1:9102",)  # where the desk asks for journeys
    database_url: str = ""  # of the desk; empty: SQLite in the data folder
    desk_host: str = "127.0.0.1"
    desk_port: int = 9103
    desk_url: str = ""  # how people reach the desk, for links; empty: host and port
    desk_file: str = ""  # who is told, see deploy/desk; empty: nobody
    language: str = "en"  # of notices; or es
    time_zone: str = "UTC"  # in which the console shows times and people write them
    currency: str = "EUR"  # of offers
    log_level: str = "info"
    log_format: str = "console"  # or json
