"""The differences between a container and a rehearsal are these and no others."""

import pytest

from tests.deploy.translation import Place, Translation

TRANSLATION = Translation({"kafka": ["127.9.9.1"], "worker": ["127.9.9.2", "127.9.9.3"], "postgres": ["127.9.9.4"]})
PLACE = Place("desk", "127.9.9.5", {"/run/secrets": "/r/secrets", "/data": "/r/desk/data", "/etc/data": "/r/etc"})


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("kafka:9092", "127.9.9.1:9092"),
        ("1@kafka:9093", "1@127.9.9.1:9093"),
        ("PLAINTEXT://kafka:9092,CONTROLLER://0.0.0.0:9093", "PLAINTEXT://127.9.9.1:9092,CONTROLLER://127.9.9.5:9093"),
        ("http://worker:9102", "http://127.9.9.2:9102 http://127.9.9.3:9102"),
        ("postgresql://touchpoint:1a@postgres:5432/touchpoint", "postgresql://touchpoint:1a@127.9.9.4:5432/touchpoint"),
        ("http://127.0.0.1:9103/readyz", "http://127.9.9.5:9103/readyz"),
        ("exec 3<>/dev/tcp/127.0.0.1/8080", "exec 3<>/dev/tcp/127.9.9.5/8080"),
        ("--path=/data", "--path=/r/desk/data"),
        ("/run/secrets/key", "/r/secrets/key"),
        ("/etc/data/x", "/r/etc/x"),
        ("/database", "/database"),
        ("localhost:9090", "127.9.9.5:9090"),
        ("@hostname", "desk"),
        ("the worker is ready; kafka too", "the worker is ready; kafka too"),
        ("my-kafka:9092", "my-kafka:9092"),
        ("10.0.0.0/8 127.0.0.11", "10.0.0.0/8 127.0.0.11"),
    ],
)
def test_names_and_paths_become_those_of_this_machine(text: str, translated: str) -> None:
    """Everything else stays as it is."""
    assert TRANSLATION.text(text, PLACE) == translated


def test_a_file_names_the_first_replica() -> None:
    """A list of targets stays a list of as many."""
    text = 'targets: ["worker:9102", "kafka:9092"]'
    assert TRANSLATION.file(text, PLACE) == 'targets: ["127.9.9.2:9102", "127.9.9.1:9092"]'


def test_replicas_that_are_found_by_dns_are_listed() -> None:
    """Beside the targets that were listed before; a name that nobody has is no target."""
    dns = {"names": ["worker"], "type": "A", "port": 9102}
    jobs = [
        {"job_name": "worker", "dns_sd_configs": [dns], "scrape_interval": "5s"},
        {"job_name": "desk", "static_configs": [{"targets": ["desk:9103"]}]},
        {"job_name": "canary", "dns_sd_configs": [{"names": ["canary"], "type": "A", "port": 9105}]},
    ]
    assert TRANSLATION.listed({"global": {"scrape_interval": "15s"}, "scrape_configs": jobs}) == {
        "global": {"scrape_interval": "15s"},
        "scrape_configs": [
            {
                "job_name": "worker",
                "scrape_interval": "5s",
                "static_configs": [{"targets": ["127.9.9.2:9102", "127.9.9.3:9102"]}],
            },
            {"job_name": "desk", "static_configs": [{"targets": ["desk:9103"]}]},
            {"job_name": "canary", "static_configs": [{"targets": []}]},
        ],
    }
