"""Do the policies allow exactly the calls that are made, and each no wider than AWS lets us say?"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from policy_sentry.querying.actions import get_privilege_info

from functions.domain.catalogue import Application, Headroom
from infra import permissions
from infra.cache import cached
from rehearsal.names import service_model
from rehearsal.template import Resource, Template
from tests.infra import calls
from tests.workflows.asl import Workflow, workflows

# A resource that names nothing: `*`, `task/*`, `task-definition/*:*`, all streams of all groups.
WIDE = re.compile(r"([\w-]+[/:])?[*:/]*\*[*:/]*(log-stream:\*)?")
READING = {"List", "Read"}


@dataclass(frozen=True)
class Allowed:
    """One action of one statement of a role."""

    action: str
    resources: tuple[str, ...]
    conditions: Mapping[str, Any]


@dataclass(frozen=True)
class Role:
    """What a role may do, and whose it is: a handler's, a workflow's or a rule's."""

    kind: str
    owner: str
    allowed: tuple[Allowed, ...]

    @property
    def actions(self) -> set[str]:
        return {each.action for each in self.allowed}


def listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def statements(stack: Template) -> Mapping[str, list[Allowed]]:
    """Return what every role is allowed, by the last part of its ARN."""
    found = defaultdict[str, list[Allowed]](list)
    for role, statement in _stated(stack):
        assert statement["Effect"] == "Allow"
        resources = tuple(map(str, listed(statement["Resource"])))
        conditions = statement.get("Condition", {})
        found[role] += [
            Allowed(each, resources, conditions) for each in listed(statement["Action"])
        ]
    return found


def _stated(stack: Template) -> Iterator[tuple[str, Any]]:
    for role in stack.of("AWS::IAM::Role"):
        for policy in role.properties.get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role.logical_id, statement
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for policy in stack.of(kind):
            for statement in policy.properties["PolicyDocument"]["Statement"]:
                for role in policy.properties["Roles"]:
                    yield role, statement


