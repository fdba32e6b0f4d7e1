"""How tests of the stack look at its template."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

Kind = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def of(template: Mapping[str, Any]) -> Kind:
    """Return the resources of a type by logical id: `of("Lambda::Function")`."""

    def found(kind: str) -> dict[str, Any]:
        return {
            logical_id: resource
            for logical_id, resource in template["Resources"].items()
            if resource["Type"] == f"AWS::{kind}"
        }

    return found
