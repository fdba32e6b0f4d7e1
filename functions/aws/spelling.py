"""How does a state spell what an API has answered?"""

from collections.abc import Mapping
from typing import Any

FREE = frozenset({"hookDetails"})
"""Members that hold a document of the user: its keys are not names of the API."""


def pascal(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return an answer with its members in PascalCase, as an `aws-sdk` integration takes them."""
    if isinstance(value, Mapping):
        return {
            key[:1].upper() + key[1:]: each if key in FREE else pascal(each)
            for key, each in value.items()
        }
    return [pascal(each) for each in value] if isinstance(value, list) else value
