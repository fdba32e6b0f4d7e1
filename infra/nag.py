"""What does cdk-nag (AwsSolutions) find in the stack, and which of its findings are meant?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import cdk_nag
from aws_cdk import Stack


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule and the construct that breaks it."""

    rule: str
    where: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Findings that are meant: whole rule and path as patterns, and the reason."""

    rule: str
    where: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        return bool(
            re.fullmatch(self.rule, finding.rule) and re.fullmatch(self.where, finding.where)
        )


def _wildcard(resource: str) -> str:
    return rf"AwsSolutions-IAM5\[Resource::{resource}\]"


_HERE = r"<AWS::Region>:<AWS::AccountId>"
_FUNCTION_ROLES = r"[^/]+/Functions/\w+Role/.+"
_WORKFLOW_ROLES = r"[^/]+/Workflows/\w+/Role/.+"

ACKNOWLEDGED = (
    Acknowledgement(
        _wildcard(r"\*"),
        _FUNCTION_ROLES,
        "X-Ray knows no resources; nor do the reads of ECS, CloudWatch and the preflight that "
        "infra/permissions.py lists under ANYWHERE and UNSCOPED, with sources.",
    ),
    Acknowledgement(
        _wildcard(r"\*"),
        _WORKFLOW_ROLES,
        "X-Ray, the delivery of logs and SendTaskSuccess know no resources.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:ecs:{_HERE}:service(-deployment|-revision)?/.+"),
        r".+",
        "One prefix per application, so that a hundred applications fit into ten policies; "
        "deployments and revisions of a service have ids that only ECS knows.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:ecs:{_HERE}:task-definition/.+:\*"),
        _WORKFLOW_ROLES,
        "A release is a new revision of a family of the catalogue: its number is not known before.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:ecs:{_HERE}:task/[^/*]+/\*"),
        r".+",
        "The ARN of a task names its cluster and a random id, nothing of its service.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:ecs:{_HERE}:container-instance/[^/*]+/\*"),
        _FUNCTION_ROLES,
        "The ARN of a container instance names its cluster and a random id; it is only read.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:logs:{_HERE}:log-group:[^*]+\*?:log-stream:\*"),
        _FUNCTION_ROLES,
        "The last lines of a task that failed: its stream bears the id of the task. The groups are "
        "those that the catalogue names.",
    ),
    Acknowledgement(
        _wildcard(r"<Evidence\w+\.Arn>/\*"),
        r".+",
        "What a look found is an object of its own, called by the time of the look.",
    ),
    Acknowledgement(
        r"AwsSolutions-S1",
        r"[^/]+/Evidence/Bucket/Resource",
        "Access logs would need a bucket of their own, and say little: what is kept here is "
        "redacted and private, and data events of CloudTrail tell who reads it where that matters.",
    ),
    Acknowledgement(
        _wildcard(r"<\w+\.Arn>:\*"),
        _WORKFLOW_ROLES,
        "Every version of one function: a running deployment calls the version it started with.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:states:{_HERE}:execution:pilothouse-[^*]+:\*"),
        _WORKFLOW_ROLES,
        "A parent looks at and stops the executions of its own children, whose names it makes.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:states:{_HERE}:execution:pilothouse-[^*]+:\*"),
        _FUNCTION_ROLES,
        "Whether the execution of another deployment still runs; its name is made as it starts.",
    ),
    Acknowledgement(
        _wildcard(rf"arn:<AWS::Partition>:ssm:{_HERE}:parameter/pilothouse/[^/*]+/\*(/image)?"),
        r".+",
        "The documents of this environment and nothing else, one per application, and below each "
        "the image that runs.",
    ),
    Acknowledgement(
        r"AwsSolutions-SQS3",
        r"[^/]+/DeadLetters/Queue/Resource",
        "It is the dead-letter queue, of EventBridge rules instead of another queue.",
    ),
)


def findings(stack: Stack) -> list[Finding]:
    report = cdk_nag.AwsSolutionsChecks().validate_scope(stack)
    return [
        Finding(violation.rule_name, resource.construct_path or "")
        for violation in report.violations
        for resource in violation.violating_resources
    ]


def unexplained(found: Iterable[Finding]) -> list[Finding]:
    return [each for each in found if not any(known.covers(each) for known in ACKNOWLEDGED)]


def unused(found: Iterable[Finding]) -> list[Acknowledgement]:
    """Return the acknowledgements that nothing needs any more."""
    found = list(found)
    return [known for known in ACKNOWLEDGED if not any(map(known.covers, found))]
