"""Is the log stream of each container found, or a sentence that says why there is none?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.evidence.log_place import LogPlace, NoLog, places

OPTIONS = {
    "awslogs-group": "/ecs/orders-web",
    "awslogs-region": "eu-west-1",
    "awslogs-stream-prefix": "ecs",
}


def a_container(name="app", driver="awslogs", **options):
    logging = {"logDriver": driver, "options": options or OPTIONS}
    return {"name": name, "logConfiguration": logging}


def found(*containers, runtimes=None):
    return places({"containerDefinitions": list(containers)}, "t1", runtimes or {})


def test_a_stream_is_named_by_prefix_container_and_task():
    assert found(a_container(), a_container("proxy")) == (
        LogPlace("app", "/ecs/orders-web", "ecs/app/t1", "eu-west-1"),
        LogPlace("proxy", "/ecs/orders-web", "ecs/proxy/t1", "eu-west-1"),
    )


def test_without_a_prefix_it_is_named_by_the_runtime():
    container = a_container(**{"awslogs-group": "orders"})
    assert found(container, runtimes={"app": "0a1b"}) == (LogPlace("app", "orders", "0a1b"),)
    assert found(container) == (NoLog("app", "it never started, so it printed nothing"),)


@pytest.mark.parametrize(
    ("container", "why"),
    [
        (
            a_container(driver="splunk", token="x"),  # noqa: S106
            "its log driver is splunk: look where that sends them, or use awslogs",
        ),
        (
            {"name": "app"},
            "it has no logConfiguration: give it the log driver awslogs to see its lines here",
        ),
        (
            {"name": "app", "logConfiguration": {"logDriver": "awslogs", "options": None}},
            "its logConfiguration names no awslogs-group: add it",
        ),
    ],
)
def test_where_nothing_can_be_read_a_sentence_says_why(container, why):
    assert found(container) == (NoLog("app", why),)


def test_a_definition_without_containers_has_no_logs():
    assert places({}, "t1", {}) == ()


NAMES = st.text(st.characters(categories=["Ll"]), min_size=1, max_size=8)


@given(st.lists(NAMES, unique=True), st.sampled_from(["awslogs", "awsfirelens", ""]))
def test_each_container_has_one_answer_in_their_order(names, driver):
    answers = found(*(a_container(name, driver) for name in names))
    assert [each.container for each in answers] == names
    assert len({each.stream for each in answers if isinstance(each, LogPlace)}) in (0, len(names))
