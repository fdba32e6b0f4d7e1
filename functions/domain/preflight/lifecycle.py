"""Does the lifecycle policy of the repository take an image that is still needed?

By the rules of ECR's own guide (Automate the cleanup of images, How lifecycle policies work): the
lowest priority first; an image whose tags fit a rule is taken by no later one; of several prefixes
or patterns all have to fit one of its tags; what counts is pushed_at, the youngest first, and what
an earlier rule takes is counted as if it were still there.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from functions.domain.image import accepts

SOON = timedelta(days=3)
"""An image that is taken by its age within that time is told of."""

Rule: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Stored:
    """An image as it is in the repository; `archived` ones are not counted with the others."""

    digest: str
    tags: tuple[str, ...]
    pushed_at: datetime
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy as its JSON text, empty where there is none, and all images it is about."""

    text: str = ""
    images: tuple[Stored, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """Which rule takes an image, by its priority, and when: `now`, or in words.

    `sure` is false where the rule is of a kind whose count is not known here.
    """

    rule: int
    when: str
    sure: bool = True


def taken(policy: Policy, digest: str, at: datetime) -> Taken | None:
    """Return what the policy does to an image; None where it stays, or is not there at all."""
    image = next((each for each in policy.images if each.digest == digest), None)
    rule = next((each for each in _rules(policy) if image and _selects(each, image)), None)
    return _takes(rule, image, policy, at) if image and rule else None


def _rules(policy: Policy) -> Sequence[Rule]:
    rules = json.loads(policy.text or "{}").get("rules") or ()
    # What is done to the archive is done to images that nobody can pull any more.
    active = [each for each in rules if each["selection"].get("storageClass") != "archive"]
    return sorted(active, key=lambda each: int(each["rulePriority"]))


def _selects(rule: Rule, image: Stored) -> bool:
    selection = rule["selection"]
    if image.archived:
        return False
    if selection["tagStatus"] == "any":
        return True
    if selection["tagStatus"] == "untagged" or not image.tags:
        return selection["tagStatus"] == "untagged" and not image.tags
    patterns = selection.get("tagPatternList") or ()
    prefixes = (f"{each}*" for each in selection.get("tagPrefixList") or ())
    return all(any(accepts((each,), tag) for tag in image.tags) for each in (*patterns, *prefixes))


def _takes(rule: Rule, image: Stored, policy: Policy, at: datetime) -> Taken | None:
    selection, number = rule["selection"], int(rule["rulePriority"])
    kind = selection["countType"]
    if kind == "imageCountMoreThan":
        like_it = (each for each in policy.images if _selects(rule, each))
        younger = sum(each.pushed_at > image.pushed_at for each in like_it)
        return _counted(number, younger, int(selection["countNumber"]))
    if kind == "sinceImagePushed":
        most = timedelta(days=int(selection["countNumber"]))
        return _aged(number, image.pushed_at + most - at)
    return Taken(number, f"by {kind}", sure=False)


def _counted(number: int, younger: int, most: int) -> Taken | None:
    if younger >= most:
        return Taken(number, "now")
    return Taken(number, "with the next push") if younger == most - 1 else None


def _aged(number: int, left: timedelta) -> Taken | None:
    if left <= timedelta():
        return Taken(number, "now")
    hours = -(-left // timedelta(hours=1))
    return Taken(number, f"in {hours} h") if left <= SOON else None
