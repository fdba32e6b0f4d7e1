"""The workflows wired: which calls the states of each make, and who is whose child."""

from collections.abc import Mapping

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow import Shared, Workflow

# What the states of each file call, functions and children aside: those its placeholders name.
CALLS: Mapping[str, tuple[str, ...]] = {
    "announce": ("events:PutEvents", "sns:Publish"),
    "pause": ("dynamodb:UpdateItem",),
    "roll": (
        "dynamodb:UpdateItem",
        "ecs:DescribeServices",
        "ecs:StopServiceDeployment",
        "ecs:UpdateService",
        "s3:PutObject",
    ),
    "migrate": (
        # Its transactions put, check and change; those of the release may delete as well.
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "ecs:RunTask",
        "ecs:StopTask",
        "s3:PutObject",
    ),
    "bake": ("dynamodb:UpdateItem", "s3:PutObject"),
    "follow": ("dynamodb:UpdateItem", "events:PutTargets", "scheduler:UpdateSchedule"),
    "conclude": (
        # Its transactions put, check, change and delete.
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "s3:PutObject",
        "states:DescribeExecution",
    ),
    "deploy": (
        "dynamodb:ConditionCheckItem",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "ecs:RegisterTaskDefinition",
        "ssm:GetParameter",
    ),
    "tidy": (
        "dynamodb:DeleteItem",
        "dynamodb:UpdateItem",
        "ecs:DeregisterTaskDefinition",
        "ecs:StopTask",
        "ecs:UpdateService",
        "ssm:PutParameter",
    ),
    "headroom": (
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "autoscaling:UpdateAutoScalingGroup",
        "dynamodb:DeleteItem",
        "dynamodb:PutItem",
        "ecs:UpdateContainerInstancesState",
        "states:DescribeExecution",
        "states:SendTaskSuccess",
    ),
    "run": ("ecs:RunTask", "ecs:StopTask"),
    "wake": ("dynamodb:Query", "dynamodb:UpdateItem", "states:SendTaskSuccess"),
}


class Workflows(Construct):
    """Every file of statemachines/ as a machine."""

    def __init__(self, scope: Construct, construct_id: str, shared: Shared) -> None:
        super().__init__(scope, construct_id)

        def workflow(word: str, *children: Workflow) -> Workflow:
            return Workflow(self, word, shared, calls=CALLS[word], children=children)

        announce = workflow("announce")
        pause = workflow("pause", announce)
        roll = workflow("roll", pause, announce)
        steps = [roll, *(workflow(word, pause) for word in ("migrate", "bake"))]
        follow = workflow("follow")
        self.tidy = workflow("tidy")
        self.run = workflow("run")
        self.headroom = workflow("headroom", announce)
        self.conclude = workflow("conclude", announce, self.tidy)
        self.wake = Workflow(
            self, "wake", shared, calls=CALLS["wake"], kind=sfn.StateMachineType.EXPRESS
        )
        self.deploy = workflow(
            "deploy", self.headroom, *steps, follow, pause, self.wake, self.conclude
        )
        # An Express workflow sends no status events.
        self.standard = [announce, pause, *steps, follow, self.tidy, self.run, self.headroom]
        self.standard += [self.conclude, self.deploy]
