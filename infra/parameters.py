"""Where do the workflows read what the catalogue says about an application?"""

from collections.abc import Sequence

from aws_cdk import aws_ssm as ssm
from constructs import Construct

from functions.domain.catalogue import Application
from infra.catalogue import minified


def prefix(environment: str) -> str:
    return f"/pilothouse/{environment}/"


class Parameters(Construct):
    """One parameter per application, so that no document has to share 8 KiB with another."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        applications: Sequence[Application],
        environment: str,
    ) -> None:
        super().__init__(scope, construct_id)
        for application in applications:
            ssm.StringParameter(
                self,
                application.application,
                parameter_name=prefix(environment) + application.application,
                string_value=minified(application),
                tier=ssm.ParameterTier.INTELLIGENT_TIERING,
                description=f"What the catalogue says about {application.application}",
            )
