"""The OpenAPI document: sound by OpenAPI's own schema, and nothing left unsaid."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema_rs import meta, validator_for

from api.app import create_app
from engine.runtime.settings import Settings
from pipes.reading import read_definition

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShown"}}}
ALWAYS = {"400", "401", "403", "413", "422", "429", "503"}


@pytest.fixture(scope="module")
def document() -> Mapping[str, Any]:
    document: Mapping[str, Any] = create_app(Settings()).openapi()
    return document


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def bodies(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The media types of request bodies, with the schemas that they name put in."""
    for name, operation in operations(document):
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            reference = media["schema"].get("$ref", "").removeprefix("#/components/schemas/")
            schema = document["components"]["schemas"].get(reference, media["schema"])
            yield f"{name} {kind}", schema


def test_it_is_an_openapi_document_and_its_schemas_are_schemas(
    document: Mapping[str, Any],
) -> None:
    assert document["openapi"].startswith("3.1.")
    OpenAPI.model_validate(document)
    for schema in document["components"]["schemas"].values():
        meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


def test_every_operation_says_in_a_line_and_in_words_what_it_does(
    document: Mapping[str, Any],
) -> None:
    silent = [
        name
        for name, operation in operations(document)
        if not operation.get("summary") or not operation.get("description")
    ]
    assert silent == []


def test_every_operation_declares_its_problems_as_problem_documents(
    document: Mapping[str, Any],
) -> None:
    for name, operation in operations(document):
        answers = operation["responses"]
        refused = {status for status in answers if status.startswith(("4", "5"))}
        assert refused >= ALWAYS, name
        assert ("404" in refused) == ("{" in name), name
        for status in refused:
            assert answers[status]["content"] == PROBLEM, f"{name} {status}"


def test_every_operation_declares_what_success_looks_like(document: Mapping[str, Any]) -> None:
    for name, operation in operations(document):
        successes = {
            status: answer
            for status, answer in operation["responses"].items()
            if status.startswith("2")
        }
        assert successes, name
        for status, answer in successes.items():
            described = [media["schema"] for media in answer.get("content", {}).values()]
            assert status == "204" or all(described), name


def test_every_body_has_an_example_that_fits(document: Mapping[str, Any]) -> None:
    seen = dict(bodies(document))
    assert len(seen) == 32
    for name, schema in seen.items():
        examples = schema.get("examples", [])
        assert examples, name
        rooted = {**schema, "components": document["components"]}
        for example in examples:
            validator_for(rooted).validate(example)


def test_the_example_of_a_definition_can_be_published(document: Mapping[str, Any]) -> None:
    schema = dict(bodies(document))["POST /api/v1/pipes application/json"]
    assert read_definition(schema["examples"][0]).findings == ()


def test_names_of_operations_are_unique(document: Mapping[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


def test_it_says_how_to_sign_in(document: Mapping[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert schemes["session"]["in"] == "cookie"
    assert document["security"] == [{"token": []}, {"session": []}]


def test_every_reference_leads_somewhere(document: Mapping[str, Any]) -> None:
    for reference in references(document):
        place: Any = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in place, reference
            place = place[part]


def references(part: Any) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for each in part.values():
                yield from references(each)
        case list():
            for each in part:
                yield from references(each)
        case _:
            return
