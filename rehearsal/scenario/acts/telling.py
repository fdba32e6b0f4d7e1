"""What is said of an action of a timeline, in one sentence?"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.scenario.format import actions


def told(action: actions.Action) -> tuple[str, str]:
    """Return the word for an action and the sentence about it."""
    what, tell = TOLD[type(action)]
    return what, tell(action)


def _push(action: actions.Push) -> str:
    under = f" as {action.tag}" if action.tag else ""
    return f"{action.push} was pushed{under}{'' if action.event else ', and ECR said nothing'}."


def _start(action: actions.Start) -> str:
    return f"A person started {action.start} with {json.dumps(action.input, ensure_ascii=False)}."


def _alarm(action: actions.Alarming) -> str:
    if action.flaps is not None:
        return f"The alarm {action.alarm} began to flap."
    return f"The alarm {action.alarm} went into {action.state}."


def _asking(action: actions.Asking) -> str:
    return f"{action.requests} was asked {action.per_minute} times a minute from here on."


def _foreign(action: actions.Foreign) -> str:
    other = action.foreign
    return INTERFERED[type(other)](other)


def _update(other: actions.UpdateService) -> str:
    changes = [f"{other.desired} tasks"] if other.desired is not None else []
    changes += [f"the image {other.image}"] if other.image is not None else []
    changes += ["a new deployment"] if other.force else []
    return (
        f"Somebody asked ECS for {' and '.join(changes) or 'a change'} of {other.update_service}."
    )


def _stop(other: actions.StopTask) -> str:
    tasks = "a task" if other.tasks == 1 else f"{other.tasks} tasks"
    return f"Somebody stopped {tasks} of {other.stop_task}."


def _cloudformation(other: actions.CloudFormationDeploy) -> str:
    return f"CloudFormation deployed {other.cloudformation_deploy} with a base of its own."


def _scale(other: actions.Scale) -> str:
    return f"Autoscaling set {other.scale} to {other.to} tasks."


def _protect(other: actions.Protect) -> str:
    tasks = "all tasks" if other.tasks is None else f"{other.tasks} tasks"
    verb = "put {} of {} under" if other.enabled else "took {} of {} out of"
    return f"Somebody {verb.format(tasks, other.protect)} scale-in protection."


def _deregister(other: actions.Deregister) -> str:
    return f"Somebody deregistered the task definition that {other.deregister} runs."


def _lose(action: actions.Lose) -> str:
    loss = action.lose
    if loss.zone is not None:
        return f"{loss.cluster} lost zone {loss.zone}."
    if loss.spot:
        return f"{loss.cluster} lost every task on Spot."
    return f"{loss.cluster} lost {loss.instance or 1} of its instances."


def _capacity(action: actions.Capacity) -> str:
    room = action.capacity
    if room.restore or room.refuse is None:
        return f"{room.cluster} has room for tasks again."
    return f"{room.cluster} has no room for tasks: {room.refuse}."


def _add(action: actions.AddInstances) -> str:
    more = action.add_instances
    return f"{more.count} instances joined {more.cluster}."


TOLD: Mapping[type, tuple[str, Callable[[Any], str]]] = {
    actions.Push: ("push", _push),
    actions.Start: ("start", _start),
    actions.Alarming: ("alarm", _alarm),
    actions.Asking: ("requests", _asking),
    actions.Foreign: ("foreign", _foreign),
    actions.Lose: ("lose", _lose),
    actions.Capacity: ("capacity", _capacity),
    actions.AddInstances: ("add_instances", _add),
    actions.DeleteImage: (
        "delete_image",
        lambda action: f"{action.delete_image} was deleted from ECR.",
    ),
    actions.ChangeImage: (
        "change_image",
        lambda action: f"What {action.change_image} does changed.",
    ),
    actions.StopExecution: (
        "stop_execution",
        lambda action: f"A person stopped what ran of {action.stop_execution}.",
    ),
    actions.ContinueDeployment: (
        "continue_deployment",
        lambda action: f"A person let the deployment of {action.continue_deployment} go on.",
    ),
    actions.StopDeployment: (
        "stop_deployment",
        lambda action: f"A person stopped the deployment of {action.stop_deployment} in ECS.",
    ),
    actions.ChangeCatalogue: (
        "change_catalogue",
        lambda action: f"{action.change_catalogue['application']} was described anew.",
    ),
}
INTERFERED: Mapping[type, Callable[[Any], str]] = {
    actions.UpdateService: _update,
    actions.StopTask: _stop,
    actions.CloudFormationDeploy: _cloudformation,
    actions.Scale: _scale,
    actions.Protect: _protect,
    actions.Deregister: _deregister,
}
