"""Which services are scaled to zero, so that nothing of a release is seen there?"""

from collections.abc import Mapping

from functions.domain.known import Facts


def at_zero(facts: Mapping[str, Facts]) -> frozenset[str]:
    """Return their keys; a DAEMON service has no count of its own."""
    return frozenset(
        key
        for key, each in facts.items()
        if each.service is not None
        and each.service.get("schedulingStrategy") != "DAEMON"
        and each.service.get("desiredCount") == 0
    )
