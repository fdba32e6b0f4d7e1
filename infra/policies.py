"""How do many grants become the few policies that a role may have?"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from aws_cdk import Fn, Stack, Token
from aws_cdk import aws_iam as iam
from constructs import Construct

Conditions = Mapping[str, Mapping[str, str | list[str]]]

# A role takes 10,240 characters of policies of its own, of which logs and X-Ray need few, and a
# managed policy 6,144: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
OWN_POLICY = 4_000
MANAGED_POLICY = 6_000
# Small statements pack well; a large one could not be divided over two policies.
RESOURCES_PER_STATEMENT = 15
# From so many resources on a list is a policy of its own, which all roles share that need the same.
SHARED = 40
# Only CloudFormation knows the real values: these are as long as they come.
LONGEST = {
    "${AWS::Partition}": "aws-us-gov",
    "${AWS::Region}": "ap-southeast-1",
    "${AWS::AccountId}": "123456789012",
}
LONGEST_TOKEN = 170


@dataclass(frozen=True, slots=True)
class Grant:
    """An action, what it may touch, and under which conditions.

    ARNs are texts for Fn::Sub, or tokens of the CDK.
    """

    action: str
    resources: Sequence[str]
    conditions: Conditions = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Statement:
    actions: Sequence[str]
    resources: Sequence[str]
    conditions: Conditions

    @property
    def size(self) -> int:
        conditions = _texts(self.conditions.values())
        return 60 + sum(_size(text) + 3 for text in (*self.actions, *self.resources, *conditions))

    def made(self) -> iam.PolicyStatement:
        conditions = {
            operator: {key: _substituted(value) for key, value in tests.items()}
            for operator, tests in self.conditions.items()
        }
        return iam.PolicyStatement(
            actions=list(self.actions),
            resources=[_sub(resource) for resource in self.resources],
            conditions=conditions,
        )


_Alike = dict[tuple[tuple[str, ...], str], list[Grant]]


def role(
    scope: Construct,
    construct_id: str,
    *,
    principal: str,
    description: str,
    grants: Iterable[Grant],
) -> iam.IRole:
    """Make a role with its grants: inside it if they are few, else in managed policies.

    The CDK would divide a large policy itself, but takes each ARN for twice its size; and a policy
    of its own beside each role would be a resource more of the 500 that a stack may have. So
    nothing is added to the role afterwards: all that it may do is in `grants`.
    """
    own, shared = _divided(_alike(grants))
    inside = sum(each.size for each in own) <= OWN_POLICY
    document = iam.PolicyDocument(statements=[each.made() for each in own])
    made = iam.Role(
        scope,
        construct_id,
        assumed_by=iam.ServicePrincipal(principal),
        description=description,
        inline_policies={"Own": document} if inside and own else None,
    )
    for number, packed in enumerate(_packed(() if inside else own), start=1):
        several = [statement.made() for statement in packed]
        iam.ManagedPolicy(made, f"Policy{number}", statements=several, roles=[made])
    _share(made, _packed_apart(shared))
    return made.without_policy_updates()


def _divided(alike: _Alike) -> tuple[list[_Statement], _Alike]:
    """Return what a role keeps to itself, and the long lists that it may share with others."""
    everything = list(_statements(alike))
    if sum(each.size for each in everything) <= OWN_POLICY:
        return everything, {}
    shared = {key: some for key, some in alike.items() if len(key[0]) >= SHARED}
    return list(_statements({key: alike[key] for key in alike if key not in shared})), shared


def _share(role: iam.Role, policies: Iterable[list[_Statement]]) -> None:
    """Attach policies that other roles need to the letter, too, each made once in the stack."""
    stack = Stack.of(role)
    found = stack.node.try_find_child("Policies")
    place = found if isinstance(found, Construct) else Construct(stack, "Policies")
    for packed in policies:
        name = hashlib.sha256(repr(packed).encode()).hexdigest()[:12]
        policy = place.node.try_find_child(name)
        if policy is None:
            statements = [statement.made() for statement in packed]
            policy = iam.ManagedPolicy(place, name, statements=statements)
        assert isinstance(policy, iam.ManagedPolicy)  # noqa: S101  nothing else stands there
        policy.attach_to_role(role)


def _packed_apart(alike: _Alike) -> Iterator[list[_Statement]]:
    """Yield the policies of each list of resources by itself: only so they are those of others."""
    for key, grants in alike.items():
        yield from _packed(_statements({key: grants}))


def _alike(grants: Iterable[Grant]) -> _Alike:
    """Return the grants by what they may touch, and under which conditions."""
    alike: _Alike = {}
    for grant in grants:
        if grant.resources:  # Else nothing in the catalogue needs it.
            alike.setdefault((tuple(grant.resources), repr(grant.conditions)), []).append(grant)
    return alike


def _statements(alike: _Alike) -> Iterator[_Statement]:
    """Yield one statement for actions on the same resources, in an order that does not change."""
    for (resources, _), same in alike.items():
        actions = sorted({grant.action for grant in same})
        rest = iter(resources)
        while some := tuple(islice(rest, RESOURCES_PER_STATEMENT)):
            yield _Statement(actions, some, same[0].conditions)


def _packed(statements: Iterable[_Statement]) -> Iterator[list[_Statement]]:
    policy: list[_Statement] = []
    for statement in statements:
        if policy and sum(each.size for each in policy) + statement.size > MANAGED_POLICY:
            yield policy
            policy = []
        policy.append(statement)
    if policy:
        yield policy


def _texts(tests: Iterable[Mapping[str, str | list[str]]]) -> Iterator[str]:
    for test in tests:
        for key, value in test.items():
            yield from (key, value) if isinstance(value, str) else (key, *value)


def _size(text: str) -> int:
    if Token.is_unresolved(text):
        return LONGEST_TOKEN
    for name, longest in LONGEST.items():
        text = text.replace(name, longest)
    return len(text)


def _substituted(value: str | list[str]) -> str | list[str]:
    return _sub(value) if isinstance(value, str) else [_sub(each) for each in value]


@cache
def _sub(text: str) -> str:
    return Fn.sub(text) if "${AWS::" in text else text
