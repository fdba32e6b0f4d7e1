"""What holds for every service, whatever it is asked for and however its tasks behave?"""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rehearsal.ecs import Behaviour
from rehearsal.ecs.rollout import breaker
from rehearsal.ecs.rollout.deployments import Rollout
from tests.rehearsal.house import BREAKER, CHECK, running
from tests.rehearsal.rules import holds

BEHAVIOURS = st.sampled_from(
    [
        Behaviour(healthy_after=40),
        Behaviour(starts_in=130, healthy_after=5),
        Behaviour(pull_error="no basic auth credentials"),
        Behaviour(healthy_after=None, unhealthy_after=90),
        Behaviour(healthy_after=None, exits_after=20),
        Behaviour(healthy_after=20, unhealthy_after=200),
    ]
)
SERVICES = st.fixed_dictionaries(
    {
        "desired": st.integers(1, 7),
        "least": st.integers(0, 10).map(lambda tenth: 10 * tenth),
        "most": st.integers(10, 20).map(lambda tenth: 10 * tenth),
        "breaker": st.booleans(),
        "checked": st.booleans(),
        "behaviour": BEHAVIOURS,
    }
)
PATIENT = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
PASS, LONG = 10, 1000


def configuration(asked):
    made = {"minimumHealthyPercent": asked["least"], "maximumPercent": asked["most"]}
    return made | (BREAKER if asked["breaker"] else {})


def roll(asked):
    """Go pass by pass through a deployment; give the house and its service after each."""
    check = CHECK if asked["checked"] else None
    with running(asked["desired"], configuration(asked), check) as made:
        made.push("v2", asked["behaviour"])
        made.update(taskDefinition=made.register("v2", container=check))
        service = made.installation.service(made.service()["serviceArn"])
        for seconds in range(0, LONG, PASS):
            made.until(seconds)
            yield made, service


def stopped_by_scheduler(task):
    return task.stop is not None and task.stop.code == "ServiceSchedulerInitiated"


@holds("R4.1", "R4.2", "R4.3")
@PATIENT
@given(SERVICES)
def test_live_and_stopping_tasks_never_exceed_the_ceiling(asked):
    for _, service in roll(asked):
        most = max(service.ceiling, asked["desired"])
        assert len(list(service.tasks())) <= most


@holds("R4.2", "R4.12")
@PATIENT
@given(SERVICES)
def test_the_scheduler_takes_no_healthy_task_below_the_floor(asked):
    known = {}
    for _, service in roll(asked):
        tasks = list(service.tasks())
        healthy = sum(task.healthy for task in tasks)
        taken = sum(
            known.get(task.id, False) and stopped_by_scheduler(task) and not task.stop.unhealthy
            for task in tasks
            if not task.live
        )
        assert not taken or healthy >= service.floor or _fell_by_itself(service, known)
        known = {task.id: task.healthy for task in tasks}


def _fell_by_itself(service, known):
    """Say whether tasks became unhealthy or ended since the last pass."""
    present = {task.id: task for task in service.tasks()}
    return any(
        was
        and (
            name not in present
            or (not stopped_by_scheduler(present[name]) and not present[name].healthy)
        )
        for name, was in known.items()
    )


@holds("R3.4")
@PATIENT
@given(SERVICES)
def test_the_counts_of_a_service_are_the_sums_of_its_deployments(asked):
    for made, service in roll(asked):
        shown = made.service()
        for count in ("runningCount", "pendingCount"):
            assert shown[count] == sum(each[count] for each in shown["deployments"])
        live = [task for task in service.tasks() if task.live]
        assert shown["runningCount"] + shown["pendingCount"] == len(live)
        assert [each["status"] for each in shown["deployments"]].count("PRIMARY") == 1


@holds("R3.1", "R4.7", "R11.1")
@PATIENT
@given(SERVICES)
def test_a_deployment_completes_or_fails_or_has_a_reason_to_go_on(asked):
    service = [service for _, service in roll(asked)][-1]
    record, target = service.current, service.current.target
    if record.over:
        ends = {"SUCCESSFUL": Rollout.COMPLETED}
        assert target.rollout is ends.get(record.progress.value, Rollout.FAILED)
        assert service.primary.rollout is not Rollout.IN_PROGRESS
        return
    assert why_not_over(service, asked) != ""


def why_not_over(service, asked):
    """Return why a deployment neither completed nor failed, by what is there now."""
    acts, target = asked["behaviour"], service.current.target
    tasks = list(service.tasks())
    floor_and_ceiling_meet = service.ceiling <= asked["desired"] <= service.floor
    if floor_and_ceiling_meet and not target.begun:
        said = [each["message"] for each in service.events]
        assert any("was unable to stop or start tasks" in text for text in said)
        return "floor and ceiling leave no move"
    assert target.begun
    if acts.pull_error:
        assert not target.running()
        assert target.attempts > 0
        assert target.failure_count < breaker.threshold(service) or not asked["breaker"]
        return "it is tried again after ever longer delays"
    if acts.exits_after:
        assert not target.healthy()
        assert not (asked["breaker"] and asked["checked"])
        return "a crash is counted only where something checks, and only by a breaker"
    if acts.unhealthy_after:
        assert asked["checked"]
        return _why_sick(service, asked, target)
    last_move = max(task.created_at for task in tasks)
    assert (service.pulse.last - last_move).total_seconds() < acts.starts_in + 100
    return "it is on its way, batch by batch"


def _why_sick(service, asked, target):
    """Return why failing checks have not ended it: nobody counts, or the count starts anew."""
    if not asked["breaker"]:
        return "nobody counts what fails its checks"
    if asked["behaviour"].healthy_after is not None:
        assert target.proven
        return "each task that becomes healthy forgives the others"
    assert target.failure_count < breaker.threshold(service)
    return "too few have failed so far"
