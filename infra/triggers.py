"""Which events start a workflow, with which input, and where does an event go that cannot?"""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Duration, Fn
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from functions.domain.catalogue import Application
from infra.patterns import push_pattern, wake_pattern
from infra.reach import ACCOUNT, PARTITION, REGION, arn
from infra.workflow import Workflow
from infra.workflows import Workflows

# What EventBridge does by default, written down: that a push is not lost rests on it.
RETRY = events.CfnRule.RetryPolicyProperty(
    maximum_event_age_in_seconds=24 * 60 * 60, maximum_retry_attempts=185
)
PUSH = {
    "event": "$.id",
    "time": "$.time",
    "repository": "$.detail.repository-name",
    "digest": "$.detail.image-digest",
    "tag": "$.detail.image-tag",
}


class DeadLetters(Construct):
    """One queue for the events that no rule of ours could deliver."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        # One statement for all rules of the account: one each for a hundred applications would
        # not fit into the policy of a queue.
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={
                    "ArnLike": {"aws:SourceArn": Fn.sub(arn("events", "rule/*"))},
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                },
            )
        )

    def rule(
        self,
        scope: Construct,
        construct_id: str,
        *,
        description: str,
        pattern: object,
        target: Mapping[str, Any],
    ) -> None:
        """Make a rule with one target whose undelivered events end in the queue."""
        dead_letters = events.CfnRule.DeadLetterConfigProperty(arn=self.queue.queue_arn)
        events.CfnRule(
            scope,
            construct_id,
            description=description,
            event_pattern=pattern,
            targets=[
                events.CfnRule.TargetProperty(
                    id="Target", retry_policy=RETRY, dead_letter_config=dead_letters, **target
                )
            ],
        )


class Triggers(Construct):
    """Per application: a push starts `deploy`, what happens to its services and tasks `wake`.

    The rules start the machines without a version: an execution keeps the definition it started
    with anyway, and AWS documents no rule whose target is a version.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        applications: Sequence[Application],
        workflows: Workflows,
        dead_letters: DeadLetters,
    ) -> None:
        super().__init__(scope, construct_id)
        self._dead_letters = dead_letters
        self.role = self._starter(
            [workflows.deploy, workflows.conclude, workflows.headroom, workflows.wake]
        )
        pushes, wakes = Construct(self, "Push"), Construct(self, "Wake")
        for application in applications:
            self._push(pushes, application, workflows.deploy)
            self._wake(wakes, application, workflows.wake)

    def _starter(self, workflows: Sequence[Workflow]) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("events.amazonaws.com"),
            description="Which workflows an event may start",
        )
        machines = [each.machine.state_machine_arn for each in workflows]
        role.add_to_policy(
            iam.PolicyStatement(actions=["states:StartExecution"], resources=machines)
        )
        return role

    def _push(self, scope: Construct, application: Application, deploy: Workflow) -> None:
        name = application.application
        push = ",".join(f'"{key}":<{key}>' for key in PUSH)
        transformer = events.CfnRule.InputTransformerProperty(
            input_paths_map=PUSH,
            input_template=f'{{"application":"{name}","push":{{{push}}}}}',
        )
        self._dead_letters.rule(
            scope,
            name,
            description=f"A push to {application.repository.name} is deployed as {name}",
            pattern=_located(push_pattern(application, ACCOUNT)),
            target={**self._start(deploy), "input_transformer": transformer},
        )

    def _wake(self, scope: Construct, application: Application, wake: Workflow) -> None:
        name = application.application
        self._dead_letters.rule(
            scope,
            name,
            description=f"What happens to {name} wakes its deployment that waits",
            pattern=_located(wake_pattern(application, ACCOUNT, REGION, PARTITION)),
            target={**self._start(wake), "input": f'{{"application":"{name}"}}'},
        )

    def _start(self, workflow: Workflow) -> dict[str, str]:
        return {"arn": workflow.machine.state_machine_arn, "role_arn": self.role.role_arn}


def _located(part: object) -> object:
    """Leave each text that names account or region to CloudFormation."""
    if isinstance(part, Mapping):
        return {key: _located(value) for key, value in part.items()}
    if isinstance(part, list):
        return [_located(value) for value in part]
    return Fn.sub(part) if isinstance(part, str) and "${AWS::" in part else part
