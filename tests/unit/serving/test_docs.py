"""The page of an OpenAPI document."""

from typing import Any, Final

from streams.serving.docs import page, parameters

OPERATION: Final = {"operationId": "look", "parameters": [{"name": "a<b"}, {"name": "c"}]}
DOCUMENT: Final[dict[str, Any]] = {
    "info": {"title": "T<", "version": "1<2", "description": "D>"},
    "paths": {"/x<y": {"get": OPERATION}},
    "components": {"schemas": {"N<": {"type": "</pre>"}}},
}


def test_everything_in_a_document_is_text() -> None:
    """Nothing in it becomes an element."""
    found = page(DOCUMENT, "K<", "make <key>", parameters)
    for text in ("T<", "1<2", "D>", "x<y", "a<b", "N<", '</pre>"', "K<", "make <key>"):
        assert text not in found
    assert "<p>Parameters: <code>a&lt;b</code>, <code>c</code></p></section>" in found


def test_an_operation_without_parameters_has_no_line_for_them() -> None:
    """Nor an empty one."""
    assert parameters({"parameters": []}) == ""