def owners(stack: Template) -> Iterator[tuple[str, str, str]]:
    """Yield each role that something runs in: its name, the kind of its owner, and the owner."""
    for role in stack.of("AWS::IAM::Role"):
        if principal(role) == "ecs.amazonaws.com":
            yield role.logical_id, "hooks", "hooks"
    for function in stack.of("AWS::Lambda::Function"):
        handler = function.properties["Handler"].split(".")[-2]
        yield function.properties["Role"], "functions", handler
    for machine in stack.of("AWS::StepFunctions::StateMachine"):
        workflow = machine.properties["StateMachineName"].rpartition("-")[2]
        yield machine.properties["RoleArn"], "workflows", workflow
    for rule in stack.of("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            if "RoleArn" in target:
                yield target["RoleArn"], "rules", "rules"


def principal(role: Resource) -> str:
    (statement,) = role.properties["AssumeRolePolicyDocument"]["Statement"]
    return str(statement["Principal"]["Service"])


@pytest.fixture(scope="session")
def stack(sample: tuple[Application, ...]) -> Template:
    """The stack of a catalogue that asks for all there is: each grant is there for somebody."""
    headroom = Headroom("", "production-instances", 1, 600)
    asking = [
        replace(each, headroom=headroom, scaling_groups=("ecs-production",))
        if each.application == "orders"
        else each
        for each in sample
    ]
    return Template.read(cached(asking))


@pytest.fixture(scope="session")
def roles(stack: Template) -> list[Role]:
    allowed = statements(stack)
    whose = {arn.rpartition("/")[2]: (kind, owner) for arn, kind, owner in owners(stack)}
    assert whose.keys() == {each.logical_id for each in stack.of("AWS::IAM::Role")}
    return [Role(kind, owner, tuple(allowed[name])) for name, (kind, owner) in whose.items()]


def role_of(roles: list[Role], kind: str, owner: str) -> Role:
    (found,) = [each for each in roles if (each.kind, each.owner) == (kind, owner)]
    return found


def with_what_belongs_to_it(made: frozenset[str]) -> set[str]:
    return {*made, *(beyond.action for call in made for beyond in permissions.BEYOND.get(call, ()))}


def nested() -> set[str]:
    return {grant.action for grant in permissions.nested("name", "machine")}


def observed(kind: str) -> set[str]:
    return set(permissions.OBSERVED[kind][0])


@pytest.mark.parametrize("handler", calls.HANDLERS)
def test_a_function_may_make_exactly_the_calls_that_it_makes(
    roles: list[Role], handler: str
) -> None:
    wanted = with_what_belongs_to_it(calls.of_handler(handler)) | observed("functions")
    assert role_of(roles, "functions", handler).actions == wanted


@pytest.mark.parametrize("workflow", workflows(), ids=lambda each: each.name)
def test_a_workflow_may_make_exactly_the_calls_of_its_states(
    roles: list[Role], workflow: Workflow
) -> None:
    made = calls.of_states(workflow)
    wanted = with_what_belongs_to_it(made) | observed("workflows")
    wanted |= nested() if "states:StartExecution" in made else set()
    assert role_of(roles, "workflows", workflow.name).actions == wanted


def test_a_workflow_calls_only_its_own_functions_and_children(
    roles: list[Role], stack: Template
) -> None:
    for machine in stack.of("AWS::StepFunctions::StateMachine"):
        name = machine.properties["StateMachineName"].rpartition("-")[2]
        values = [str(each) for each in machine.properties["DefinitionSubstitutions"].values()]
        role = role_of(roles, "workflows", name)
        for action, form in (("lambda:InvokeFunction", ":*"), ("states:StartExecution", "")):
            service = f":{action.split(':')[0]}:"
            # Substituted are versions: what is allowed says how it takes their number.
            called = {each.rpartition(":")[0] + form for each in values if service in each}
            assert called == {
                resource
                for each in role.allowed
                if each.action == action
                for resource in each.resources
            }


def test_a_rule_may_start_exactly_what_rules_start(roles: list[Role], stack: Template) -> None:
    started = {
        target["Arn"]
        for rule in stack.of("AWS::Events::Rule")
        for target in rule.properties["Targets"]
        if "RoleArn" in target
    }
    (allowed,) = role_of(roles, "rules", "rules").allowed
    assert (allowed.action, set(allowed.resources)) == ("states:StartExecution", started)


def test_ecs_may_call_the_function_that_answers_its_hooks_and_nothing_else(
    roles: list[Role], stack: Template
) -> None:
    (hook,) = [
        stack.arn(each.logical_id)
        for each in stack.of("AWS::Lambda::Function")
        if each.properties["Handler"] == "functions.handlers.answer_hook.handler"
    ]
    (allowed,) = role_of(roles, "hooks", "hooks").allowed
    assert (allowed.action, allowed.resources) == ("lambda:InvokeFunction", (hook,))


def test_functions_only_read(roles: list[Role]) -> None:
    for role in roles:
        if role.kind == "functions":
            writing = {each for each in role.actions if level(each) not in READING}
            assert writing <= observed("functions")


def row(action: str) -> Mapping[str, Any]:
    """Return what AWS's table says about an action."""
    service, name = action.split(":")
    found: Mapping[str, Any] = get_privilege_info(service, name)
    return found


def level(action: str) -> str:
    return str(row(action)["access_level"])


def takes_a_resource(action: str) -> bool:
    """The row of an action that takes any is called by no name."""
    return any(row(action)["resource_types"])


def test_nothing_is_allowed_everywhere_that_could_be_allowed_somewhere(roles: list[Role]) -> None:
    for role in roles:
        for each in role.allowed:
            if takes_a_resource(each.action) and each.action not in permissions.UNSCOPED:
                wide = [arn for arn in each.resources if names_nothing(arn)]
                assert wide == [], f"{each.action} of {role.owner}"


def names_nothing(arn: str) -> bool:
    parts = arn.split(":", 5)
    if parts[2:3] == ["s3"]:
        return parts[5].startswith("*")  # Its resources begin with a name, not with their kind.
    return len(parts) < 6 or "*" in "".join(parts[:5]) or bool(WIDE.fullmatch(parts[5]))


@pytest.mark.parametrize(
    ("arn", "wide"),
    [
        ("*", True),
        ("arn:aws:ecs:eu-west-1:111122223333:*", True),
        ("arn:aws:ecs:eu-west-1:111122223333:task/*", True),
        ("arn:aws:ecs:eu-west-1:111122223333:task-definition/*:*", True),
        ("arn:aws:ecs:*:111122223333:cluster/production", True),
        ("arn:aws:ecs:eu-west-1:111122223333:task/production/*", False),
        ("arn:aws:ecs:eu-west-1:111122223333:service/production/orders-*", False),
        ("arn:aws:iam::111122223333:role/orders-task", False),
        ("arn:aws:s3:::*/*", True),
        ("arn:aws:s3:::evidence/*", False),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:*:log-stream:*", True),
        ("arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/orders-*:log-stream:*", False),
    ],
)
def test_a_wildcard_behind_a_name_is_narrow(arn: str, wide: bool) -> None:
    assert names_nothing(arn) is wide


def test_what_a_condition_asks_is_known_to_its_action(roles: list[Role]) -> None:
    for role in roles:
        for each in role.allowed:
            known = {
                key
                for resource in row(each.action)["resource_types"].values()
                for key in resource["condition_keys"]
            }
            asked = {key for tests in each.conditions.values() for key in tests}
            assert asked <= known, f"{each.action} of {role.owner}"


def test_the_table_asks_for_nothing_that_is_not_granted(roles: list[Role]) -> None:
    for role in roles:
        for action in role.actions:
            for resource in row(action)["resource_types"].values():
                needed = set(resource["dependent_actions"])
                assert action in permissions.UNNEEDED or needed <= role.actions


def test_what_the_table_does_not_know_says_where_that_is_written() -> None:
    assert not any(map(takes_a_resource, permissions.ANYWHERE))
    assert all(map(takes_a_resource, permissions.UNSCOPED))
    for call in permissions.LACKING:
        service, operation = call.split(":")
        assert operation in service_model(service).operation_names
        with pytest.raises(Exception, match="Unknown action"):
            row(call)
    sources = [
        *permissions.UNSCOPED.values(),
        *permissions.LACKING.values(),
        *permissions.UNNEEDED.values(),
        *(source for _, source in permissions.OBSERVED.values()),
        *(beyond.source for each in permissions.BEYOND.values() for beyond in each),
        permissions.NESTED_SOURCE,
    ]
    assert all("https://" in source for source in sources)
