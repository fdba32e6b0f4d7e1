"""The one stack: what an environment of Pilothouse consists of."""

from collections.abc import Sequence
from pathlib import Path

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from functions.domain.catalogue import Application
from infra.abandoned import Abandoned
from infra.alarms import Alarms
from infra.evidence import Evidence
from infra.functions import Functions
from infra.hook import Hook
from infra.ledger import Ledger
from infra.news import News
from infra.parameters import Parameters, prefix
from infra.reach import Reach
from infra.triggers import DeadLetters, Triggers
from infra.workflow import Shared
from infra.workflows import Workflows


class DeployerStack(Stack):
    """Composes; creates nothing itself but the outputs that a person needs."""

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
        news = News(self, "News")
        workflows = self._workflows(applications, environment, layer, news)
        dead_letters = DeadLetters(self, "DeadLetters")
        triggers = Triggers(self, "Triggers", applications, workflows, dead_letters)
        Abandoned(self, "Abandoned", workflows, dead_letters, triggers.role)
        Alarms(self, "Alarms", workflows, dead_letters, news.topic)
        self._output("Deploy", "Start this by hand", workflows.deploy.machine.state_machine_arn)
        self._output(
            "Run", "Start this to run a command once", workflows.run.machine.state_machine_arn
        )
        self._output("NewsTopic", "Subscribe to this", news.topic.topic_arn)

    def _workflows(
        self, applications: Sequence[Application], environment: str, layer: Path, news: News
    ) -> Workflows:
        Parameters(self, "Parameters", applications, environment)
        ledger = Ledger(self, "Ledger").table
        evidence = Evidence(self, "Evidence").bucket
        reach = Reach(
            applications,
            environment=environment,
            ledger=ledger.table_arn,
            evidence=evidence.bucket_arn,
            topic=news.topic.topic_arn,
            topic_key=news.key.key_arn,
        )
        functions = Functions(self, "Functions", environment=environment, layer=layer, reach=reach)
        self._offer(functions, ledger.table_name, environment)
        values = {
            "Applications": ",".join(each.application for each in applications),
            "Bus": "default",
            "Environment": environment,
            "Evidence": evidence.bucket_name,
            "Ledger": ledger.table_name,
            "Parameters": prefix(environment),
            "Topic": news.topic.topic_arn,
        }
        shared = Shared(environment=environment, functions=functions, reach=reach, values=values)
        return Workflows(self, "Workflows", shared)

    def _offer(self, functions: Functions, ledger: str, environment: str) -> None:
        function = functions.by_name["AnswerHook"]
        hook = Hook(self, "Hook", function, ledger=ledger, environment=environment)
        self._output("HookFunction", "Name this as a lifecycle hook", hook.function_arn)
        self._output("HookRole", "Name this as the role of that hook", hook.role_arn)

    def _output(self, construct_id: str, description: str, value: str) -> None:
        CfnOutput(self, construct_id, description=description, value=value)
