"""How a look says a service stands."""

from typing import Any

import pytest

from functions.domain.rollout.look import Health, Look, Task, named_revision, progress, runs
from tests.factories import (
    a_deployment,
    a_look,
    a_revision,
    a_service_deployment,
    a_target,
    a_task,
    their_deployment,
)


@pytest.mark.parametrize(
    ("task", "up"),
    [
        pytest.param(a_task(), True, id="it runs"),
        pytest.param(a_task(last_status="PENDING"), False, id="it is not up yet"),
        pytest.param(a_task(desired_status="STOPPED"), False, id="it has to stop"),
    ],
)
def test_a_task_runs_that_is_up_and_has_to_be(task: Task, up: bool) -> None:
    assert runs(task) is up


@pytest.mark.parametrize(
    ("task", "groups", "healthy"),
    [
        pytest.param({}, 0, True, id="nothing checks it"),
        pytest.param({"health": Health.HEALTHY}, 0, True, id="its container check passes"),
        pytest.param({"health": Health.UNKNOWN}, 0, False, id="its container check is to speak"),
        pytest.param({"health": Health.UNHEALTHY}, 0, False, id="its container check fails"),
        pytest.param({}, 1, False, id="it is in no target group yet"),
        pytest.param({"targets": (a_target(),)}, 1, True, id="its target is healthy"),
        pytest.param({"targets": (a_target("initial"),)}, 1, False, id="its target is new"),
        pytest.param({"targets": (a_target(),)}, 2, False, id="one of two groups lacks it"),
        pytest.param(
            {"targets": (a_target(), a_target("unhealthy"))}, 2, False, id="one of two fails"
        ),
        pytest.param(
            {"targets": (a_target(),), "health": Health.UNHEALTHY}, 1, False, id="both have to pass"
        ),
        pytest.param({"last_status": "PENDING"}, 0, False, id="it does not run"),
    ],
)
def test_a_task_is_healthy_when_all_that_checks_it_says_so(
    task: dict[str, Any], groups: int, healthy: bool
) -> None:
    assert a_look(groups=groups).healthy(a_task(**task)) is healthy


@pytest.mark.parametrize(
    ("look", "said"),
    [
        pytest.param(a_look(), "0 of 2 tasks of orders-web:8 are healthy.", id="none"),
        pytest.param(a_look(a_task()), "1 of 2 tasks of orders-web:8 is healthy.", id="one"),
        pytest.param(
            a_look(service_deployment=a_service_deployment(hook=True)),
            "0 of 2 tasks of orders-web:8 are healthy, a lifecycle hook is awaited.",
            id="a hook is awaited",
        ),
        pytest.param(a_look(deployments=()), "The service lists no deployment.", id="nothing"),
    ],
)
def test_a_look_says_how_far_the_rollout_is(look: Look, said: str) -> None:
    assert progress(look) == said


def test_the_primary_deployment_is_found_wherever_it_is_listed() -> None:
    ours, theirs = a_deployment(), their_deployment()
    assert a_look(deployments=(theirs, ours)).primary == ours
    assert a_look(deployments=(theirs,)).primary is None


def test_no_hook_is_awaited_where_no_service_deployment_is_found() -> None:
    assert not a_look(service_deployment=None).awaits_hook


def test_a_revision_is_called_by_family_and_number() -> None:
    assert named_revision(a_revision()) == "orders-web:8"
