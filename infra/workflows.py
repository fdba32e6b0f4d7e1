"""The workflows wired: which calls the states of each make, and who is whose child."""

from collections.abc import Mapping

from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.workflow import Shared, Workflow

# What the states of each file call, functions and children aside: those its placeholders name.
CALLS: Mapping[str, tuple[str, ...]] = {
    "roll": ("dynamodb:UpdateItem", "ecs:UpdateService"),
    "migrate": ("dynamodb:UpdateItem", "ecs:RunTask", "ecs:StopTask"),
    "bake": ("dynamodb:UpdateItem",),
    "deploy": (
        # Its transactions put and check.
        "dynamodb:ConditionCheckItem",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "ecs:RegisterTaskDefinition",
        "events:PutEvents",
        "ssm:GetParameter",
    ),
    "wake": ("dynamodb:Query", "dynamodb:UpdateItem", "states:SendTaskSuccess"),
}


class Workflows(Construct):
    """Every file of statemachines/ as a machine."""

    def __init__(self, scope: Construct, construct_id: str, shared: Shared) -> None:
        super().__init__(scope, construct_id)
        children = [
            Workflow(self, word, shared, calls=CALLS[word]) for word in ("roll", "migrate", "bake")
        ]
        self.deploy = Workflow(self, "deploy", shared, calls=CALLS["deploy"], children=children)
        self.wake = Workflow(
            self, "wake", shared, calls=CALLS["wake"], kind=sfn.StateMachineType.EXPRESS
        )
        # An Express workflow sends no status events.
        self.standard = [*children, self.deploy]
