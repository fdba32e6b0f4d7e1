"""Headroom is raised before a roll and given back after it, whatever dies in between."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest

from functions.domain import moment
from functions.domain.catalogue import Headroom
from functions.domain.headroom.raised import Raised
from rehearsal.ecs.capacity.launching import ScalingGroup
from rehearsal.ecs.capacity.plans import ClusterCapacity, GroupPlan, ManagedScaling
from rehearsal.states.history import Execution
from rehearsal.world import Running, World
from tests.workflows.calls import denied, gone, raised, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.ways import takes

GROUP = "ecs-production"
ON_EC2 = {"launchType": "EC2"}
MANAGED = {"capacityProviderStrategy": [{"capacityProvider": "production-instances", "weight": 1}]}
BY_GROUP = Headroom(GROUP, "", 1, 600)
BY_PROVIDER = Headroom("", "production-instances", 1, 600)


@dataclass
class Fleet:
    """`orders` on instances that are full, and deployments that are nothing but their records."""

    orders: Orders
    group: ScalingGroup
    headroom: Headroom

    @property
    def numbers(self) -> tuple[int, int]:
        """The desired capacity of the group and its minimum."""
        self.group.settle()
        return self.group.desired, self.group.min

    @property
    def active(self) -> int:
        return len(self.group.room.active())

    def open(self, number: int = 42, **headroom: Any) -> Execution:
        """Have a deployment that begins, and asks for headroom."""
        record = {"number": number, "phase": "Progressing", "owner": "e"}
        self.orders.world.write("orders", f"deployment#{number:06d}", record)
        tokens = self.orders.world.machines.tokens
        tokens.give(f"token-{number}")
        order = {
            "token": f"token-{number}",
            "about": {
                "application": "orders",
                "deployment": number,
                "release": "v2",
                "execution": "arn:aws:states:eu-west-1:1:execution:deploy:e",
            },
            "cluster": "production",
            "headroom": _plain(replace(self.headroom, **headroom)),
            "record": {"pk": "app#orders", "sk": f"deployment#{number:06d}"},
        }
        machine = self.orders.world._machines["headroom"]
        return self.orders.world.machines.start(machine, f"headroom-{number}", order)

    def close(self, number: int = 42) -> None:
        """Have a deployment end, whoever concludes it."""
        at = moment.text(self.orders.clock.now())
        record = {"number": number, "outcome": "Promoted", "closed_at": at, "phase": "Succeeded"}
        self.orders.world.write("orders", f"deployment#{number:06d}", record)

    def answer(self, number: int = 42) -> dict[str, Any]:
        """Let time pass until a deployment has its answer."""
        token = f"token-{number}"

        def sent() -> list[Any]:
            calls = self.orders.calls.named("stepfunctions:SendTaskSuccess")
            return [each for each in calls if each.arguments["taskToken"] == token]

        self.orders.clock.run(done=lambda: bool(sent()))
        found: dict[str, Any] = json.loads(sent()[0].arguments["output"])
        return found

    def raise_(self, number: int = 42, **headroom: Any) -> Execution:
        execution = self.open(number, **headroom)
        assert self.answer(number)["verdict"] == "Pass"
        return execution

    def settle(self) -> str:
        """Let time pass until nobody does anything any more; return how it ended."""
        executions = self.orders.world.machines.executions.values()

        def busy() -> bool:
            return self.orders.world.bus.under_way > 0 or any(each.running for each in executions)

        self.orders.clock.run(done=lambda: not busy())
        return self.orders.world.executions("headroom")[-1].path[-1]

    def after(self, seconds: float) -> None:
        self.orders.clock.run(until=self.orders.clock.seconds + seconds)

    def set(self, **numbers: int) -> None:
        """Change the group as somebody else."""
        call = self.orders.call
        call("autoscaling", "update_auto_scaling_group", AutoScalingGroupName=GROUP, **numbers)


def _plain(headroom: Headroom) -> dict[str, Any]:
    names = ("group", "capacity_provider", "scale_out", "back_after_seconds")
    return {name: getattr(headroom, name) for name in names}


Make = Callable[..., Fleet]


@pytest.fixture
def make(rehearse: Rehearse) -> Make:
    def made(*, managed: bool = False, headroom: Headroom | None = None, **plan: Any) -> Fleet:
        world = World.entered
        assert world is not None
        capacity = ClusterCapacity(
            capacity="ec2",
            instances=2,
            cpu=1024,
            group=GroupPlan(**{"name": GROUP, "min": 1, "max": 4, **plan}),
            managed_scaling=ManagedScaling() if managed else None,
        )
        world.scheduler.configure_cluster("production", capacity)
        definition = {"requiresCompatibilities": ["EC2"]}
        launch = MANAGED if managed else ON_EC2
        web = Running(desired=8, definition=definition, launch=launch)
        orders = rehearse({"web": web}, headroom=headroom)
        group = world.scheduler.scaling_group(GROUP)
        return Fleet(orders, group, BY_PROVIDER if managed else BY_GROUP)

    return made


@pytest.fixture
def fleet(make: Make) -> Fleet:
    return make()


@takes(
    "headroom: New Or Again -> Look At Headroom",
    "headroom: Next Move -> Wait",
    "headroom: Next Move -> Answer Deployment",
    "headroom: Next Move -> Note Headroom",
    "headroom: Next Move -> Forget Headroom",
    "headroom: Change -> Raise Group",
    "headroom: Change -> Restore Minimum",
    "headroom: Change -> Drain Instance",
    "headroom: Change -> Terminate Instance",
    "headroom: ends in Given Back",
)
def test_it_is_raised_kept_and_given_back(fleet: Fleet) -> None:
    began = fleet.orders.clock.seconds
    assert "has 1 more instances for the roll" in _said(fleet.open(), fleet)
    assert 60 <= fleet.orders.clock.seconds - began <= 180
    assert (fleet.numbers, fleet.active) == ((3, 3), 3)
    fleet.after(3600)
    assert fleet.numbers == (3, 3)
    fleet.close()
    fleet.after(590)
    assert fleet.numbers == (3, 3)
    assert fleet.settle() == "Given Back"
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)
    assert fleet.orders.item("headroom") is None
    assert fleet.orders.clock.seconds - began < 3600 + 600 + 600


def _said(execution: Execution, fleet: Fleet) -> str:
    number = int(execution.name.partition("-")[2])
    return str(fleet.answer(number)["message"])


def test_every_change_stands_in_the_ledger_before_it_is_made(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.close()
    fleet.settle()
    mine = [
        each for each in fleet.orders.calls.made if each.execution.machine.name.endswith("room")
    ]
    changes = [at for at, each in enumerate(mine) if _changes(each.name)]
    assert len(changes) == 4
    assert {mine[at - 1].name for at in changes} == {"dynamodb:PutItem"}
    assert all("ConditionExpression" in mine[at - 1].arguments for at in changes)


def _changes(name: str) -> bool:
    service, _, operation = name.partition(":")
    return service in ("autoscaling", "ecs") and not operation.startswith(("Describe", "List"))


@takes("headroom: Next Move -> Left", "headroom: ends in Left")
def test_a_release_without_room_for_headroom_is_stopped_before_anything_is_touched(
    make: Make,
) -> None:
    fleet = make(max=2)
    fleet.open()
    answer = fleet.answer()
    assert (answer["verdict"], answer["reason"]["code"]) == ("Fail", "PreflightStopped")
    said = "its maximum is 2, and it has 2 instances already. No service was touched."
    assert said in answer["message"]
    fleet.close()
    assert fleet.settle() == "Left"
    assert fleet.numbers == (2, 1)


@pytest.mark.parametrize(
    ("headroom", "said"),
    [
        (replace(BY_GROUP, group="another"), "the Auto Scaling group another: there is none"),
        (BY_PROVIDER, "the capacity provider production-instances: there is none"),
    ],
)
def test_so_is_one_whose_catalogue_names_nothing(
    fleet: Fleet, headroom: Headroom, said: str
) -> None:
    fleet.headroom = headroom
    fleet.open()
    assert said in fleet.answer()["message"]
    fleet.close()
    assert fleet.settle() == "Left"


def test_with_less_than_it_asked_for_it_goes_on_and_says_so(make: Make) -> None:
    fleet = make(max=3)
    fleet.open(scale_out=2)
    answer = fleet.answer()
    assert answer["verdict"] == "Pass"
    assert "1 more instances for the roll instead of 2, since its maximum is 3" in answer["message"]
    fleet.close()
    fleet.settle()
    assert fleet.numbers == (2, 1)


def test_an_instance_that_never_joins_stops_the_release_and_is_given_back(make: Make) -> None:
    fleet = make(joins=False)
    fleet.open()
    began = fleet.orders.clock.seconds
    answer = fleet.answer()
    assert answer["verdict"] == "Fail"
    assert "2 of 3 instances of ecs-production are in the cluster after 10 min" in answer["message"]
    assert 600 <= fleet.orders.clock.seconds - began < 660
    assert len(fleet.group.strays) == 1
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert (fleet.numbers, fleet.active, fleet.group.strays) == ((2, 1), 2, {})


@takes("headroom: Raise Group fails -> Look At Headroom")
def test_a_group_that_may_not_be_raised_stops_the_release(fleet: Fleet) -> None:
    fleet.orders.fail("headroom: Raise Group", denied("UpdateAutoScalingGroup"), times=20)
    fleet.open()
    answer = fleet.answer()
    assert answer["verdict"] == "Fail"
    assert "AWS refuses it" in answer["message"]
    assert "not authorized" in answer["message"]
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert fleet.numbers == (2, 1)


def test_throttling_is_waited_out(fleet: Fleet) -> None:
    fleet.orders.fail("headroom: Raise Group", throttled("UpdateAutoScalingGroup"), times=3)
    fleet.orders.refuse("autoscaling:DescribeAutoScalingGroups", throttled("Describe"), times=5)
    fleet.raise_()
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert fleet.numbers == (2, 1)


@takes(
    "headroom: Restore Minimum fails -> Look At Headroom",
    "headroom: Drain Instance fails -> Look At Headroom",
    "headroom: Terminate Instance fails -> Look At Headroom",
)
def test_what_is_refused_is_tried_again_until_it_is_given_back(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.fail("headroom: Restore Minimum", denied("Update"), times=12)
    fleet.orders.fail("headroom: Drain Instance", denied("Update"), times=3)
    fleet.orders.fail("headroom: Terminate Instance", throttled("Terminate"))
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)


@takes(
    "headroom: Next Move -> Tell",
    "headroom: Told -> Left Raised",
    "headroom: Tell fails -> Wait For AWS",
    "headroom: ends in Left Raised",
)
def test_who_may_not_give_back_tells_a_person(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.fail("headroom: Restore Minimum", denied("Update"), times=1000)
    fleet.orders.fail("announce: Tell People", gone("Publish"), times=9)
    fleet.close()
    assert fleet.settle() == "Left Raised"
    (mail,) = fleet.orders.world.mail
    assert mail.startswith("Headroom is left: orders #42")
    assert "Set its desired capacity to 2 and its minimum to 1 by hand" in mail
    assert fleet.numbers == (3, 3)


def test_the_next_release_takes_over_what_could_not_be_given_back(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.fail("headroom: Restore Minimum", denied("Update"), times=12 * 9)
    fleet.close()
    assert fleet.settle() == "Left Raised"
    fleet.raise_(43)
    assert fleet.numbers == (3, 3)
    fleet.close(43)
    assert fleet.settle() == "Given Back"
    assert fleet.numbers == (2, 1)


@takes(
    "headroom: Look At Headroom fails -> Seen Lately",
    "headroom: Seen Lately -> Wait For AWS",
    "headroom: Seen Lately -> Tell",
    "headroom: Told -> Wait For AWS",
)
def test_what_cannot_be_seen_for_an_hour_is_told_once_and_goes_on(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.fail("headroom: Look At Headroom", raised("TerminalError", "denied"), times=20)
    fleet.close()
    assert fleet.settle() == "Given Back"
    (mail,) = fleet.orders.world.mail
    assert mail.startswith("Headroom cannot be seen: orders #42")
    assert fleet.numbers == (2, 1)


@takes(
    "headroom: Change -> Use Instance Again",
    "headroom: Use Instance Again fails -> Look At Headroom",
)
def test_what_cannot_be_emptied_stays_in_use_and_is_told(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.update("web", desiredCount=12)
    fleet.orders.fail("headroom: Use Instance Again", denied("Update"))
    fleet.after(300)
    fleet.close()
    assert fleet.settle() == "Left Raised"
    (mail,) = fleet.orders.world.mail
    assert "still has 4 tasks after 30 min" in mail
    assert (fleet.numbers, fleet.active) == ((3, 1), 3)
    assert len(fleet.orders.world.running("orders", "web")) == 12


def test_the_next_release_uses_what_is_being_given_back(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.close()
    fleet.orders.until("headroom: Drain Instance")
    fleet.after(1)
    fleet.raise_(43)
    assert (fleet.numbers, fleet.active) == ((3, 3), 3)
    fleet.after(120)
    first, second = fleet.orders.world.executions("headroom")
    assert (first.path[-1], second.running) == ("Left", True)
    fleet.close(43)
    assert fleet.settle() == "Given Back"
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)


def test_two_deployments_never_add_twice(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.close()
    fleet.raise_(43)
    assert fleet.numbers == (3, 3)
    fleet.close(43)
    fleet.raise_(44, scale_out=2)
    assert fleet.numbers == (4, 4)
    fleet.close(44)
    fleet.settle()
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)


@takes("headroom: Note Headroom fails -> Let It Settle")
def test_who_comes_second_looks_again(fleet: Fleet) -> None:
    """An event that is delivered twice starts two executions for one deployment."""

    def come_first() -> None:
        at = moment.text(fleet.orders.clock.now())
        fleet.orders.world.write("orders", "headroom", asdict(Raised(GROUP, 42, 1, 2, 1, 3, 0, at)))

    fleet.orders.at("headroom: Note Headroom", come_first)
    first = fleet.open()
    again = {"again": {"execution": first.arn}}
    fleet.orders.world.machines.start(first.machine.arn, "again", again)
    assert fleet.answer()["verdict"] == "Pass"
    fleet.close()
    fleet.settle()
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)


@takes("headroom: Answer Deployment fails -> Look At Headroom")
def test_a_deployment_that_waits_no_longer_still_gets_its_headroom_taken_back(fleet: Fleet) -> None:
    fleet.open()
    machines = fleet.orders.world.machines
    machines.tokens._given["token-42"].open = False
    fleet.answer()
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert fleet.numbers == (2, 1)


@takes("headroom: Forget Headroom fails -> Left")
def test_what_was_forgotten_already_is_no_trouble(fleet: Fleet) -> None:
    def forget() -> None:
        key = {"pk": {"S": "app#orders"}, "sk": {"S": "headroom"}}
        table = fleet.orders.world.template.one("AWS::DynamoDB::Table").logical_id
        name = fleet.orders.world.template.name(table)
        fleet.orders.call("dynamodb", "delete_item", TableName=name, Key=key)

    fleet.raise_()
    fleet.orders.at("headroom: Forget Headroom", forget)
    fleet.close()
    assert fleet.settle() == "Left"
    assert fleet.numbers == (2, 1)


@pytest.mark.parametrize(
    ("changed", "numbers"),
    [
        ({"DesiredCapacity": 4}, (3, 1)),
        ({"MinSize": 1, "DesiredCapacity": 2}, (2, 1)),
        ({"MinSize": 2}, (2, 2)),
        ({"MinSize": 4}, (4, 4)),
        ({"MaxSize": 3}, (2, 1)),
    ],
)
def test_what_somebody_changes_meanwhile_stays(
    fleet: Fleet, changed: dict[str, int], numbers: tuple[int, int]
) -> None:
    fleet.raise_()
    fleet.set(**changed)
    fleet.after(300)
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert fleet.numbers == numbers


def test_the_group_of_a_capacity_provider_that_ecs_scales_is_given_back_as_well(
    make: Make,
) -> None:
    fleet = make(managed=True)
    fleet.raise_()
    assert (fleet.numbers, fleet.active) == ((3, 3), 3)
    fleet.after(3600)
    assert (fleet.numbers, fleet.active) == ((3, 3), 3)
    fleet.close()
    assert fleet.settle() == "Given Back"
    fleet.after(1800)
    assert (fleet.numbers, fleet.active) == ((2, 1), 2)


COURSE = (
    "Look At Headroom",
    "Next Move",
    "Note Headroom",
    "Change",
    "Raise Group",
    "Let It Settle",
    "Wait",
    "Answer Deployment",
    "Restore Minimum",
    "Drain Instance",
    "Terminate Instance",
    "Forget Headroom",
)


def kill_at(fleet: Fleet, state: str, times: int) -> list[Execution]:
    """Kill whoever enters a state, so many times; return who was."""
    killed: list[Execution] = []

    def heard(execution: Execution, entered: str, what: str) -> None:
        if what.endswith("StateEntered") and entered == state and len(killed) < times:
            killed.append(execution)
            fleet.orders.world.machines.stop(execution)

    fleet.orders.world.machines.on_state.append(heard)
    return killed


@takes("headroom: New Or Again -> Take Up Again")
@pytest.mark.parametrize("times", [1, 2])
def test_it_may_be_killed_anywhere(fleet: Fleet, times: int) -> None:
    """Each time the rule on its end starts it again, and it goes on by what it sees."""
    for number, state in enumerate(COURSE, start=50):
        killed = kill_at(fleet, state, times)
        fleet.open(number)
        assert fleet.answer(number)["verdict"] == "Pass", state
        fleet.after(120)
        fleet.close(number)
        assert fleet.settle() in ("Given Back", "Left"), state
        fleet.orders.world.machines.on_state.pop()
        assert len(killed) == times, state
        assert (fleet.numbers, fleet.active) == ((2, 1), 2), state
        assert fleet.orders.item("headroom") is None, state


def test_one_that_fails_is_started_again_once(fleet: Fleet) -> None:
    fleet.raise_()
    fleet.orders.fail("headroom: Forget Headroom", gone("DeleteItem"), times=1)
    fleet.close()
    assert fleet.settle() == "Given Back"
    assert len(fleet.orders.world.executions("headroom")) == 2
    fleet.raise_(43)
    fleet.orders.fail("headroom: Forget Headroom", gone("DeleteItem"), times=2)
    fleet.close(43)
    fleet.settle()
    assert len(fleet.orders.world.executions("headroom")) == 4


# With a deployment of flesh and blood


@pytest.fixture
def deployed(make: Make) -> Fleet:
    """Return a fleet whose `orders` asks for headroom with each release."""
    return make(headroom=BY_GROUP)


def test_without_headroom_there_is_no_room_to_roll(fleet: Fleet) -> None:
    assert fleet.orders.push("v2").code == "PreflightStopped"


@takes("deploy: Next Step -> Raise Headroom")
def test_with_it_the_release_is_promoted_and_all_numbers_are_as_before(deployed: Fleet) -> None:
    assert deployed.orders.push("v2").outcome == "Promoted"
    assert deployed.settle() == "Given Back"
    assert (deployed.numbers, deployed.active) == ((2, 1), 2)
    assert len(deployed.orders.world.running("orders", "web")) == 8


def test_a_release_that_gets_none_fails_and_touches_nothing(make: Make) -> None:
    fleet = make(headroom=BY_GROUP, max=2)
    failed = fleet.orders.push("v2")
    assert (failed.outcome, failed.code) == ("Failed", "PreflightStopped")
    assert "its maximum is 2" in failed.message
    assert fleet.orders.writes() == []


@takes("deploy: Raise Headroom fails -> Next Step")
def test_a_release_whose_headroom_gives_no_answer_fails_in_time(deployed: Fleet) -> None:
    """Its execution cannot look for longer than a deployment waits."""
    unseen = raised("TerminalError", "denied")
    deployed.orders.fail("headroom: Look At Headroom", unseen, times=1000)
    began = deployed.orders.clock.seconds
    deployed.orders.world.push("orders", "v2")
    deployed.orders.until("conclude: Release Claim")
    assert 1200 <= deployed.orders.clock.seconds - began < 1320
    for each in deployed.orders.refusals._planned:
        each.times = 0
    failed = deployed.orders.finish()
    assert (failed.outcome, failed.code) == ("Failed", "PreflightStopped")
    assert "The headroom was not there within 20 minutes." in failed.message
    assert deployed.orders.writes() == []
    assert (deployed.numbers, deployed.active) == ((2, 1), 2)


@takes("deploy: Raise Headroom fails -> Conclude")
def test_headroom_that_cannot_be_asked_for_is_no_news_about_the_release(deployed: Fleet) -> None:
    deployed.orders.fail("deploy: Raise Headroom", denied("StartExecution"), times=9)
    failed = deployed.orders.push("v2")
    assert (failed.outcome, failed.code) == ("Failed", "Fault")
    assert deployed.orders.world.executions("headroom") == []
    assert deployed.orders.writes() == []
    assert deployed.numbers == (2, 1)


@pytest.mark.parametrize("state", ["Raise Headroom", "Pin Services", "Roll Services", "Conclude"])
def test_a_deployment_that_is_stopped_leaves_nothing_raised(deployed: Fleet, state: str) -> None:
    deployed.orders.story.struck.add("stop_execution")

    def stop() -> None:
        deployed.orders.world.machines.stop(deployed.orders.world.executions("deploy")[-1])

    deployed.orders.at(f"deploy: {state}", stop)
    assert deployed.orders.push("v2").record
    assert (deployed.numbers, deployed.active) == ((2, 1), 2)
    assert deployed.orders.item("headroom") is None
