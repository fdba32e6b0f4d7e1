"""Which events start a deployment of an application, and which wake one that waits.

A pattern may let through what admission then filters. It never keeps back what somebody wanted.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from functions.domain.catalogue import Application

Pattern = dict[str, object]
Matchers = list[object]


def push_pattern(application: Application, account: str) -> Pattern:
    """Match a tagged image in the repository, pushed there or replicated to it.

    An event that another account forwards keeps the account and region where it arose.
    """
    repository = application.repository
    pattern: Pattern = {
        "source": ["aws.ecr"],
        "detail-type": ["ECR Image Action", "ECR Replication Action"],
        "account": [repository.account or account],
        "detail": {
            "action-type": ["PUSH", "REPLICATE"],
            "result": ["SUCCESS"],
            "repository-name": [repository.name],
            # Every one of these matchers asks for a tag, which child manifests do not have.
            "image-tag": tag_matchers(application.images.tags),
        },
    }
    return {**pattern, "region": [repository.region]} if repository.region else pattern


def wake_pattern(
    application: Application, account: str, region: str, partition: str = "aws"
) -> Pattern:
    """Match what a waiting deployment wants to look at: stops, deployments, hooks and alarms.

    Account, region and partition may be tokens of the CDK: they are only ever put into texts.
    """
    ecs = f"arn:{partition}:ecs:{region}:{account}"
    place = f"{ecs}:service/{application.cluster}/"
    services = _named(place, application, [each.service for each in application.services])
    stops = {"clusterArn": [f"{ecs}:cluster/{application.cluster}"], **_stops(application)}
    wakes: list[Pattern] = [
        {"detail-type": ["ECS Task State Change"], "detail": stops},
        # This event names the service nowhere but in its resources.
        {"detail-type": ["ECS Deployment State Change"], "resources": services},
        {"detail-type": ["ECS Hook State Change"], "detail": {"serviceArn": services}},
    ]
    alarms = {alarm for each in application.services for alarm in each.bake.alarms}
    if not alarms:
        return {"source": ["aws.ecs"], "$or": wakes}
    return {"source": ["aws.ecs", "aws.cloudwatch"], "$or": [*wakes, _changes(alarms)]}


def _changes(alarms: Iterable[str]) -> Pattern:
    return {
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": sorted(alarms)},
    }


def _stops(application: Application) -> Pattern:
    services = [each.service for each in application.services]
    families = [each.family for each in application.services]
    return {
        "$or": [
            # The scheduler's own stops, as it scales in and replaces, are the bulk, and the tick
            # sees what they change in time. A stop without a code may be anything.
            {
                "lastStatus": ["STOPPED"],
                "stopCode": [{"anything-but": "ServiceSchedulerInitiated"}, {"exists": False}],
            },
            # But those of a sick task, as soon as they are decided (texts observed: R1.7).
            {"lastStatus": ["DEACTIVATING"], "stoppedReason": [{"prefix": "Task failed "}]},
        ],
        "group": [
            *_named("service:", application, services),
            *_named("family:", application, families),
        ],
    }


def _named(before: str, application: Application, names: Sequence[str]) -> Matchers:
    """Return one prefix for the names that begin with the application's, the others singly."""
    prefix = f"{application.application}-"
    singly: Matchers = [
        before + each for each in dict.fromkeys(names) if not each.startswith(prefix)
    ]
    shared = any(each.startswith(prefix) for each in names)
    return [{"prefix": before + prefix}, *singly] if shared else singly


def tag_matchers(globs: Iterable[str]) -> Matchers:
    """Return matchers that take every tag the globs take, and as few others as can be said.

    The matchers of one field are alternatives, so an exclusion has an effect only where
    everything else is taken.
    """
    plain = [re.sub(r"\*+", "*", glob) for glob in globs]
    taken = [glob for glob in plain if not glob.startswith("!")]
    excluded = [glob[1:] for glob in plain if glob.startswith("!")]
    if "*" not in taken:
        kinds = map(_kind, dict.fromkeys(taken))
        return [text if kind == "exactly" else {kind: text} for kind, text in kinds]
    return [{"anything-but": _any_of(excluded)}] if excluded else [{"exists": True}]


def _kind(glob: str) -> tuple[str, str]:
    """Return the cheapest kind of matcher that means the same, and its text."""
    if "*" not in glob:
        return "exactly", glob
    inside = glob.strip("*")
    if "*" not in inside and glob in (f"{inside}*", f"*{inside}"):
        return ("prefix" if glob.endswith("*") else "suffix"), inside
    return "wildcard", glob


def _any_of(globs: list[str]) -> object:
    kinds = {kind for kind, _ in map(_kind, globs)}
    if len(kinds) > 1:
        return {"wildcard": globs}  # Nothing else says several kinds in one matcher.
    texts = [text for _, text in map(_kind, globs)]
    return texts if kinds == {"exactly"} else {kinds.pop(): texts}


def wildcards(pattern: object) -> int:
    """Return how many wildcards a pattern holds; a bus takes only so many rules that have some."""
    if isinstance(pattern, Mapping):
        inner = sum(map(wildcards, pattern.values()))
        return inner + ("wildcard" in pattern)
    return sum(map(wildcards, pattern)) if isinstance(pattern, list) else 0
