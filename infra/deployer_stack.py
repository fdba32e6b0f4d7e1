"""The one stack: what an environment of Pilothouse consists of."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from functions.domain.catalogue import Application
from infra.alarms import Alarms
from infra.functions import Functions
from infra.ledger import Ledger
from infra.news import News
from infra.parameters import Parameters, prefix
from infra.reach import Reach
from infra.triggers import DeadLetters, Triggers
from infra.workflow import Shared
from infra.workflows import Workflows


class DeployerStack(Stack):
    """Composes; creates nothing itself but the two outputs that a person needs."""

    def __init__(
        self,
        scope: Construct,
        *,
        applications: Sequence[Application],
        environment: str,
        layer: Path,
    ) -> None:
        super().__init__(
            scope,
            f"Pilothouse-{environment}",
            description=f"Pilothouse: steers the ECS applications of {environment}",
            # With a hundred applications, blanks would be a third of the million bytes AWS takes.
            suppress_template_indentation=True,
        )
        workflows = self._workflows(applications, environment, layer)
        dead_letters = DeadLetters(self, "DeadLetters")
        news = News(self, "News", environment, dead_letters)
        Triggers(self, "Triggers", applications, workflows, dead_letters)
        Alarms(self, "Alarms", workflows, dead_letters, news.topic)
        self._output("Deploy", "Start this by hand", workflows.deploy.machine.state_machine_arn)
        self._output("NewsTopic", "Subscribe to this", news.topic.topic_arn)

    def _workflows(
        self, applications: Sequence[Application], environment: str, layer: Path
    ) -> Workflows:
        Parameters(self, "Parameters", applications, environment)
        ledger = Ledger(self, "Ledger").table
        reach = Reach(applications, environment=environment, ledger=ledger.table_arn)
        shared = Shared(
            environment=environment,
            functions=Functions(
                self, "Functions", environment=environment, layer=layer, reach=reach
            ),
            reach=reach,
            values={
                "Applications": ",".join(each.application for each in applications),
                "Bus": "default",
                "Environment": environment,
                "Ledger": ledger.table_name,
                "Parameters": prefix(environment),
            },
        )
        return Workflows(self, "Workflows", shared)

    def _output(self, construct_id: str, description: str, value: str) -> None:
        CfnOutput(self, construct_id, description=description, value=value)
