"""What does a person have run once, and with what?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.domain.catalogue import Application, Command, Service
from functions.domain.given import listed, near, shown, unknown_application
from functions.domain.release import Part, Stable

EXAMPLE = '{"application": "orders", "run": "stats"}'
KEYS = ("application", "run")


@dataclass(frozen=True, slots=True)
class Asked:
    application: str
    run: str


@dataclass(frozen=True, slots=True)
class Task:
    """A command and what it is run with; `run` is what RunTask is asked, but for its tokens.

    `revision` is the ARN of the stable one, `container` that whose exit code counts.
    """

    application: str
    command: str
    cluster: str
    container: str
    revision: str
    timeout_seconds: int
    log_lines: int
    started_by: str
    run: Mapping[str, object]


def read(raw: object, known: Sequence[str]) -> Asked | str:
    """Return what is asked for, or one sentence: the field, what was given, what would be right."""
    if not isinstance(raw, Mapping):
        return f"The input is no JSON object: write for example {EXAMPLE}."
    unknown = next((key for key in raw if key not in KEYS), None)
    if unknown is not None:
        return f"Unknown field {shown(unknown)}: write for example {EXAMPLE}."
    for key in KEYS:
        if not isinstance(raw.get(key), str):
            return f'The field "{key}" has to be a text: write for example {EXAMPLE}.'
    name = raw["application"]
    if name not in known:
        return unknown_application(name, known)
    return Asked(name, raw["run"])


def command(application: Application, asked: str) -> Command | str:
    """Return the command of the catalogue, or the sentence that says which there are."""
    found = {each.key: each for each in application.commands}
    if asked in found:
        return found[asked]
    name = application.application
    if not found:
        return (
            f"The catalogue lists no commands for {name}: add {shown(asked)} under commands in "
            f"catalogue/{name}.yaml and deploy Pilothouse."
        )
    return (
        f"The catalogue lists no command {shown(asked)} for {name}{near(asked, found)} "
        f"It has {listed(found)}."
    )


def task(
    application: Application,
    wanted: Command,
    stable: Stable | None,
    borrowed: Mapping[str, object] | None,
) -> Task | str:
    """Return what to run, with the network and capacity `borrowed` from the service; or why not.

    Only a revision that is pinned is run: any other may run another image than what is stable.
    """
    service = next(each for each in application.services if each.key == wanted.service)
    if stable is None or stable.part.revision is None:
        return (
            f"{application.application}/{service.key} has no stable release yet whose image "
            f'"{wanted.key}" could run: deploy one, and run it when that has passed its bake.'
        )
    if borrowed is None:
        return (
            f"The service {service.service} does not exist in the cluster {application.cluster}: "
            f'"{wanted.key}" borrows its network, so correct services.{service.key}.service in '
            "the catalogue, or create it."
        )
    container = _container(application, service, stable.part)
    return _task(application, wanted, container, stable.part.revision, borrowed)


def _task(
    application: Application,
    wanted: Command,
    container: str,
    revision: str,
    borrowed: Mapping[str, object],
) -> Task:
    override = {"Name": container, "Command": list(wanted.command)}
    return Task(
        application=application.application,
        command=wanted.key,
        cluster=application.cluster,
        container=container,
        revision=revision,
        timeout_seconds=wanted.timeout_seconds,
        log_lines=application.log_lines,
        started_by=f"pilothouse/{application.application}/run/{wanted.key}",
        run={
            **borrowed,
            "Cluster": application.cluster,
            "Count": 1,
            "PropagateTags": "TASK_DEFINITION",
            "Overrides": {"ContainerOverrides": [override]},
        },
    )


def _container(application: Application, service: Service, part: Part) -> str:
    """Return the container that a release changes: the first, where it is several."""
    if service.container is not None:
        return service.container
    repository = f"/{application.repository.name}"
    images = sorted(part.images.items())
    ours = (name for name, image in images if image.partition("@")[0].endswith(repository))
    return next(ours, min(part.images))
