"""Are the task definition and the images of a revision still there?"""

from typing import TYPE_CHECKING

from functions.aws import task_definitions
from functions.domain.image import repository
from functions.domain.recovery.restorable import Restorable
from functions.domain.release import Part

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient

GONE = ("ImageNotFound", "ImageInaccessible")
"""What BatchGetImage says of an image that nobody can pull any more (API: ImageFailure)."""


def look(ecs: "ECSClient", ecr: "ECRClient", part: Part) -> Restorable:
    """Return how a part can be run again: as it is, or registered again from what is left of it.

    A revision that was deregistered can still be read; one that was deleted is made once more from
    the base that it was made of.
    """
    images = sorted(set(part.images.values()))
    gone = tuple(image for image in images if _is_gone(ecr, image))
    if part.revision is not None:
        found = task_definitions.find(ecs, part.revision)
        if found is not None:
            active = found.document["status"] == "ACTIVE"
            return Restorable(part.revision, part.revision if active else None, gone)
    base = task_definitions.find(ecs, part.base)
    return Restorable(part.base if base is not None else None, None, gone)


def _is_gone(client: "ECRClient", image: str) -> bool:
    """Say whether an image is in ECR no more; out of reach, or not to be read, it counts as there.

    In reach are the repositories of this region.
    """
    reference, _, digest = image.partition("@")
    home = repository(reference)
    if home is None or home.account is None or home.region != client.meta.region_name:
        return False
    try:
        answer = client.batch_get_image(
            repositoryName=home.name, registryId=home.account, imageIds=[{"imageDigest": digest}]
        )
    except client.exceptions.RepositoryNotFoundException:
        return True
    except client.exceptions.ClientError:
        return False
    return any(each.get("failureCode") in GONE for each in answer["failures"])
