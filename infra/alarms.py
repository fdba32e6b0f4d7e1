"""When is a person called because Pilothouse itself, not a release, went wrong?"""

from collections.abc import Iterable, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.abandoned import CHILD, ended
from infra.triggers import DeadLetters
from infra.workflow import Workflow
from infra.workflows import Workflows

# Without the cause: a text with quotes in it would make the message one that cannot be delivered.
FAULT = {
    "name": "$.detail.name",
    "error": "$.detail.error",
    "execution": "$.detail.executionArn",
}
FAILED = (
    '"Look now: the execution <name> could not finish what a dead deployment left, and ended with '
    "the error <error>. Its red state in the Step Functions console says why, its input which "
    'deployment: <execution>"'
)
PERIOD = Duration.minutes(5)
MOST_METRICS = 9
"""An alarm takes ten, the expression among them:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html"""


class Alarms(Construct):
    """Faults, time-outs, throttling and dead letters reach the topic; refused input does not."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        workflows: Workflows,
        dead_letters: DeadLetters,
        topic: sns.Topic,
    ) -> None:
        super().__init__(scope, construct_id)
        self._action = actions.SnsAction(topic)
        self._faults(workflows, dead_letters, topic)
        self._of_machines((*workflows.standard, workflows.wake))
        self._failures(workflows)
        self._alarm(
            "DeadLetters",
            dead_letters.queue.metric_approximate_number_of_messages_visible(period=PERIOD),
            "An event could not be delivered. Read it in the queue; start what it should have.",
        )

    def _failures(self, workflows: Workflows) -> None:
        """Tell of those whose failure nobody waits for."""
        self._alarm(
            "WakeFailed",
            workflows.wake.machine.metric_failed(period=PERIOD),
            "wake failed: what waits is woken by its tick only. Its log says why.",
        )
        self._alarm(
            "TidyFailed",
            workflows.tidy.machine.metric_failed(period=PERIOD),
            "tidy failed: what a deployment has left behind stays until the next one ends, maybe "
            "the percentages of a recreation at a service. Its red execution names each, and why.",
        )
        self._alarm(
            "HeadroomFailed",
            workflows.headroom.machine.metric_failed(period=PERIOD),
            "headroom failed: it is started again once. If that fails too, instances that were "
            "added for a release may stay. Its red execution says why.",
        )

    def _faults(self, workflows: Workflows, dead_letters: DeadLetters, topic: sns.Topic) -> None:
        """Tell of the last resort only: how a deployment ends, it announces or `conclude` does."""
        dead_letters.rule(
            self,
            "Faults",
            description="What could not be concluded in place of a dead deployment is told",
            pattern=ended(
                [workflows.conclude], status=["FAILED"], name=[{"anything-but": {"prefix": CHILD}}]
            ),
            target={
                "arn": topic.topic_arn,
                "input_transformer": events.CfnRule.InputTransformerProperty(
                    input_paths_map=FAULT, input_template=FAILED
                ),
            },
        )

    def _of_machines(self, workflows: Sequence[Workflow]) -> None:
        """Watch several machines with one alarm: a stack has 500 resources at most."""
        for number, start in enumerate(range(0, len(workflows), MOST_METRICS), start=1):
            some = workflows[start : start + MOST_METRICS]
            words = ", ".join(each.node.id.lower() for each in some)
            self._alarm(
                f"TimedOut{number}",
                _sum(each.machine.metric_timed_out(period=PERIOD) for each in some),
                f"A workflow timed out: a wait did not end. See the red executions of {words}.",
            )
            self._alarm(
                f"Throttled{number}",
                _sum(each.machine.metric_throttled(period=PERIOD) for each in some),
                f"A workflow is throttled ({words}): ask AWS for more state transitions a second.",
            )

    def _alarm(self, construct_id: str, metric: cloudwatch.IMetric, description: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=0,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=description,
        )
        alarm.add_alarm_action(self._action)


def _sum(metrics: Iterable[cloudwatch.Metric]) -> cloudwatch.MathExpression:
    using = {f"m{number}": metric for number, metric in enumerate(metrics)}
    filled = (f"FILL({name}, 0)" for name in using)
    return cloudwatch.MathExpression(
        expression=" + ".join(filled), using_metrics=dict(using), period=PERIOD
    )
