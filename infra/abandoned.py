"""Which executions died before a deployment was concluded, so that somebody else has to do it?"""

from collections.abc import Sequence

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.triggers import DeadLetters
from infra.workflow import Workflow
from infra.workflows import Workflows

# The errors of the Fail states of `deploy` that come after its conclusion, or refuse a request.
# All others, `Fault` among them, may have left something to do.
CONCLUDED = ("Failed", "RolledBack", "RollbackFailed", "Expired", "Rejected", "InvalidRequest")
# How `deploy` begins the name of its own conclusion: of what becomes of that, it hears itself.
CHILD = "conclude-"
# How `deploy` begins the name of the headroom that it starts; those started by a rule are others.
HEADROOM = "headroom-"
# What is made of the event, for `conclude` and for `headroom`.
ABANDONED = '{"abandoned":{"execution":<execution>}}'
AGAIN = '{"again":{"execution":<execution>}}'


class Abandoned(Construct):
    """What dies is concluded by `conclude`, and so is what dies while it does that.

    Not what fails there: it would fail again. That is told to a person (infra/alarms.py).
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        workflows: Workflows,
        dead_letters: DeadLetters,
        role: iam.Role,
    ) -> None:
        super().__init__(scope, construct_id)
        self._dead_letters = dead_letters
        self._role = role
        self._concluded(workflows)
        self._given_back(workflows)

    def _concluded(self, workflows: Workflows) -> None:
        self._rule(
            "Killed",
            "A deployment that is stopped or runs out of time is concluded in its place",
            workflows.conclude,
            ended(
                [workflows.deploy, workflows.conclude],
                status=["ABORTED", "TIMED_OUT"],
                name=[{"anything-but": {"prefix": CHILD}}],
            ),
        )
        self._rule(
            "Broken",
            "A deployment that ends by a fault is concluded if it has not been",
            workflows.conclude,
            ended(
                [workflows.deploy],
                status=["FAILED"],
                error=[{"anything-but": list(CONCLUDED)}, {"exists": False}],
            ),
        )

    def _given_back(self, workflows: Workflows) -> None:
        """Have what was raised given back, also where whoever was to do it was stopped.

        One that failed is started again once, not by whom a rule has started: it would go on so.
        """
        again = " as its input says, so that what was raised is given back"
        self._rule(
            "HeadroomKilled",
            f"Headroom that is stopped or runs out of time goes on{again}",
            workflows.headroom,
            ended([workflows.headroom], status=["ABORTED", "TIMED_OUT"]),
            AGAIN,
        )
        self._rule(
            "HeadroomBroken",
            f"Headroom that failed goes on once{again}",
            workflows.headroom,
            ended([workflows.headroom], status=["FAILED"], name=[{"prefix": HEADROOM}]),
            AGAIN,
        )

    def _rule(
        self,
        construct_id: str,
        description: str,
        starts: Workflow,
        pattern: object,
        given: str = ABANDONED,
    ) -> None:
        transformer = events.CfnRule.InputTransformerProperty(
            input_paths_map={"execution": "$.detail.executionArn"}, input_template=given
        )
        self._dead_letters.rule(
            self,
            construct_id,
            description=description,
            pattern=pattern,
            target={
                "arn": starts.machine.state_machine_arn,
                "role_arn": self._role.role_arn,
                "input_transformer": transformer,
            },
        )


def ended(workflows: Sequence[Workflow], **detail: object) -> dict[str, object]:
    """Return the pattern of executions of these workflows that ended so.

    The events: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    machines = [each.machine.state_machine_arn for each in workflows]
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {**detail, "stateMachineArn": machines},
    }
