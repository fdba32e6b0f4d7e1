"""A release failed: go back, or leave things as they are?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from functions.domain.catalogue import Application
from functions.domain.migrating import undo
from functions.domain.migration.ran import EXPAND, State, found, point_of_no_return
from functions.domain.plan import How, Migrate, Step, Way
from functions.domain.recovery.failure import Failure, Situation
from functions.domain.recovery.guards import guard, moved_on, no_way_back, taken
from functions.domain.recovery.restorable import Restorable, lacking, restored
from functions.domain.recovery.standing import stuck, untouched, way_back
from functions.domain.release import Part, Stable
from functions.domain.steps import back

LEFT = "The services were left as they are"
LOOK_NOW = "look at them in the ECS console now."


@dataclass(frozen=True, slots=True)
class Recovery:
    """`steps` is empty where nothing is done; `message` says what and why.

    `left` are services that do not go back with the others. `holds`: the schema keeps automation
    from going back, so that what was pushed so far waits for a person, or for a newer build.
    """

    message: str
    steps: tuple[Step, ...] = ()
    left: tuple[str, ...] = ()
    holds: bool = False


def choose(application: Application, failure: Failure, situation: Situation) -> Recovery:
    """Return the way back of every service that the release has touched, the last one first."""
    situation = _with_unseen(failure, situation)
    touched = sorted(failure.touched)
    ran = point_of_no_return(situation.migrations)
    holds = ran is not None and no_way_back(failure, situation, ran)
    if not touched:
        return Recovery("No service was touched.", holds=holds)
    why = guard(application, failure, situation)
    if why:
        return Recovery(f"{LEFT}, since {why}: {LOOK_NOW}")
    if ran is not None and holds:
        return Recovery(f"{LEFT}, since {moved_on(ran)}: {LOOK_NOW}", holds=True)
    others = taken(failure, situation)
    stables = {key: situation.stables[key] for key in touched if key not in others}
    if not stables:
        return Recovery(f"{LEFT}, since somebody else is deploying them: {LOOK_NOW}")
    unchanged = _unchanged(failure, situation, stables)
    if unchanged:
        return Recovery(unchanged)
    # One that migrates first takes its time, and may fail before it touches a service.
    if situation.successor is not None and application.migrations.expand is None:
        return Recovery(
            f"{LEFT}, since {situation.successor.called} is next and replaces them now."
        )
    return _back(application, failure, stables, situation, others)


def _with_unseen(failure: Failure, situation: Situation) -> Situation:
    """Have services that are scaled to zero go back to what they had set."""
    before = {
        key: Stable(key, failure.plan.before or 0, Part(revision, {}, {}, revision))
        for key, revision in failure.plan.unseen.items()
        if key in failure.touched
    }
    restorable = {key: each for key, each in situation.restorable.items() if key not in before}
    return replace(situation, stables={**situation.stables, **before}, restorable=restorable)


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
    application: Application,
    failure: Failure,
    stables: Mapping[str, Stable],
    situation: Situation,
    others: frozenset[str],
) -> Recovery:
    ways = {key: way_back(situation.standing.get(key), each.part) for key, each in stables.items()}
    lacks = lacking(stables, _needed(situation, ways))
    if lacks:
        return Recovery(f"{LEFT}, since {lacks}: {LOOK_NOW}")
    targets = {key: _target(stables[key], way, situation) for key, way in ways.items()}
    undo = _undo(application, failure, situation)
    left = tuple(sorted(others))
    rest = f" {', '.join(left)}: left alone, since somebody else deployed there." if left else ""
    message = f"Rolling back {', '.join(ways)}.{rest}"
    return Recovery(message, back(application, targets, ways, undo), left)


def _undo(application: Application, failure: Failure, situation: Situation) -> Migrate | None:
    """Return what takes the expand migration back that this release has run, if it is to be."""
    release, steps = failure.plan.release, failure.plan.steps[: failure.at + 1]
    began = next((each.migrate for each in steps if each.migrate and _expands(each)), None)
    ran = found(situation.migrations, release.number, EXPAND) if release else None
    if began is None or ran is None or ran.state is not State.PASSED:
        return None
    revision = failure.revisions.get(began.key)
    return undo(application, began, revision) if revision else None


def _expands(step: Step) -> bool:
    return step.migrate is not None and step.migrate.phase == EXPAND


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
