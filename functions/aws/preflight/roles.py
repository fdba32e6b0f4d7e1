"""Are the roles there?"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from functions.aws.preflight.asking import MOST, asked, too_many
from functions.domain.preflight.sight import Seen, Sight

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient


def look(roles: Sequence[str], iam: "Callable[[], IAMClient]") -> dict[str, Seen]:
    """Return how each role stands, by its ARN, or by its name where that is all there is."""
    found: dict[str, Seen] = {
        each: asked("iam:GetRole", partial(_role, iam(), each)) for each in roles[:MOST]
    }
    return {each: found.get(each, too_many("roles")) for each in roles}


def _role(client: "IAMClient", role: str) -> Sight:
    try:
        found = client.get_role(RoleName=role.rpartition("/")[2])["Role"]
    except client.exceptions.NoSuchEntityException:
        return Sight.MISSING
    # Names are unique in an account, whatever their path: of another path it is another ARN.
    return Sight.THERE if role in (found["Arn"], found["RoleName"]) else Sight.MISSING
