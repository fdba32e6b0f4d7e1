"""How a service rolls from one revision to the next (scheduler-rules C1, C3)."""

import re

from rehearsal.ecs import Behaviour
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.health import report_target
from tests.rehearsal.house import ACCOUNT, GROUP, REGION, follows, running, state
from tests.rehearsal.rules import holds

SLOW_TO_HEAL = Behaviour(healthy_after=40)


def percent(least, most):
    return {"minimumHealthyPercent": least, "maximumPercent": most}


def roll(made, tag="v2", behaviour=SLOW_TO_HEAL, container=None):
    made.push(tag, behaviour)
    return made.update(taskDefinition=made.register(tag, container=container))


def texts(made):
    """Return the messages of the service without its name and the ids in them."""
    return [
        re.sub(r"\(task [0-9a-f]+\)", "(task)", text.removeprefix("(service web) "))
        for text in made.messages()
    ]


def looks(made):
    """Return the seconds at which the scheduler looks at the service from now on."""
    found = set()

    def note(subject):
        if isinstance(subject, Service):
            found.add(made.clock.seconds)

    made.installation.world.on_change.append(note)
    return found


def test_a_new_service_completes_its_first_deployment():
    with running() as made:
        service = made.service()
        (only,) = service["deployments"]
        assert (service["runningCount"], only["rolloutState"]) == (2, "COMPLETED")
        assert state(made) == "R1 2R/2H"


@holds("R10.1")
def test_a_superseded_deployment_says_by_what_it_was_replaced():
    with running(4) as made:
        made.push("v3", SLOW_TO_HEAL)
        third = made.register("v3")
        roll(made)
        made.until(10)
        made.update(taskDefinition=third)
        made.until(200)
        newest, superseded, _ = made.rollouts()
        assert newest["status"] == "SUCCESSFUL"
        assert (superseded["status"], superseded["statusReason"]) == (
            "STOPPED",
            "Replaced by a new service deployment.",
        )


@holds("R5.6")
def test_a_target_that_fails_is_replaced_in_the_order_that_was_seen():
    with running(balanced=True) as made:
        region = made.installation.region(ACCOUNT, REGION)
        task = next(iter(region.tasks.all()))
        before = len(made.messages())
        report_target(task, GROUP, "unhealthy", region.scheduler.heard)
        made.until(300)
        said = texts(made)[before:]
        assert "(port 80) is unhealthy in (target-group" in said.pop(2)
        assert [text.partition(" in (target-group")[0] for text in said] == [
            "has started 1 tasks: (task). Amazon ECS replaced 1 tasks due to an unhealthy status.",
            "registered 1 targets",
            "has stopped 1 running tasks: (task).",
            "deregistered 1 targets",
            f"(service web, taskSet {task.deployment.id}) has begun draining connections on "
            "1 tasks.",
            "has reached a steady state.",
        ]


def test_a_new_desired_count_reaches_both_revisions():
    with running(4) as made:
        roll(made)
        made.until(30)
        made.update(desiredCount=8)
        follows(made, {30: "R1 4P 4R/4H, R2 4P 4R/0H", 90: "R2 8R/8H, stopping 4"})


def test_a_steady_service_is_not_looked_at():
    with running() as made:
        seen = looks(made)
        made.until(14 * 86400)
        assert (seen, made.events) == (set(), [])


def test_two_hundred_tasks_roll_in_a_few_passes():
    with running(200) as made:
        made.push("v2", SLOW_TO_HEAL)
        second = made.register("v2")
        seen = looks(made)
        made.update(taskDefinition=second)
        made.until(200)
        assert state(made) == "R2 200R/200H"
        assert len(seen) <= 10


def test_the_same_seed_gives_the_same_world():
    def story():
        with running() as made:
            roll(made)
            made.until(200)
            return made.events

    assert story() == story()
