"""Are there free addresses in the subnets for what a roll needs?"""

from collections.abc import Iterator, Mapping, Sequence

from functions.domain.catalogue import Application
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.needs import Need, widest
from functions.domain.preflight.percentages import tasks
from functions.domain.preflight.sight import Unread, unknown

CHECK = "addresses"
ADVICE = "Free addresses in the subnets, or add a larger subnet to the service."


def subnets(found: Mapping[str, object]) -> tuple[str, ...]:
    """Return the subnets in which the tasks of a service get an address of their own."""
    network = found.get("networkConfiguration")
    configuration = network.get("awsvpcConfiguration") if isinstance(network, Mapping) else None
    return tuple(sorted((configuration or {}).get("subnets") or ()))


def findings(
    application: Application, needs: Sequence[Need], free: Mapping[str, int | None] | Unread
) -> Iterator[Finding]:
    """Judge the services together that share their subnets.

    `free` is by subnet; None where that has IPv6 addresses only, which nobody counts.
    """
    sharing: dict[tuple[str, ...], list[Need]] = {}
    for need in needs:
        named = subnets(need.found)
        if named and need.most and need.definition.get("networkMode") == "awsvpc":
            sharing.setdefault(named, []).append(need)
    for named, users in sharing.items():
        if isinstance(free, Unread):
            what = f"How many addresses are free in {', '.join(named)}"
            yield unknown(CHECK, _keys(users), what, free)
        else:
            uncounted = [each for each in named if each in free and free[each] is None]
            left = {each: free.get(each) for each in named if each not in uncounted}
            yield (
                _of_ipv6(users, uncounted, left) if uncounted else _judged(application, users, left)
            )


def _of_ipv6(
    users: Sequence[Need], uncounted: Sequence[str], free: Mapping[str, int | None]
) -> Finding:
    """Never stop for an IPv6-only subnet: EC2 counts unused IPv4 addresses (DescribeSubnets)."""
    subnet = "is an IPv6-only subnet" if len(uncounted) == 1 else "are IPv6-only subnets"
    message = f"{', '.join(uncounted)} {subnet}, whose addresses do not run out"
    empty = [each for each, left in free.items() if not left]
    if empty:
        message = f"{message}; a task that ECS places in {', '.join(empty)} cannot start."
        return Finding(CHECK, Grade.WARN, _keys(users), message, ADVICE)
    return Finding(CHECK, Grade.OK, _keys(users), f"{message}.")


def _judged(
    application: Application, users: Sequence[Need], free: Mapping[str, int | None]
) -> Finding:
    number = sum(each or 0 for each in free.values())
    has = f"{number} {'address is' if number == 1 else 'addresses are'} free in {_shown(free)}"
    worst = max(users, key=lambda each: each.least)
    most = round(widest(application, {each.key: each.most for each in users}))
    if worst.least > number:
        message = f"{has}, and {worst.key} needs {tasks(worst.least, 'more')} to roll at all."
        return Finding(CHECK, Grade.STOP, worst.key, message, ADVICE)
    if most > number:
        message = f"{has}, and the roll could start {tasks(most)} at a time: some have to wait."
        return Finding(CHECK, Grade.WARN, _keys(users), message, ADVICE)
    empty = [each for each, left in free.items() if not left]
    if empty:
        message = f"{has}; a task that ECS places in {', '.join(empty)} cannot start."
        return Finding(CHECK, Grade.WARN, _keys(users), message, ADVICE)
    return Finding(CHECK, Grade.OK, _keys(users), f"{has}; the roll takes {most} at most.")


def _shown(free: Mapping[str, int | None]) -> str:
    every = (f"{each} ({'gone' if left is None else left})" for each, left in free.items())
    return ", ".join(every)


def _keys(users: Sequence[Need]) -> str:
    return ", ".join(each.key for each in users)
