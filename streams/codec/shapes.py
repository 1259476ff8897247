"""What the data of a type usually looks like, seen at a glance: compiled, it takes a fifth of what a validator does.

It only ever says yes. Whatever it cannot tell (objects, lists, keywords that it does not know, values that nobody has
found valid yet) is left to the validator, which decides, and names the reason where it refuses.
"""

from typing import Any, Final

MOST_VALUES: Final = 512  # of a field, remembered as valid; no more are learnt after that
MOST_CHARS: Final = 32  # of such a value
_SAYS_NOTHING: Final = frozenset({"$schema", "$id", "title", "description", "x-personal", "x-purpose", "x-retention"})
_OF_OBJECT: Final = _SAYS_NOTHING | {"type", "properties", "additionalProperties", "required"}
_OF_NUMBER: Final = _SAYS_NOTHING | {"type", "minimum"}
_OF_OTHERS: Final = _SAYS_NOTHING | {"type"}


class _Field:
    """What a field may hold; `known` are texts that the validator has found valid, where not every text is."""

    def __init__(self, schema: dict[str, Any]) -> None:
        type_, keys = schema.get("type"), schema.keys()
        self.is_text = type_ == "string" and keys <= _OF_OTHERS
        self.is_flag = type_ == "boolean" and keys <= _OF_OTHERS
        self.is_float = type_ == "number" and keys <= _OF_NUMBER
        self.is_int = self.is_float or (type_ == "integer" and keys <= _OF_NUMBER)
        self.least: Any = schema.get("minimum", float("-inf"))  # as it is: an integer may be more exact
        self.known: dict[str, bool] = {}

    def may_hold(self, value: Any) -> bool:
        """Return whether a value is valid here for certain."""
        kind = type(value)
        if kind is str:
            return self.is_text or value in self.known
        if kind is float:
            return bool(self.is_float and value >= self.least)
        if kind is int:
            return bool(self.is_int and value >= self.least)
        return kind is bool and self.is_flag


class Shape:
    """The glance for one schema."""

    def __init__(self, schema: Any) -> None:
        """Compile a schema; of one with keywords that are not known here nothing is usual."""
        self._fields: dict[str, _Field] = {}
        self._required: list[str] = []
        self._is_known = isinstance(schema, dict) and schema.keys() <= _OF_OBJECT
        if self._is_known and schema.get("type") == "object" and schema.get("additionalProperties", True) is True:
            fields = schema.get("properties", {}).items()
            self._fields = {name: _Field(field if isinstance(field, dict) else {"not": {}}) for name, field in fields}
            self._required = list(schema.get("required", ()))
        else:
            self._is_known = False

    def is_usual(self, data: dict[str, Any]) -> bool:
        """Return whether data is valid for certain; False decides nothing."""
        if not self._is_known:
            return False
        fields = self._fields
        for name, value in data.items():
            field = fields.get(name)
            if not (_is_scalar(value) if field is None else field.may_hold(value)):
                return False
        return all(name in data for name in self._required) if self._required else True

    def learn(self, data: dict[str, Any]) -> None:
        """Remember what the validator has found valid."""
        for name, field in self._fields.items():
            value = data.get(name)
            if type(value) is str and not field.is_text and len(value) <= MOST_CHARS and len(field.known) < MOST_VALUES:
                field.known[value] = True


def _is_scalar(value: Any) -> bool:
    kind = type(value)
    return kind is str or kind is float or kind is int or kind is bool or value is None
