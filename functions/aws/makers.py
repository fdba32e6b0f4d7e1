"""Who made a revision that we did not ask for?"""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from functions.domain.task_definition import is_ours

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

CLOUDFORMATION = "aws:cloudformation:"
"""Tags that CloudFormation puts on what it makes. Whether a task definition always carries them is
documented nowhere (unverified), so who registered it is read as well."""


def whose(client: "ECSClient", task_definition: str) -> str:
    """Return a sentence on who registered a revision; an empty one where it cannot be told."""
    try:
        answer = client.describe_task_definition(taskDefinition=task_definition, include=["TAGS"])
    except (BotoCoreError, ClientError):
        return ""
    tags = {each["key"]: each["value"] for each in answer.get("tags", [])}
    by = answer["taskDefinition"].get("registeredBy", "")
    if is_ours(tags):
        return "Its revision is one of Pilothouse's own."
    stack = tags.get(f"{CLOUDFORMATION}stack-name")
    if stack or "AWSCloudFormation" in by or "cfn-exec-role" in by:
        return f"CloudFormation made its revision{f' (stack {stack})' if stack else ''}."
    return f"Its revision was registered by {by.rpartition(':')[2]}." if by else ""
