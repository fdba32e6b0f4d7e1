"""How do people hear what became of a deployment?"""

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct


class News(Construct):
    """A topic that anyone may subscribe to; `announce` publishes to it, and so do alarms."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.key = self._key()
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name=f"{Stack.of(self).stack_name} news",
            master_key=self.key,
            enforce_ssl=True,
        )
        for publisher in _publishers():
            self.topic.grant_publish(publisher)

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
