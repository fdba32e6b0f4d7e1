"""Traffic goes from the old revision to the new one: in which stages, which shares, and when."""

import pytest

from rehearsal.ecs import Behaviour
from tests.rehearsal.greenhouse import (
    ALTERNATE,
    NETWORK,
    UP,
    awaited,
    configure,
    deploy,
    function,
    hooks,
    pause,
    probed,
    proceed,
    rollout,
    shifting,
    stages,
    stands,
    traffic,
)
from tests.rehearsal.house import GROUP, REGION, client, house, state
from tests.rehearsal.house import NETWORK as AWSVPC
from tests.rehearsal.rules import holds

LINEAR = {"linearConfiguration": {"stepPercent": 25.0, "stepBakeTimeInMinutes": 5}}
UNEVEN = {"linearConfiguration": {"stepPercent": 30.0, "stepBakeTimeInMinutes": 5}}
CANARY = {"canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 30}}

# W53: strategy, configuration, how many percent from which minute on, the minute of the clean-up.
EXAMPLES = [
    ("BLUE_GREEN", {"bakeTimeInMinutes": 10}, {0: 100}, 10),
    ("LINEAR", {"bakeTimeInMinutes": 10, **LINEAR}, {0: 25, 5: 50, 10: 75, 15: 100}, 25),
    ("LINEAR", {"bakeTimeInMinutes": 0, **UNEVEN}, {0: 30, 5: 60, 10: 90, 15: 100}, 15),
    ("CANARY", {"bakeTimeInMinutes": 15, **CANARY}, {0: 10, 30: 100}, 45),
]
BEFORE = ["PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT"]
BEFORE += ["POST_TEST_TRAFFIC_SHIFT"]
STEP = ["PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"]
AFTER = ["POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP"]


@holds("R11.5", "R11.6", "W53")
@pytest.mark.parametrize(("strategy", "configuration", "steps", "cleaned"), EXAMPLES)
def test_each_strategy_shifts_to_the_minute(strategy, configuration, steps, cleaned):
    with shifting() as made:
        configure(made, strategy, **configuration)
        deploy(made)
        for minute, percent in steps.items():
            if minute:
                made.until(UP + 60 * minute - 1)
                assert traffic(made)["R2"] < percent
            made.until(UP + 60 * minute)
            assert traffic(made) == {"R1": 100.0 - percent, "R2": percent}
        if cleaned > max(steps):
            made.until(UP + 60 * cleaned - 1)
            assert state(made) == "R1 2R/2H, R2 2R/2H"
        made.until(UP + 60 * cleaned)
        assert (stands(made), state(made)) == (
            ("IN_PROGRESS", "CLEAN_UP"),
            "R2 2R/2H, stopping 2",
        )
        made.until(UP + 60 * cleaned + 120)
        assert (rollout(made)["status"], traffic(made)) == ("SUCCESSFUL", {"R2": 100.0})


@holds("R11.6")
def test_the_shares_of_each_step_are_kept_with_their_times():
    with shifting() as made:
        configure(made, "CANARY", bakeTimeInMinutes=15, **CANARY)
        deploy(made)
        made.until(3600)
        service = made.installation.service(made.service()["serviceArn"])
        (blue,), green = service.current.sources, service.primary
        seconds = [
            (move.at - service.current.created_at).total_seconds()
            for move in service.current.shift.moves
        ]
        shares = [
            (move.production[blue.revision_arn], move.production[green.revision_arn])
            for move in service.current.shift.moves
        ]
        assert list(zip(seconds, shares, strict=True)) == [
            (60, (100.0, 0.0)),
            (60, (90.0, 10.0)),
            (1860, (0.0, 100.0)),
        ]


@holds("R11.6")
@pytest.mark.parametrize(
    ("strategy", "configuration", "steps"),
    [("BLUE_GREEN", {}, 1), ("LINEAR", LINEAR, 4), ("LINEAR", UNEVEN, 4), ("CANARY", CANARY, 2)],
)
def test_hooks_before_production_run_for_each_step_under_a_new_id(strategy, configuration, steps):
    with shifting() as made:
        configure(made, strategy, pause("PRE_PRODUCTION_TRAFFIC_SHIFT"), **configuration)
        deploy(made)
        seen = []
        for _ in range(steps):
            made.until(made.clock.seconds - made.start + 3600)
            seen += awaited(made)
            proceed(made)
        made.until(made.clock.seconds - made.start + 3600)
        assert len(set(seen)) == len(seen) == steps
        assert rollout(made)["status"] == "SUCCESSFUL"


@holds("R11.5")
@pytest.mark.parametrize(
    ("strategy", "configuration", "steps"),
    [("BLUE_GREEN", {}, 1), ("LINEAR", LINEAR, 4), ("CANARY", CANARY, 2)],
)
def test_the_stages_come_in_their_order(strategy, configuration, steps):
    with shifting() as made:
        configure(made, strategy, **configuration)
        deploy(made)
        made.until(7200)
        assert stages(made) == [*BEFORE, *STEP * steps, *AFTER]


@holds("R11.5")
def test_a_service_that_rolls_reports_no_stage():
    with shifting("ROLLING") as made:
        deploy(made)
        made.until(600)
        assert (stages(made), stands(made)) == ([], ("SUCCESSFUL", None))
        assert "requestedProductionTrafficWeight" not in rollout(made)["targetServiceRevision"]


@holds("R11.6")
def test_two_revisions_run_side_by_side_whatever_the_maximum_says():
    with shifting(bake=10, desired=3) as made:
        made.update(deploymentConfiguration={"maximumPercent": 100, "minimumHealthyPercent": 50})
        deploy(made)
        made.until(UP)
        assert state(made) == "R1 3R/3H, R2 3R/3H"


def test_the_new_revision_goes_behind_the_other_target_group_and_the_next_one_back():
    with shifting() as made:
        groups = []
        for tag in ("v2", "v3"):
            deploy(made, tag)
            made.until(made.clock.seconds - made.start + 600)
            arn = rollout(made)["targetServiceRevision"]["arn"]
            (revision,) = made.ecs.describe_service_revisions(serviceRevisionArns=[arn])[
                "serviceRevisions"
            ]
            (resolved,) = revision["resolvedConfiguration"]["loadBalancers"]
            groups.append(resolved["targetGroupArn"])
            assert revision["loadBalancers"][0]["targetGroupArn"] == GROUP
            healthy = [
                each.state for each in made.installation.target_health(resolved["targetGroupArn"])
            ]
            assert healthy == ["healthy", "healthy"]
        assert groups == [ALTERNATE, GROUP]


def test_a_rolling_deployment_stays_behind_the_target_group_that_has_the_traffic():
    with shifting() as made:
        deploy(made)
        made.until(600)
        configure(made, "ROLLING")
        deploy(made, "v3")
        made.until(1200)
        targets = {
            group: [each.state for each in made.installation.target_health(group)]
            for group in (GROUP, ALTERNATE)
        }
        assert targets == {GROUP: [], ALTERNATE: ["healthy", "healthy"]}


def test_test_traffic_goes_to_the_new_revision_before_production():
    hook = pause("POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT")
    with shifting("BLUE_GREEN", hook) as made:
        deploy(made)
        made.until(UP)
        assert probed(made) == {"R1": 0.0, "R2": 0.0}
        proceed(made)
        made.until(UP + 10)
        assert (probed(made), traffic(made)) == (
            {"R1": 0.0, "R2": 100.0},
            {"R1": 100.0, "R2": 0.0},
        )
        found = rollout(made)
        weights = {
            name: found["targetServiceRevision"][f"requested{name}TrafficWeight"]
            for name in ("Test", "Production")
        }
        assert weights == {"Test": 100.0, "Production": 0.0}
        (source,) = found["sourceServiceRevisions"]
        assert source["requestedProductionTrafficWeight"] == 100.0


@holds("R11.6")
def test_a_network_load_balancer_takes_ten_minutes_longer_for_each_shift():
    with shifting(bake=5, rules=NETWORK) as made:
        deploy(made)
        made.until(UP + 599)
        assert stands(made)[1] == "TEST_TRAFFIC_SHIFT"
        made.until(UP + 1199)
        assert (stands(made)[1], traffic(made)["R2"]) == ("PRODUCTION_TRAFFIC_SHIFT", 0.0)
        made.until(UP + 1200)
        assert (stands(made)[1], traffic(made)["R2"]) == ("BAKE_TIME", 100.0)


def test_the_first_deployment_goes_through_the_stages_at_once_and_bakes_nothing():
    with shifting("CANARY", bake=600) as made:
        made.ecs.delete_service(cluster="house", service="web", force=True)
        made.until(200)
        configuration = {"strategy": "CANARY", "bakeTimeInMinutes": 600, **CANARY}
        made.create(made.register("v1"), configuration=configuration)
        made.until(200 + UP + 10)
        assert rollout(made)["status"] == "SUCCESSFUL"


def test_a_service_without_load_balancer_has_stages_and_no_weights():
    with house() as made:
        for tag in ("v1", "v2"):
            made.push(tag)
        made.create(made.register("v1"))
        made.until(100)
        configure(made, "BLUE_GREEN", bakeTimeInMinutes=5)
        deploy(made)
        made.until(100 + UP)
        found = rollout(made)
        assert found["lifecycleStage"] == "BAKE_TIME"
        assert "requestedProductionTrafficWeight" not in found["targetServiceRevision"]
        made.until(800)
        assert (rollout(made)["status"], state(made)) == ("SUCCESSFUL", "R2 2R/2H")


def test_dead_tasks_of_both_revisions_are_replaced_by_their_like_while_a_person_is_awaited():
    with shifting("BLUE_GREEN", pause("POST_PRODUCTION_TRAFFIC_SHIFT")) as made:
        deploy(made)
        made.until(UP)
        for task in made.tasks():
            made.ecs.stop_task(cluster="house", task=task["taskArn"])
        made.until(UP + 10)
        assert "R1 2P" in state(made)
        assert "R2 2P" in state(made)
        made.until(UP + 200)
        assert state(made) == "R1 2R/2H, R2 2R/2H"
        assert stands(made) == ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT")


@holds("R5.8")
def test_a_sick_task_is_replaced_first_and_then_stopped():
    with shifting("BLUE_GREEN", pause("POST_SCALE_UP")) as made:
        made.push("sick", Behaviour(healthy_after=10, unhealthy_after=300))
        deploy(made, "sick")
        made.until(UP)
        assert state(made) == "R1 2R/2H, R2 2R/2H"
        made.until(330)
        assert state(made) == "R1 2R/2H, R2 2P 2R/0H"
        made.until(400)
        assert "R1 2R/2H, R2 2R/2H" in state(made)


@holds("R10.6")
def test_a_new_desired_count_reaches_both_revisions():
    with shifting("BLUE_GREEN", pause("POST_SCALE_UP")) as made:
        deploy(made)
        made.until(UP)
        made.update(desiredCount=3)
        made.until(UP + 100)
        assert state(made) == "R1 3R/3H, R2 3R/3H"
        made.update(desiredCount=1)
        made.until(UP + 200)
        assert state(made) == "R1 1R/1H, R2 1R/1H"


def test_protected_tasks_of_the_old_revision_hold_up_the_clean_up():
    with shifting() as made:
        kept = made.tasks()[0]["taskArn"]
        made.ecs.update_task_protection(
            cluster="house", tasks=[kept], protectionEnabled=True, expiresInMinutes=30
        )
        deploy(made)
        made.until(1700)
        assert (stands(made)[1], state(made)) == ("CLEAN_UP", "R1 1R/1H, R2 2R/2H")
        made.until(2000)
        assert rollout(made)["status"] == "SUCCESSFUL"


@holds("R11.6")
@pytest.mark.parametrize(
    ("configuration", "text"),
    [
        ({"strategy": "GREEN"}, "strategy"),
        ({"linearConfiguration": {"stepPercent": 2.9}}, "stepPercent"),
        ({"linearConfiguration": {"stepPercent": 100.1}}, "stepPercent"),
        ({"linearConfiguration": {"stepPercent": 3.05}}, "stepPercent"),
        ({"linearConfiguration": {"stepBakeTimeInMinutes": 1441}}, "stepBakeTimeInMinutes"),
        ({"canaryConfiguration": {"canaryPercent": 0.05}}, "canaryPercent"),
        ({"canaryConfiguration": {"canaryBakeTimeInMinutes": -1}}, "canaryBakeTimeInMinutes"),
        ({"bakeTimeInMinutes": 1441}, "bakeTimeInMinutes"),
    ],
)
def test_shares_and_times_beyond_the_limits_are_refused(configuration, text):
    with shifting() as made, pytest.raises(client("ecs").exceptions.ClientError, match=text):
        made.update(deploymentConfiguration=configuration)


@holds("R11.6")
def test_steps_and_bakes_have_their_defaults():
    with shifting("LINEAR") as made:
        deploy(made)
        made.until(UP + 360)
        assert traffic(made) == {"R1": 80.0, "R2": 20.0}
    with shifting("CANARY") as made:
        deploy(made)
        made.until(UP + 599)
        assert traffic(made) == {"R1": 95.0, "R2": 5.0}
        made.until(UP + 600)
        assert traffic(made) == {"R1": 0.0, "R2": 100.0}


def test_load_balancers_need_to_know_where_the_traffic_goes():
    plain = [{"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}]
    with (
        shifting() as made,
        pytest.raises(
            client("ecs").exceptions.ClientError, match="advancedConfiguration field is required"
        ),
    ):
        made.update(loadBalancers=plain)


def test_the_same_seed_gives_the_same_deployment():
    def told():
        arn = f"arn:aws:lambda:{REGION}:1:function:check"
        with shifting("LINEAR", function("PRODUCTION_TRAFFIC_SHIFT", arn=arn)) as made:
            made.functions[arn] = lambda event: {"hookStatus": "SUCCEEDED"}
            deploy(made)
            made.until(7200)
            return made.events, hooks(made)

    assert told() == told()


def test_a_service_that_is_rolled_again_tells_no_shares():
    with shifting() as made:
        deploy(made)
        made.until(600)
        configure(made, "ROLLING")
        deploy(made, "v3")
        made.until(620)
        found = rollout(made)
        for revision in (found["targetServiceRevision"], *found["sourceServiceRevisions"]):
            assert "requestedProductionTrafficWeight" not in revision
        assert traffic(made) == {}


def test_a_daemon_cannot_shift_its_traffic():
    with house() as made:
        made.push("v1")
        with pytest.raises(client("ecs").exceptions.ClientError, match="daemon"):
            made.ecs.create_service(
                cluster="house",
                serviceName="agent",
                taskDefinition=made.register("v1"),
                schedulingStrategy="DAEMON",
                launchType="EC2",
                networkConfiguration=AWSVPC,
                deploymentConfiguration={
                    "strategy": "BLUE_GREEN",
                    "minimumHealthyPercent": 0,
                    "maximumPercent": 100,
                },
            )
