"""Which schedules and rules are there, and which task definitions do they run?"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from functions.aws.failures import translated
from functions.domain import moment
from functions.domain.catalogue import Application
from functions.domain.errors import TerminalError
from functions.domain.following import Look
from functions.domain.preflight.schedules import Runs, Seen
from functions.domain.scheduled import RUN_TASK, Found, Kind, family, is_over, reference
from functions.domain.task_definition import Tree, unknown_members

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_scheduler import EventBridgeSchedulerClient

Each = TypeVar("Each")

MOST_READ = 25
"""So many schedules and rules that nobody listed are read; of more a preflight says so."""
PAGE, MOST_PAGES = 100, 10
"""ListSchedules knows no filter for targets, so all schedules are listed, up to this."""

_RAW = "Raw"
_READ_ONLY = ("Arn", "CreationDate", "LastModificationDate")
"""What GetSchedule tells beyond what UpdateSchedule takes."""


@dataclass(frozen=True, slots=True)
class Eyes:
    scheduler: "EventBridgeSchedulerClient"
    events: "EventBridgeClient"


def look(eyes: Eyes, names: tuple[str, ...]) -> Look:
    """Return what there is by these names: schedules, in groups or not, rules, or both."""
    found = {name: [each for read in _kinds(eyes, name) for each in read()] for name in names}
    gone = tuple(name for name, each in found.items() if not each)
    return Look(tuple(each for some in found.values() for each in some), gone)


def seen(eyes: Eyes, application: Application, cluster: str, now: datetime) -> Seen:
    """Return what schedules and rules run of the application in the cluster, given by its ARN.

    Where nobody schedules a task of the cluster and none are listed it makes two calls.
    """
    search = _Search(application, now)
    for name in application.schedules:
        for read in _kinds(eyes, name):
            for found in search.read(read):
                search.there.add(name)
                search.add(found)
    rest = [
        *search.read(partial(_rules_at, eyes.events, cluster, search)),
        *search.read(partial(_schedules_at, eyes.scheduler, cluster, search)),
    ]
    for read in rest[:MOST_READ]:
        for found in search.read(read):
            search.add(found)
    if len(rest) > MOST_READ:
        search.unread.append(
            f"{len(rest)} schedules and rules run tasks in the cluster, of which {MOST_READ} "
            "were read."
        )
    return search.seen()


@dataclass(frozen=True, slots=True)
class _Search:
    """What was found so far, and what could not be read."""

    application: Application
    now: datetime
    runs: list[Runs] = field(default_factory=list)
    there: set[str] = field(default_factory=set)
    unread: list[str] = field(default_factory=list)

    def read(self, read: Callable[[], Iterable[Each]]) -> list[Each]:
        """Return what is read; note what AWS will not tell, and raise what may pass."""
        try:
            return list(read())
        except Exception as error:
            known = translated(error)
            if not isinstance(known, TerminalError):
                raise
            if str(known) not in self.unread:
                self.unread.append(str(known))
            return []

    def add(self, found: Found) -> None:
        if is_over(found, self.now):
            return
        families = {each.family for each in self.application.services}
        for target in found.targets:
            named = reference(target)
            if named is not None and family(named) in families:
                enabled = found.arguments.get("State", "ENABLED") == "ENABLED"
                role = target.get("RoleArn")
                self.runs.append(Runs(found.kind, found.name, named, role, enabled))

    def seen(self) -> Seen:
        return Seen(tuple(self.runs), frozenset(self.there), tuple(self.unread))


Reader = Callable[[], Iterator[Found]]


def _kinds(eyes: Eyes, name: str) -> tuple[Reader, ...]:
    schedule = partial(_schedule, eyes.scheduler, name)
    return (schedule,) if "/" in name else (schedule, partial(_rule, eyes.events, name))


def _schedule(client: "EventBridgeSchedulerClient", name: str) -> Iterator[Found]:
    _keep_raw(client, "GetSchedule")
    group, _, bare = name.rpartition("/")
    try:
        answer = client.get_schedule(Name=bare, GroupName=group or "default")
    except client.exceptions.ResourceNotFoundException:
        return
    taken = _input(client, "UpdateSchedule").members
    document = {key: each for key, each in answer.items() if key in taken}
    known = {**{key: _tree(shape) for key, shape in taken.items()}, **dict.fromkeys(_READ_ONLY)}
    arguments = _spelled(_input(client, "UpdateSchedule"), document)
    yield Found(name, Kind.SCHEDULE, arguments, _unknown(answer, known))


def _rule(client: "EventBridgeClient", name: str) -> Iterator[Found]:
    _keep_raw(client, "ListTargetsByRule")
    shape = _input(client, "PutTargets").members["Targets"]
    known = {"Targets": _tree(shape), "NextToken": None}
    try:
        pages = list(client.get_paginator("list_targets_by_rule").paginate(Rule=name))
    except client.exceptions.ResourceNotFoundException:
        return
    targets = [_spelled(shape.member, each) for page in pages for each in page["Targets"]]
    unknown = dict.fromkeys(path for page in pages for path in _unknown(page, known))
    yield Found(name, Kind.RULE, {"Rule": name, "Targets": targets}, tuple(unknown))


def _rules_at(client: "EventBridgeClient", cluster: str, search: _Search) -> Iterator[Reader]:
    pages = client.get_paginator("list_rule_names_by_target").paginate(TargetArn=cluster)
    for page in pages:
        for name in page["RuleNames"]:
            if name not in search.application.schedules:
                yield partial(_rule, client, name)


def _schedules_at(
    client: "EventBridgeSchedulerClient", cluster: str, search: _Search
) -> Iterator[Reader]:
    """Yield the schedules whose target is the cluster, or a call of RunTask wherever it goes."""
    paginator, listed = client.get_paginator("list_schedules"), search.application.schedules
    for number, page in enumerate(paginator.paginate(PaginationConfig={"PageSize": PAGE})):
        if number == MOST_PAGES:
            search.unread.append(f"There are more than {MOST_PAGES * PAGE} schedules.")
            return
        for each in page["Schedules"]:
            group, name, target = each["GroupName"], each["Name"], each["Target"]["Arn"]
            called = name if group == "default" else f"{group}/{name}"
            runs = target == cluster or target.endswith(RUN_TASK)
            if runs and called not in listed and f"{group}/{name}" not in listed:
                yield partial(_schedule, client, called)


def _keep_raw(client: Any, operation: str) -> None:  # noqa: ANN401 - of either service
    """Have an answer hold what came, since botocore's parser drops what it does not know."""

    def keep(http_response: Any, parsed: dict[str, Any], **_: object) -> None:  # noqa: ANN401
        parsed[_RAW] = http_response.content

    service = client.meta.service_model.service_id.hyphenize()
    event = f"after-call.{service}.{operation}"
    client.meta.events.register(event, keep, unique_id=f"pilothouse-{operation}")


def _unknown(answer: Any, known: Mapping[str, Tree]) -> tuple[str, ...]:  # noqa: ANN401
    return unknown_members(json.loads(answer[_RAW]), known)


def _input(client: Any, operation: str) -> Any:  # noqa: ANN401 - botocore's shapes have no stubs
    return client.meta.service_model.operation_model(operation).input_shape


def _tree(shape: Any) -> Tree:  # noqa: ANN401
    if shape.type_name == "structure":
        return {name: _tree(member) for name, member in shape.members.items()}
    return [_tree(shape.member)] if shape.type_name == "list" else None


def _spelled(shape: Any, value: Any) -> Any:  # noqa: ANN401
    """Return what boto3 gives as a state takes it: members in PascalCase, times as text."""
    if shape.type_name == "structure":
        return {
            name[:1].upper() + name[1:]: _spelled(shape.members[name], each)
            for name, each in value.items()
        }
    if shape.type_name == "list":
        return [_spelled(shape.member, each) for each in value]
    return moment.text(value) if isinstance(value, datetime) else value
