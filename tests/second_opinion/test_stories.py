from rehearsal.ecs import Behaviour
from rehearsal.second.telling import differences
from rehearsal.template import ACCOUNT, REGION
from tests.second_opinion.conftest import finish, pass_by, without_migrations


def good_release(world):
    world.push("orders", "v2", Behaviour())
    finish(world)


def bad_release(world):
    without_migrations(world)
    world.push("orders", "v2", Behaviour(exits_after=3.0, exit_code=1, log="no orders\n"))
    finish(world)


def older_push_that_waits(world):
    without_migrations(world)
    world.push("orders", "v2.1.0", Behaviour())
    pass_by(world, 10)
    world.push("orders", "v2.0.9", Behaviour())
    finish(world)


def by_version(state, workflow, branch, of="deploy/0", time=0):
    """The one difference: moto starts a machine where Step Functions starts its version."""
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:pilothouse-production-{workflow}"
    where = f"/executions/{of}/branches/{branch}/calls/{state}/{time}/StateMachineArn"
    return f'{where}: "{arn}:1" | "{arn}"'


def by_schedule(execution):
    """What moto's GetSchedule leaves out is missing where all of a schedule is written back."""
    where = f"/executions/follow/{execution}/branches/0/calls/Update Schedule/0"
    return f'{where}/ActionAfterCompletion: "NONE" | null'


def outcomes(told):
    return [each["outcome"] for each in told["news"]]


def test_a_good_release_is_promoted_by_both(ours, theirs):
    ours, theirs = ours(good_release), theirs(good_release)
    assert outcomes(ours) == outcomes(theirs) == ["Promoted"]
    assert list(differences(ours, theirs)) == [
        by_version("Announce", "announce", 0, of="conclude/0"),
        by_version("Tidy Up", "tidy", 0, of="conclude/0"),
        by_version("Bake", "bake", 0),
        by_version("Conclude", "conclude", 0),
        by_version("Follow Schedules", "follow", 0),
        by_version("Follow Schedules", "follow", 0, time=1),
        by_version("Migrate", "migrate", 0),
        by_version("Migrate", "migrate", 0, time=1),
        by_version("Roll Service", "roll", 3),
        by_version("Roll Service", "roll", 4),
        by_schedule(0),
        by_schedule(1),
    ]


def test_a_bad_release_is_rolled_back_by_both(ours, theirs):
    ours, theirs = ours(bad_release), theirs(bad_release)
    assert outcomes(ours) == outcomes(theirs) == ["RolledBack"]
    assert list(differences(ours, theirs)) == [
        by_version("Announce", "announce", 0, of="conclude/0"),
        by_version("Tidy Up", "tidy", 0, of="conclude/0"),
        by_version("Bake", "bake", 0),
        by_version("Conclude", "conclude", 0),
        by_version("Follow Schedules", "follow", 0),
        by_version("Follow Schedules", "follow", 0, time=1),
        by_version("Roll Service", "roll", 3),
        by_version("Roll Service", "roll", 4),
        by_schedule(0),
    ]


def test_an_older_push_that_waited_for_the_claim_is_superseded_in_both(ours, theirs):
    ours, theirs = ours(older_push_that_waits), theirs(older_push_that_waits)
    assert outcomes(ours) == outcomes(theirs) == ["Promoted", "Superseded"]
    assert list(differences(ours, theirs)) == [
        by_version("Announce", "announce", 0, of="conclude/0"),
        by_version("Tidy Up", "tidy", 0, of="conclude/0"),
        by_version("Announce", "announce", 0, of="conclude/1"),
        by_version("Tidy Up", "tidy", 0, of="conclude/1"),
        by_version("Bake", "bake", 0),
        by_version("Conclude", "conclude", 0),
        by_version("Follow Schedules", "follow", 0),
        by_version("Follow Schedules", "follow", 0, time=1),
        by_version("Roll Service", "roll", 3),
        by_version("Roll Service", "roll", 4),
        by_version("Conclude", "conclude", 0, of="deploy/1"),
        by_schedule(0),
        by_schedule(1),
    ]
