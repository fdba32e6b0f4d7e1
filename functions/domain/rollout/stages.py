"""How far has a strategy of ECS come, and what does a person have to say for it to go on?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from functions.domain import moment
from functions.domain.ending.news import News, subject
from functions.domain.pause import About
from functions.domain.rollout.look import Look, ServiceDeployment, Waiting
from functions.domain.rollout.memory import Memory, Stage

MOST_STAGES = 200
"""A LINEAR deployment passes two for each of its steps, at most 34, and ten besides."""

OTHERWISE = {"CONTINUE": "goes on", "ROLLBACK": "rolls the service back"}


@dataclass(frozen=True, slots=True)
class Noticed:
    """What is new of a look: `stage` is for the record, `ask` is to be told to people."""

    memory: Memory
    stage: str | None = None
    ask: News | None = None


def notice(look: Look, memory: Memory, about: About, key: str) -> Noticed:
    """Return the stage of the service `key` if it is another than before, and the hooks that wait.

    A hook is told of once; that it waits is noted with its stage.
    """
    watched = look.service_deployment
    if watched is None or not watched.stage:
        return Noticed(memory)
    last = memory.stages[-1] if memory.stages else None
    now = Stage(watched.stage, look.at, watched.traffic)
    moved = last is None or (last.stage, last.traffic) != (now.stage, now.traffic)
    new = [each for each in watched.waits if each.hook not in memory.asked]
    told = replace(
        memory,
        stages=(*memory.stages, now)[-MOST_STAGES:] if moved else memory.stages,
        asked=(*memory.asked, *(each.hook for each in new)),
    )
    ask = _ask(about, key, watched, new) if new else None
    return Noticed(told, _said(key, watched) if moved or new else None, ask)


def _said(key: str, watched: ServiceDeployment) -> str:
    waits = ", and waits for a person" if watched.waits else ""
    return f"{key} is at {_named(watched)}{waits}."


def _named(watched: ServiceDeployment) -> str:
    """Return a stage as people know it, with the traffic that it gives to the new tasks."""
    if watched.traffic is None:
        return watched.stage
    return f"{watched.stage} ({watched.traffic:g} % of the traffic)"


def _ask(about: About, key: str, watched: ServiceDeployment, new: Sequence[Waiting]) -> News:
    message = f"{key} waits at {_named(watched)} for a person to say whether it goes on."
    name = f"{about.application} {about.release}"
    news = {
        "announcement": f"{about.application}#{about.deployment}/Approval/{new[0].hook}",
        "application": about.application,
        "deployment": about.deployment,
        "phase": "Progressing",
        "outcome": None,
        "message": message,
        "execution": about.execution,
    }
    text = "\n".join((message, *_until(new), "", *_how(watched, new), "", _place(about)))
    return News(news, subject(f"Approval wanted: {name}, {key}"), text)


def _until(new: Sequence[Waiting]) -> Iterator[str]:
    for each in new:
        does = OTHERWISE.get(each.otherwise, "ends the wait as it is configured")
        if each.expires_at is None:
            yield "ECS does not say until when."
        else:
            yield f"Nobody says so until {moment.text(each.expires_at)}: ECS {does}."


def _how(watched: ServiceDeployment, new: Sequence[Waiting]) -> Iterator[str]:
    yield "What to do now: answer it in the ECS console, on the deployments of the service, or by"
    for each in new:
        yield (
            f"  aws ecs continue-service-deployment --service-deployment-arn {watched.arn} "
            f"--hook-id {each.hook} --action CONTINUE"
        )
    yield "ROLLBACK instead of CONTINUE has ECS roll the service back."


def _place(about: About) -> str:
    return f"Execution: {about.execution}"
