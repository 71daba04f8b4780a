"""Every operation of the OpenAPI page, asked with what its description allows and what it does not."""

import json

import pytest

from tests.lab.hostile import send
from tests.lab.test_draw import desk  # noqa: F401 - trains the first run, where nobody has yet

schemathesis = pytest.importorskip("schemathesis")


def test_the_document_names_every_operation(lab):
    document = json.loads(send(lab.address, path="/openapi.json").body)
    assert document["openapi"].startswith("3.1")
    assert {"/v1/models/{name}:predict", "/health", "/metrics", "/api/draw", "/api/runs"} <= set(document["paths"])
    names = [method["operationId"] for path in document["paths"].values() for method in path.values()]
    assert len(names) > 20


def test_nothing_that_is_asked_ends_in_a_servers_error(lab, desk, tmp_path):  # noqa: F811
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    schema = schemathesis.openapi.from_url(f"{lab.address}/openapi.json")
    asked = 0
    for operation in schema.get_all_operations():
        described = operation.ok()
        if described.path.endswith("/trainings") and described.method == "post":
            continue  # it starts processes; test_runs_page asks it by hand
        from hypothesis import HealthCheck, given, settings

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=described.as_strategy())
        def ask(case):
            nonlocal asked
            asked += 1
            answer = case.call()
            checks = (
                not_a_server_error,
                content_type_conformance,
                response_schema_conformance,
                status_code_conformance,
            )
            case.validate_response(answer, checks=checks)

        ask()
    assert asked > 150
