"""A release failed: go back, or leave things as they are?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.catalogue import Application, OnFailure
from functions.domain.plan import How, Kind, Plan, Step, Way
from functions.domain.reason import Code
from functions.domain.recovery.restorable import Restorable, lacking, restored
from functions.domain.recovery.standing import Standing, stuck, untouched, way_back
from functions.domain.recovery.successor import Pending
from functions.domain.release import Stable
from functions.domain.steps import back, rolled
from functions.domain.verdict import Verdict, Word

LEFT = "The services were left as they are"
LOOK_NOW = "look at them in the ECS console now."

WINDOW_SECONDS = 20 * 60
"""A failure that is older has been seen to, or lived with, by a person: going back surprises."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """`steps` is empty where nothing is done; `message` says what and why."""

    message: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed: a step of the plan, by its index, known since then, in the words of its parts.

    `revisions` are those that the release was pinned to, by service key.
    """

    plan: Plan
    at: int
    since: datetime
    verdicts: Sequence[Verdict]
    revisions: Mapping[str, str] = field(default_factory=dict)

    @property
    def touched(self) -> frozenset[str]:
        return rolled(self.plan.steps, self.at)


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand, by service key; `successor` is what is about to replace the release."""

    at: datetime
    stables: Mapping[str, Stable]
    standing: Mapping[str, Standing] = field(default_factory=dict)
    restorable: Mapping[str, Restorable] = field(default_factory=dict)
    successor: Pending | None = None


def choose(application: Application, failure: Failure, situation: Situation) -> Recovery:
    """Return the way back of every service that the release has touched, the last one first."""
    touched = sorted(failure.touched)
    if not touched:
        return Recovery("No service was touched.")
    why = _guard(application, failure, situation)
    if why:
        return Recovery(f"{LEFT}, since {why}: {LOOK_NOW}")
    stables = {key: situation.stables[key] for key in touched}
    unchanged = _unchanged(failure, situation, stables)
    if unchanged:
        return Recovery(unchanged)
    # One that migrates first takes its time, and may fail before it touches a service.
    if situation.successor is not None and application.migrations.expand is None:
        return Recovery(
            f"{LEFT}, since {situation.successor.called} is next and replaces them now."
        )
    return _back(application, stables, situation)


def _guard(application: Application, failure: Failure, situation: Situation) -> str | None:
    """Return why a person has to decide, or None; what tells most comes first."""
    if failure.plan.kind is not Kind.FORWARD:
        return "a rollback never starts another one"
    if _replaced(failure) or _taken_over(failure, situation):
        return "somebody else is deploying them"
    if situation.at - failure.since > timedelta(seconds=WINDOW_SECONDS):
        return f"the failure is older than {moment.span(WINDOW_SECONDS)}"
    if application.on_failure is OnFailure.HOLD:
        return "on_failure is hold"
    missing = sorted(failure.touched - situation.stables.keys())
    if missing:
        have = "has" if len(missing) == 1 else "have"
        return f"{', '.join(missing)} {have} nothing stable to go back to"
    if any(each.verdict is Word.NO_DATA for each in failure.verdicts):
        return "the bake has no answer, and the catalogue says hold"
    return None


def _replaced(failure: Failure) -> bool:
    return Code.REPLACED_BY_OTHER in [each.reason.code for each in failure.verdicts if each.reason]


def _taken_over(failure: Failure, situation: Situation) -> bool:
    """Say whether a service runs neither the release nor what ECS or we go back to.

    Between the verdict and now somebody may have mended it by hand: other services of its wave had
    to come to theirs first.
    """
    for key, standing in situation.standing.items():
        known = {failure.revisions.get(key), standing.returns_to, ""}
        if key in situation.stables:
            part = situation.stables[key].part
            known |= {part.revision, part.base}
        if standing.runs not in known:
            return True
    return False


def _unchanged(failure: Failure, situation: Situation, stables: Mapping[str, Stable]) -> str | None:
    """Say so where every service runs already, or was told to run, what it would go back to."""
    same = {
        key
        for key, each in stables.items()
        if each.part.revision is not None and failure.revisions.get(key) == each.part.revision
    }
    left = {
        key for key, each in stables.items() if untouched(situation.standing.get(key), each.part)
    }
    if same | left != stables.keys():
        return None
    if same:
        return f"{LEFT}, since what failed is the stable release itself: {LOOK_NOW}"
    runs = "runs its stable revision" if len(left) == 1 else "run their stable revisions"
    return f"There is nothing to go back from: {', '.join(sorted(left))} {runs}."


def _back(
    application: Application, stables: Mapping[str, Stable], situation: Situation
) -> Recovery:
    ways = {key: way_back(situation.standing.get(key), each.part) for key, each in stables.items()}
    lacks = lacking(stables, _needed(situation, ways))
    if lacks:
        return Recovery(f"{LEFT}, since {lacks}: {LOOK_NOW}")
    targets = {key: _target(stables[key], way, situation) for key, way in ways.items()}
    return Recovery(f"Rolling back {', '.join(ways)}.", back(application, targets, ways))


def _needed(situation: Situation, ways: Mapping[str, Way]) -> dict[str, Restorable]:
    """Return how restorable each service is that has to start tasks because of us."""
    standing = situation.standing
    starting = {
        key
        for key, way in ways.items()
        if way.how is How.UPDATE or (way.how is How.STOP and standing[key].lacks)
    }
    return {key: each for key, each in situation.restorable.items() if key in starting}


def _target(stable: Stable, way: Way, situation: Situation) -> Stable:
    """Return what a service goes back to: the revision that ECS chooses, or one of ours."""
    if way.revision is not None:
        return replace(stable, part=replace(stable.part, revision=way.revision))
    found = situation.restorable.get(stable.key) or Restorable(
        stable.part.base, stable.part.revision
    )
    return restored(stable, found, anew=stuck(situation.standing.get(stable.key), stable.part))
