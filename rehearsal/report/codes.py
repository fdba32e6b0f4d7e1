"""What is a reason called in words?"""

import re

CALLED = {
    "AppExit": "the application exits",
    "AppExitZero": "the application exits with 0",
    "HealthCheckElb": "fails the load balancer's checks",
    "HealthCheckContainer": "fails its own health check",
    "CapacityFargate": "no Fargate capacity",
    "RolledBackByEcs": "rolled back by ECS",
}
"""Where the words of the code itself would not do."""


def words(code: str) -> str:
    """Return a code in words and as it is: `never converges (NeverConverges)`."""
    said = CALLED.get(code) or re.sub(r"(?<=.)([A-Z])", r" \1", code).lower()
    return f"{said} ({code})"
