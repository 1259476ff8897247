"""Which schema ids are worth waiting for."""

import pytest

from streams.codec.registry import Lookup
from streams.worker import schemas
from streams.worker.schemas import HOPELESS_SEC, Schemas


class Registry:
    """A store and a decoder in one, with answers to give."""

    def __init__(self, *answers: Lookup, url: str = "http://registry") -> None:
        self.url = url
        self.unknown: set[int] = set()
        self.answers = list(answers)
        self.asked: list[int] = []

    async def fetch(self, schema_id: int) -> Lookup:
        """Answer."""
        self.asked.append(schema_id)
        return self.answers.pop(0)


class Subject:
    """Schemas over such a registry, with a clock moved by hand."""

    def __init__(self, *answers: Lookup, url: str = "http://registry") -> None:
        self.registry = Registry(*answers, url=url)
        self.now = 100.0
        self.schemas = Schemas(self.registry, self.registry, lambda: self.now)  # type: ignore[arg-type] # doubles

    def see(self, *ids: int) -> set[int]:
        """Return what is worth asking after a record with these ids."""
        self.registry.unknown |= set(ids)
        return self.schemas.take_questions()


def test_without_a_registry_nothing_is_worth_asking() -> None:
    """The shipped schemas are all there is."""
    assert Subject(url="").see(7) == set()


async def test_found_is_not_asked_for_again() -> None:
    """Once fetched, the decoder knows it."""
    subject = Subject(Lookup.FOUND)
    assert subject.see(7) == {7}
    await subject.schemas.ask({7})
    assert subject.registry.asked == [7]


@pytest.mark.parametrize("answer", [Lookup.ABSENT, Lookup.UNUSABLE])
async def test_hopeless_ids_are_refused_for_a_while(answer: Lookup) -> None:
    """An id that the registry does not know, or that is no use, is given up, and asked for again later."""
    subject = Subject(answer)
    await subject.schemas.ask({7})
    assert subject.see(7) == set()
    subject.now += HOPELESS_SEC + 1
    assert subject.see(7) == {7}


async def test_an_unreachable_registry_gives_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the registry does not answer, its records wait."""
    monkeypatch.setattr(schemas, "RETRY_SEC", 0)
    subject = Subject(Lookup.UNREACHABLE, Lookup.UNREACHABLE, Lookup.FOUND)
    await subject.schemas.ask({7})
    assert subject.registry.asked == [7, 7, 7]
