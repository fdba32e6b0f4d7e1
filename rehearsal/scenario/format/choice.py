"""Which of several mappings is it? The one whose verb is among its keys."""

from collections.abc import Mapping
from typing import Any

from pydantic import Discriminator


def by_verb(*verbs: str) -> Discriminator:
    """Return what tells members of a union apart, each tagged with the key only it has."""

    def verb(value: Any) -> str | None:  # noqa: ANN401 - whatever a person wrote
        if isinstance(value, Mapping):
            return next((each for each in verbs if each in value), None)
        return next((each for each in verbs if hasattr(value, each)), None)

    return Discriminator(
        verb,
        custom_error_type="no_verb",
        custom_error_message="one of {verbs}",
        custom_error_context={"verbs": ", ".join(verbs)},
    )
