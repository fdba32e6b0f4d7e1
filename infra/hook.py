"""What does a service name as its lifecycle hook, so that ECS itself asks whether it may go on?"""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import policies
from infra.policies import Grant


class Hook(Construct):
    """The function, and the role in which ECS calls it.

    Services name the function without a version: they are not deployed whenever Pilothouse is.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-permissions.html
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        ledger: str,
        environment: str,
    ) -> None:
        super().__init__(scope, construct_id)
        function.add_environment("LEDGER", ledger)
        self.function_arn = function.function_arn
        self.role_arn = policies.role(
            self,
            "Role",
            principal="ecs.amazonaws.com",
            description=f"ECS asks Pilothouse {environment} whether a deployment may go on",
            grants=[Grant("lambda:InvokeFunction", (function.function_arn,))],
        ).role_arn
