"""Would a schedule run a release before its time, or stay behind on an old one?"""

from collections.abc import Iterator
from dataclasses import dataclass

from functions.domain.catalogue import Application
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.scheduled import Kind, has_revision

CHECK = "schedules"


@dataclass(frozen=True, slots=True)
class Runs:
    """A target of a schedule or a rule that runs `task_definition`, a family of the application.

    `role` is the ARN that EventBridge runs it with; `enabled` is false where it does not run now.
    """

    kind: Kind
    name: str
    task_definition: str
    role: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Seen:
    """What schedules and rules run of the application, and which of the listed ones are there.

    `unread` are sentences on what could not be read.
    """

    runs: tuple[Runs, ...] = ()
    there: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()

    @property
    def revisions(self) -> frozenset[str] | None:
        """Return the revisions they name, as `orders-web:7`; None where not all could be read."""
        if self.unread:
            return None
        named = (each.task_definition for each in self.runs)
        return frozenset(each.rpartition("/")[2] for each in named if has_revision(each))


def findings(application: Application, seen: Seen) -> tuple[Finding, ...]:
    """Return one finding per schedule that matters, the listed ones first."""
    listed = (_listed(application, seen, name) for name in application.schedules)
    return (*listed, *_unlisted(application, seen), *map(_unread, seen.unread))


def _listed(application: Application, seen: Seen, name: str) -> Finding:
    runs = [each for each in seen.runs if each.name == name]
    if name not in seen.there:
        if seen.unread:
            said = f"Whether {name} exists is not known."
            return Finding(CHECK, Grade.UNKNOWN, name, said, "See what could not be read.")
        said = f"There is no schedule and no rule {name} in this account and region."
        return Finding(CHECK, Grade.STOP, name, said, f"Create it, {_TAKE_OUT}.")
    if not runs:
        said = f"{name} runs no task of {application.application}."
        return Finding(CHECK, Grade.WARN, name, said, f"Correct its target, {_TAKE_OUT}.")
    for each in runs:
        role = (each.role or "").partition(":role/")[2]
        if role and role not in application.roles:
            said = f"{name} is run with the role {role}, which Pilothouse may not pass."
            advice = f"Add {role} to roles in the catalogue, or it cannot be changed."
            return Finding(CHECK, Grade.STOP, name, said, advice)
    return Finding(CHECK, Grade.OK, name, f"{name} follows the image.")


_TAKE_OUT = "or take it out of schedules in the catalogue"


def _unlisted(application: Application, seen: Seen) -> Iterator[Finding]:
    for each in seen.runs:
        if each.name in application.schedules:
            continue
        what = each.task_definition.rpartition("/")[2]
        if has_revision(each.task_definition):
            said = f"The {each.kind} {each.name} is not listed and stays on {what}."
            advice = "List it under schedules in the catalogue, and it follows the image."
            yield Finding(CHECK, Grade.WARN, each.name, said, advice)
        elif not each.enabled:
            said = f"The {each.kind} {each.name} is disabled; enabled, it would run any {what}."
            advice = "List it under schedules in the catalogue before it is enabled."
            yield Finding(CHECK, Grade.WARN, each.name, said, advice)
        else:
            said = (
                f"The {each.kind} {each.name} runs {what} without a revision: the newest one, and "
                "so a release as soon as it is registered, before its migration."
            )
            advice = f"List {each.name} under schedules in the catalogue, or name a revision in it."
            yield Finding(CHECK, Grade.STOP, each.name, said, advice)


def _unread(sentence: str) -> Finding:
    advice = "Let the function read it, or see by yourself that no schedule runs the newest."
    return Finding(CHECK, Grade.UNKNOWN, "schedules", sentence, advice)
