"""How do many grants become the few policies that a role may have?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice

from aws_cdk import Fn, Token
from aws_cdk import aws_iam as iam

Conditions = Mapping[str, Mapping[str, str | list[str]]]

# A role takes 10,240 characters of policies of its own, of which logs and X-Ray need few, and a
# managed policy 6,144: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
OWN_POLICY = 4_000
MANAGED_POLICY = 6_000
# Small statements pack well; a large one could not be divided over two policies.
RESOURCES_PER_STATEMENT = 15
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


def attach(role: iam.Role, grants: Iterable[Grant]) -> None:
    """Give the role its grants: in its own policy if they are few, else in managed ones.

    The CDK would divide a large policy itself, but takes each ARN for twice its size.
    """
    statements = list(_statements(grants))
    if sum(statement.size for statement in statements) <= OWN_POLICY:
        for statement in statements:
            role.add_to_policy(statement.made())
        return
    for number, packed in enumerate(_packed(statements), start=1):
        made = [statement.made() for statement in packed]
        iam.ManagedPolicy(role, f"Policy{number}", statements=made, roles=[role])


def _statements(grants: Iterable[Grant]) -> Iterator[_Statement]:
    """Yield one statement for actions on the same resources, in an order that does not change."""
    alike: dict[tuple[tuple[str, ...], str], list[Grant]] = {}
    for grant in grants:
        if grant.resources:  # Else nothing in the catalogue needs it.
            alike.setdefault((tuple(grant.resources), repr(grant.conditions)), []).append(grant)
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
