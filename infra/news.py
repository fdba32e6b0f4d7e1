"""How do people hear what became of a deployment?"""

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.triggers import DeadLetters

SOURCE = "pilothouse"


class News(Construct):
    """A topic that anyone may subscribe to; it carries the sentence of each announcement."""

    def __init__(
        self, scope: Construct, construct_id: str, environment: str, dead_letters: DeadLetters
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name=f"{Stack.of(self).stack_name} news",
            master_key=self._key(),
            enforce_ssl=True,
        )
        for publisher in _publishers():
            self.topic.grant_publish(publisher)
        dead_letters.rule(
            self,
            "Announcements",
            description="Each announcement goes to the topic as its sentence",
            # All environments of an account put their news on its one default bus.
            pattern={
                "source": [SOURCE],
                "detail": {"environment": [environment], "message": [{"exists": True}]},
            },
            target={"arn": self.topic.topic_arn, "input_path": "$.detail.message"},
        )

    def _key(self) -> kms.Key:
        """Make a key of our own: that of SNS in the account admits no other service."""
        key = kms.Key(
            self, "Key", enable_key_rotation=True, description="Encrypts the news of Pilothouse"
        )
        for publisher in _publishers():
            key.grant(publisher, "kms:Decrypt", "kms:GenerateDataKey*")
        return key


def _publishers() -> list[iam.ServicePrincipal]:
    """Return who may publish: our alarms, and rules, which do not say whose they are.

    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    ours = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
    return [
        iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=ours),
        iam.ServicePrincipal("events.amazonaws.com"),
    ]
