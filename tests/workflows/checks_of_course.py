"""What can be wrong with the course of a workflow: its ways, its guards and its ends?

Each check yields a sentence per defect, which begins with the state at fault.
"""

import re
from collections.abc import Iterable, Mapping

from sfnx.testing import InvalidDefinition, Unsupported
from sfnx.testing import check as checked_by_sfnx

from functions.domain.verdict import Word
from rehearsal.names import Integration
from tests.workflows.asl import DESIGN, ENDS, Scope, State, Workflow, read_variables
from tests.workflows.checks_of_calls import READS, Problems

MOST_STATES = 24
"""Per machine or Map, its ends aside: beyond that nobody sees the picture; nest a machine."""
MOST_OF_DEPLOY = 30
"""One branch for each kind of step of a release: what happens is to be seen in one place."""

SHOWN = {"Planned": ("Succeed", "Planned")}
"""Where `deploy` ends that was only asked for a plan: no deployment has been made."""

REFUSED = {"Invalid Request": "InvalidRequest", "Fault": "Fault"}
"""The ends of `deploy` that are no outcome, and their errors."""

FINISHING = frozenset({"announce", "conclude", "tidy"})
"""Whoever waits for these has them done again when they fail."""

BY_HAND = frozenset({"run"})
"""Nobody waits for these but the person who starts them, and a red execution tells it."""

HELD = "#owner = :owner AND fence = :fence"
IMPLICIT = frozenset({"states", "", "$"})


def semantics(workflow: Workflow) -> Problems:
    """Targets, fields of each kind of state, expressions that parse, names used twice."""
    try:
        checked_by_sfnx(workflow.definition)
    except (InvalidDefinition, Unsupported) as error:
        yield str(error)


def reachable(workflow: Workflow) -> Problems:
    for scope in workflow.scopes:
        seen, waiting = set[str](), [scope.start]
        while waiting:
            name = waiting.pop()
            if name in scope.states and name not in seen:
                seen.add(name)
                waiting += [target for _, target in scope.states[name].ways]
        for name in scope.states.keys() - seen:
            yield f"{scope.states[name].path}: is never reached"


def catching_all(workflow: Workflow) -> Problems:
    """`States.ALL` stands alone and last: the entries behind it would never be asked."""
    for state in workflow.states:
        for key in ("Retry", "Catch"):
            lists = [each["ErrorEquals"] for each in state.body.get(key, ())]
            others = lists[:-1] if lists and lists[-1] == ["States.ALL"] else lists
            if any("States.ALL" in each for each in others):
                yield f"{state.path}: States.ALL is not alone and last in {key}"


def guards(workflow: Workflow) -> Problems:
    """The only way into a write to ECS is the Next of a check of the claim.

    What a person runs once changes no service: `run` takes no claim.
    """
    if workflow.name in BY_HAND:
        return
    for scope in workflow.scopes:
        for state in scope.states.values():
            if _writes_to_ecs(state.integration) and not _guarded(scope, state):
                yield f"{state.path}: writes to ECS without a claim check directly before"


def _writes_to_ecs(integration: Integration | None) -> bool:
    if integration is None:
        return False
    if integration.operation in ("UpdateSchedule", "PutTargets"):
        # They decide what ECS is asked to run later.
        return True
    if integration.operation == "UpdateContainerInstancesState":
        # Of no application alone, when its deployment is over: test_headroom.py has its guard.
        return False
    return integration.service == "ecs" and not integration.operation.startswith(READS)


def _guarded(scope: Scope, state: State) -> bool:
    before = [
        (each, key)
        for each in scope.states.values()
        for key, target in each.ways
        if target == state.name
    ]
    return (
        bool(before)
        and scope.start != state.name
        and all(key == "Next" and checks_claim(each) for each, key in before)
    )


def checks_claim(state: State) -> bool:
    """Tell whether a state writes to the claim on condition that owner and fence are ours."""
    if state.integration is None or state.integration.operation != "UpdateItem":
        return False
    given = state.body["Arguments"]
    values = given.get("ExpressionAttributeValues", {})
    return (
        given["Key"]["sk"] == {"S": "claim"}
        and given.get("ConditionExpression") == HELD
        and "claim.owner" in str(values.get(":owner"))
        and "claim.fence" in str(values.get(":fence"))
    )


def size(workflow: Workflow) -> Problems:
    for scope in workflow.scopes:
        count = sum(each.body["Type"] not in ENDS for each in scope.states.values())
        most = MOST_OF_DEPLOY if workflow.name == "deploy" else MOST_STATES
        if count > most:
            yield f"{scope.path}: has {count} states, more than {most}"


def outcomes() -> dict[str, str]:
    """Return each outcome of a deployment, and in which kind of state it ends, if in any."""
    row = r"^\| `(\w+)` \| \w+ \| (Succeed|Fail|none) \|"
    return dict(re.findall(row, DESIGN, re.MULTILINE))


def ends(workflow: Workflow) -> Problems:
    """`deploy` ends in the words of DESIGN.md; bad news of a child is data, never its failure."""
    last = [each for each in workflow.scopes[0].states.values() if each.body["Type"] in ENDS]
    if workflow.name in FINISHING | BY_HAND:
        return
    if workflow.name != "deploy":
        yield from (f"{each.path}: fails" for each in last if each.body["Type"] == "Fail")
        return
    wanted = {name: (kind, name) for name, kind in outcomes().items() if kind != "none"}
    wanted |= SHOWN | {name: ("Fail", error) for name, error in REFUSED.items()}
    found = {each.name: (each.body["Type"], each.body.get("Error", each.name)) for each in last}
    for name in sorted(wanted.keys() | found.keys()):
        if found.get(name) != wanted.get(name):
            yield f"{name}: ends as {found.get(name)}, DESIGN.md says {wanted.get(name)}"


def verdicts(workflow: Workflow) -> Problems:
    for state in workflow.states:
        output = state.body.get("Output")
        word = output.get("verdict", "{%") if isinstance(output, Mapping) else "{%"
        if not word.startswith("{%") and word not in [*Word]:
            yield f"{state.path}: {word} is no verdict"


def variables(workflow: Workflow) -> Problems:
    """Every variable that is read is assigned somewhere, and the other way round."""
    assigned, read = dict[str, str](), dict[str, str]()
    for state in workflow.states:
        own = {key: each for key, each in state.body.items() if key != "ItemProcessor"}
        read |= dict.fromkeys(read_variables(own) - IMPLICIT, state.path)
        for part in (own, *own.get("Choices", ()), *own.get("Catch", ())):
            assigned |= dict.fromkeys(part.get("Assign", ()), state.path)
    for name in sorted(read.keys() - assigned.keys()):
        yield f"{read[name]}: ${name} is assigned nowhere"
    for name in sorted(assigned.keys() - read.keys()):
        yield f"{assigned[name]}: ${name} is read nowhere"


def substitutions(workflow: Workflow, supplied: Iterable[str]) -> Problems:
    """Every placeholder is supplied by the stack, and everything supplied is used."""
    for name in sorted(workflow.placeholders - set(supplied)):
        using = next(each.path for each in workflow.states if f"${{{name}}}" in str(each.body))
        yield f"{using}: nobody supplies ${{{name}}}"
    for name in sorted(set(supplied) - workflow.placeholders):
        yield f"{workflow.name}: {name} is supplied and not used"


COURSE = (
    semantics,
    reachable,
    catching_all,
    guards,
    size,
    ends,
    verdicts,
    variables,
)
