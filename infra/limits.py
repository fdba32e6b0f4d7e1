"""Whether the catalogue fits into what AWS allows, and what to split where it does not."""

import json
from collections.abc import Iterator, Sequence

from functions.domain.catalogue import Application
from infra.catalogue import CatalogueError, minified
from infra.patterns import Pattern, push_pattern, wake_pattern, wildcards

APPLICATIONS = 100
RULES = 300
RULES_OF_THE_STACK = 5
RULES_WITH_WILDCARDS = 30
PATTERN_CHARACTERS = 2_048
PARAMETER_BYTES = 8_192

# The real values are known only to CloudFormation: these are as long as they come.
_ACCOUNT, _REGION, _PARTITION = "123456789012", "ap-southeast-1", "aws-us-gov"


def check(applications: Sequence[Application]) -> None:
    """Raise with every limit that is passed: the number, the limit, and what to split."""
    patterns = {
        (application.application, kind): pattern
        for application in applications
        for kind, pattern in _patterns(application)
    }
    passed = [
        *_of_the_environment(applications, list(patterns.values())),
        *_of_patterns(patterns),
        *_of_parameters(applications),
    ]
    if passed:
        raise CatalogueError("\n".join(passed))


def _patterns(application: Application) -> Iterator[tuple[str, Pattern]]:
    yield "push", push_pattern(application, _ACCOUNT)
    yield "wake", wake_pattern(application, _ACCOUNT, _REGION, _PARTITION)


def _of_the_environment(
    applications: Sequence[Application], patterns: Sequence[Pattern]
) -> Iterator[str]:
    move = "move some to a second environment, in an account or a region of its own"
    if len(applications) > APPLICATIONS:
        yield (
            f"The catalogue describes {len(applications)} applications, one environment takes "
            f"{APPLICATIONS}; {move}."
        )
    rules = len(patterns) + RULES_OF_THE_STACK
    if rules > RULES:
        yield f"The applications need {rules} rules, an event bus takes {RULES}; {move}."
    wild = sum(wildcards(pattern) > 0 for pattern in patterns)
    if wild > RULES_WITH_WILDCARDS:
        yield (
            f"{wild} applications need wildcards for images.tags, an event bus takes "
            f"{RULES_WITH_WILDCARDS} such rules; use tags with one * at the end or at the start, "
            f"or {move}."
        )


def _of_patterns(patterns: dict[tuple[str, str], Pattern]) -> Iterator[str]:
    ways = {
        "push": "name fewer tags in images.tags, or shorter ones",
        "wake": "let services and families begin with the name of the application and a -, watch "
        "fewer alarms, or split the application",
    }
    for (application, kind), pattern in patterns.items():
        size = len(json.dumps(pattern, separators=(",", ":"), ensure_ascii=False))
        if size > PATTERN_CHARACTERS:
            yield (
                f"{application}: the pattern of its {kind} rule has {size:,} characters, "
                f"EventBridge takes {PATTERN_CHARACTERS:,}; {ways[kind]}."
            )


def _of_parameters(applications: Sequence[Application]) -> Iterator[str]:
    for application in applications:
        document = minified(application)
        if "{{" in document:
            yield (
                f"{application.application}: its document holds two opening braces in a row, which "
                "a parameter cannot (it would be taken for another parameter); write it otherwise."
            )
        size = len(document.encode())
        if size > PARAMETER_BYTES:
            yield (
                f"{application.application}: its document has {size:,} bytes, a parameter takes "
                f"{PARAMETER_BYTES:,}; split its {len(application.services)} services into two "
                "applications."
            )
