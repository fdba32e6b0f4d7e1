"""What is a person to do now?"""

import re
from collections.abc import Iterator

from rehearsal.report.reading import Entry
from rehearsal.report.scene import Scene

TO_DO = {
    "ImageNotFound": "Push the image again, for the platform of the task definition.",
    "AppExit": "Read the log of the task, correct the build and push it.",
    "AppExitZero": "Have the main process stay: it ended by itself. Push a corrected build.",
    "OutOfMemory": "Give the task definition more memory, or push a build that takes less.",
    "HealthCheckElb": "Compare how long the tasks take to answer with the grace period of the "
    "service and the thresholds of the target group, and read their logs.",
    "HealthCheckContainer": "Compare how long the tasks take with the startPeriod and retries of "
    "the container's health check, and read their logs.",
    "CapacityFargate": "Start the deployment again later, or give the service more zones.",
    "SpotInterruption": "Start the deployment again, with a base of on-demand capacity.",
    "HostFailure": "Look at the instances of the cluster, and start the deployment again.",
    "ScaleIn": "Protect the tasks from being scaled in, and start the deployment again.",
    "UserStopped": "Ask who stopped the tasks, and start the deployment again.",
    "ConfigInvalid": "Correct the task definition or the service, then deploy again.",
    "MigrationFailed": "Correct the migration, or give it more time; then deploy again.",
    "AlarmBreach": "Look at the alarm and what the new revision did to it; push a corrected build.",
    "DeadlineExceeded": "See what ECS says about the tasks that did not come up: make room in the "
    "cluster, or extend the deadline if they only need longer; then deploy again.",
    "NeverConverges": "See what ECS says about the service, answer or correct what holds it up, "
    "then deploy again.",
    "ReplacedByOther": "Find out who deploys the service besides Pilothouse.",
    "RolledBackByEcs": "See why ECS turned it back: a hook, an alarm or the circuit breaker of the "
    "service. Correct that, then deploy again.",
    "InvalidRequest": "Correct the request and send it again.",
    "Expired": "Start it again when the other deployment is done.",
    "Unknown": "Read what ECS says of the tasks, correct that and deploy again.",
    "Fault": "Look at the failed execution: the error is Pilothouse's or AWS's, not the release's.",
}
DONE = frozenset({"Promoted", "NoOp"})
UNFINISHED = "Start the deployment again: nobody goes on with one that was stopped."
NO_ROOM, NO_FARGATE = "unable to place a task", "Capacity is unavailable"
MAKE_ROOM = (
    "Make room in the cluster: more or larger instances, or a smaller minimum of healthy tasks "
    "where nothing else frees them. Then deploy again."
)
OLDER = "Nothing, unless the older image is what you want: then deploy it by hand."
NOT_PLACED = "RESOURCE:"
OWN = re.compile(r"(?:^|[.:] )((?:[Pp]ush|[Ll]ook at|[Ss]tart it|[Tt]ry|[Cc]heck) .*?)(?=\. |$)")
"""The advice in an announcement: a sentence, or what comes after a colon, that asks for it."""


def advice(scene: Scene, code: str, why: str) -> Iterator[str]:
    """Yield what a person is to do now where a deployment did not end well."""
    bad = next((each for each in scene.endings if each["outcome"] not in DONE), None)
    if bad is None:
        return
    said = str(bad.get("message") or "")
    own = [found[0].upper() + found[1:].rstrip(".") + "." for found in OWN.findall(said)]
    yield from (each.replace("Look at them", "Look at the services") for each in own)
    if not any("build" in each for each in own):
        yield from _by_reason(bad, code, why)


def _by_reason(ending: Entry, code: str, why: str) -> Iterator[str]:
    if ending["outcome"] is None:
        yield UNFINISHED
    elif NO_FARGATE in why:
        yield TO_DO["CapacityFargate"]
    elif NO_ROOM in why or NOT_PLACED in why:
        yield MAKE_ROOM
    elif code in TO_DO:
        yield TO_DO[code]
    elif ending["outcome"] == "Superseded":
        yield OLDER
