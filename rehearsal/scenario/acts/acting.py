"""How is each action of a timeline done?"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from functions.domain.catalogue import Application
from functions.domain.parsing import parse
from rehearsal.ecs.errors import RefusedError
from rehearsal.scenario.acts.interfering import interfere
from rehearsal.scenario.acts.telling import told
from rehearsal.scenario.format import actions
from rehearsal.scenario.stage.behaving import behaviour
from rehearsal.scenario.stage.called import arn
from rehearsal.scenario.stage.capacity import add_instances, change_capacity, lose
from rehearsal.scenario.stage.preparing import Prepared


class Acting:
    """Does what stands in a timeline; `refused` says what AWS would not let anybody do."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        self.refused: list[str] = []

    def schedule(self, timeline: Iterable[actions.Action]) -> None:
        """Have every action done at its time; those at the same time in the order of the file."""
        clock = self.prepared.world.clock
        for place, action in enumerate(timeline):
            clock.spawn(partial(self._act, place, action), delay=action.at)

    def _act(self, place: int, action: actions.Action) -> None:
        what, text = told(action)
        self.prepared.world.note("mark", what, text)
        try:
            ACTS[type(action)](self.prepared, action)
        except (ClientError, RefusedError, ValueError) as error:
            self.refused.append(f"timeline[{place}] could not be done: {text} {error}")


def _push(prepared: Prepared, action: actions.Push) -> None:
    application, _, tag = action.push.partition(":")
    world = prepared.world
    push = world.push if action.event else world.store
    image = prepared.image(application, tag)
    push(application, action.tag or tag, behaviour(image), content=tag, platforms=image.index)


def _start(prepared: Prepared, action: actions.Start) -> None:
    prepared.world.start(action.start, action.input)


def _alarm(prepared: Prepared, action: actions.Alarming) -> None:
    if action.flaps is None:
        prepared.alarms.change(action.alarm, action.state)
        return
    for _ in range(action.flaps.times):
        for state in ("ALARM", "OK"):
            prepared.alarms.change(action.alarm, state)
            prepared.world.clock.sleep(action.flaps.every)


def _ask(prepared: Prepared, action: actions.Asking) -> None:
    application, _, key = action.requests.partition("/")
    prepared.world.requests(application, key, action.per_minute)


def _delete_image(prepared: Prepared, action: actions.DeleteImage) -> None:
    application, _, tag = action.delete_image.partition(":")
    name = prepared.world.applications[application].repository.name
    digest = prepared.world.digest(application, tag)
    prepared.world.client("ecr").batch_delete_image(
        repositoryName=name, imageIds=[{"imageDigest": digest}]
    )


def _change_image(prepared: Prepared, action: actions.ChangeImage) -> None:
    application, _, tag = action.change_image.partition(":")
    prepared.world.store(application, tag, behaviour(action.to))


def _stop_execution(prepared: Prepared, action: actions.StopExecution) -> None:
    machines = prepared.world.machines
    for execution in prepared.world.executions(action.stop_execution):
        if execution.running:
            machines.stop(execution)


def _continue(prepared: Prepared, action: actions.ContinueDeployment) -> None:
    service = prepared.world.scheduler.service(arn(prepared.world, action.continue_deployment))
    waiting = _waiting(prepared, service.current.arn)
    if not waiting:
        raise ValueError("No hook of its deployment waits.")
    for run in waiting:
        prepared.world.client("ecs").continue_service_deployment(
            serviceDeploymentArn=service.current.arn, hookId=run["hookId"], action="CONTINUE"
        )


def _waiting(prepared: Prepared, deployment: str) -> list[Mapping[str, Any]]:
    answer = prepared.world.client("ecs").describe_service_deployments(
        serviceDeploymentArns=[deployment]
    )
    hooks = answer["serviceDeployments"][0].get("lifecycleHookDetails", [])
    return [each for each in hooks if each["status"] == "AWAITING_ACTION"]


def _stop_deployment(prepared: Prepared, action: actions.StopDeployment) -> None:
    service = prepared.world.scheduler.service(arn(prepared.world, action.stop_deployment))
    prepared.world.client("ecs").stop_service_deployment(
        serviceDeploymentArn=service.current.arn, stopType="ROLLBACK"
    )


def _change_catalogue(prepared: Prepared, action: actions.ChangeCatalogue) -> None:
    changed = parse(action.change_catalogue)
    if not isinstance(changed, Application):
        raise TypeError(changed)
    prepared.world.redeploy(changed)


ACTS: Mapping[type, Callable[[Prepared, Any], None]] = {
    actions.Push: _push,
    actions.Start: _start,
    actions.Alarming: _alarm,
    actions.Asking: _ask,
    actions.Foreign: lambda prepared, action: interfere(prepared, action.foreign),
    actions.Lose: lambda prepared, action: lose(prepared.world, action.lose),
    actions.Capacity: lambda prepared, action: change_capacity(prepared.world, action.capacity),
    actions.AddInstances: lambda prepared, action: add_instances(
        prepared.world, action.add_instances
    ),
    actions.DeleteImage: _delete_image,
    actions.ChangeImage: _change_image,
    actions.StopExecution: _stop_execution,
    actions.ContinueDeployment: _continue,
    actions.StopDeployment: _stop_deployment,
    actions.ChangeCatalogue: _change_catalogue,
}
