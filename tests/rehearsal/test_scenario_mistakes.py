"""Is everything that is wrong with a scenario file said at once, on its line, with a way out?"""

import textwrap

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.lines import parsed
from rehearsal.scenario.format.reading import ScenarioError, read, understood

GOOD = """
name: a good release
catalogue:
  - {application: orders, repository: orders, cluster: production, services: {web: {}, worker: {}}}
world:
  images: {orders: {v1: {}, v2: {}}}
timeline:
  - {at: 0s, push: "orders:v2"}
"""


def mistakes(path, text):
    file = path / "scenario.yaml"
    file.write_text(textwrap.dedent(text).lstrip())
    with pytest.raises(ScenarioError) as raised:
        read(file)
    return [line.removeprefix(f"{file}:") for line in str(raised.value).splitlines()]


def changed(**members):
    document = yaml.safe_load(GOOD)
    return yaml.safe_dump({**document, **members}, sort_keys=False, width=1000)


def mistake(path, **members):
    (only,) = mistakes(path, changed(**members))
    return only.partition(": ")[2]


def test_every_mistake_of_a_file_is_told_with_its_line(tmp_path):
    text = """
        name: a crash
        catalogue:
          - {application: orders, repository: orders, cluster: production, services: {web: {}}}
        world:
          clusters: {prod: {capacity: fargate}}
          images:
            orders:
              v1: {starts_in: 20x, healthy_after: never}
              v2: {start_in: 5s, by_service: {wbe: {}}}
          services:
            orders/web: {runs: v7, desired: four, load_balancer: true}
            orders/wbe: {}
          alarms: {orders-5xx: Alarm}
        timeline:
          - {at: 0s, push: "orders:v3"}
          - {at: 5m, alrm: orders-5xx}
          - {at: 5m, foreign: {scale: orders/web, too: 5}}
          - {at: 5m, start: deplyo, input: {}}
        faults:
          - {lose_event: 0.2}
        expect:
          deployments: [{outcome: Roled}]
          within: 10 minutes
    """
    assert mistakes(tmp_path, text) == [
        '5: world.clusters.prod: there is no cluster "prod"; known are production',
        '8: world.images.orders.v1.starts_in: "20x" is not a duration; '
        "write for example 20s, 5m, 2h or 1d",
        "9: world.images.orders.v2.start_in: is not a known field; did you mean starts_in?",
        '9: world.images.orders.v2.by_service.wbe: "wbe" is not a service of orders; '
        "did you mean web?",
        '11: world.services.orders/web.desired: "four" is not a whole number; write for example 2',
        '11: world.services.orders/web.runs: world.images.orders has no "v7"; known are v1, v2',
        '12: world.services.orders/wbe: there is no service "orders/wbe"; did you mean orders/web?',
        '13: world.alarms.orders-5xx.state: "Alarm" is not one of OK, ALARM, INSUFFICIENT_DATA, '
        "missing; did you mean ALARM?",
        '15: timeline[0].push: world.images.orders has no "v3"; known are v1, v2',
        "16: timeline[1]: has none of the keys push, start, alarm, foreign, lose, capacity, "
        "add_instances, delete_image, stop_execution, continue_deployment, stop_deployment, "
        "change_catalogue; did you mean alarm?",
        "17: timeline[2].foreign.to: is missing; add to: 8",
        "17: timeline[2].foreign.too: is not a known field; did you mean to?",
        '18: timeline[3].start: there is no workflow "deplyo"; did you mean deploy?',
        '20: faults[0]: "lose_event" is no kind of fault; did you mean lose_events?',
        '22: expect.deployments[0].outcome: "Roled" is not one of Promoted, NoOp, Failed, '
        "RolledBack, RollbackFailed, Expired, Superseded; did you mean RolledBack?",
        '23: expect.within: "10 minutes" is not a duration; write for example 20s, 5m, 2h or 1d',
    ]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"name": 5}, "name: 5 is not text; put it in quotes"),
        ({"timeline": {}}, "timeline: a mapping is not a list; write for example [one, another], "),
        ({"timeline": ["push"]}, 'timeline[0]: "push" is not a mapping; write for example push: …'),
        ({"catalogue": []}, "catalogue: is empty; describe an application, or name its file"),
        ({"expct": {}}, "expct: is not a known field; did you mean expect?"),
        (
            {"expect": {"breaks": [{"invariant": 11, "because": "so"}]}},
            "expect.breaks[0].invariant: 11 is more than 10; write 10 or less",
        ),
        (
            {"world": {"images": {"orders": {"v1": {"heap": "2GB"}, "v2": {}}}}},
            'world.images.orders.v1.heap: "2GB" is not a size; write for example 512MiB or 2GiB',
        ),
        (
            {"faults": [{"fail": "ecs:UpdateServic", "error": "ThrottlingException"}]},
            'faults[0]: ecs has no action "UpdateServic"; did you mean UpdateService?',
        ),
        (
            {"faults": [{"stop_execution": "deploy", "at_state": "Rol Services"}]},
            'faults[0]: there is no state of deploy called "Rol Services"; ',
        ),
        (
            {"timeline": [{"at": "0s", "delete_image": "orders"}]},
            'timeline[0].delete_image: "orders" does not name an image; write for example ',
        ),
        (
            {"timeline": [{"at": "0s", "foreign": {"stop_task": "web"}}]},
            'timeline[0].foreign.stop_task: "web" does not name a service as application/key; ',
        ),
        (
            {"timeline": [{"at": "0s", "change_catalogue": {"application": "orders"}}]},
            "timeline[0].change_catalogue.repository: is missing; write for example orders",
        ),
    ],
)
def test_a_mistake_says_what_would_be_right(tmp_path, members, said):
    found = [each.partition(": ")[2] for each in mistakes(tmp_path, changed(**members))]
    assert any(each.startswith(said) for each in found), found


def test_mistakes_of_a_catalogue_are_told_where_they_stand(tmp_path):
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "orders.yaml").write_text("application: orders\n")
    told = mistakes(tmp_path, changed(catalogue=["catalogue/orders.yaml", "catalogue/other.yaml"]))
    assert any(each.startswith("catalogue/orders.yaml:1: repository: is missing") for each in told)
    assert any(each.startswith("catalogue/other.yaml:1: cannot be read") for each in told)


def test_a_catalogue_written_into_the_scenario_is_checked_line_by_line(tmp_path):
    text = """
        name: a good release
        catalogue:
          - application: orders
            repository: orders
            clustr: production
            services: {web: {}}
    """
    assert mistakes(tmp_path, text) == [
        "3: catalogue[0].cluster: is missing; write for example production",
        "5: catalogue[0].clustr: is not a known field; did you mean cluster?",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "1: nothing is not a mapping; begin with name: what is tried"),
        ("name: [", "cannot be read as YAML"),
        ("name: a\nname: b\n", "2: name: is already on line 1; keep one of them"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_words(tmp_path, text, said):
    assert any(said in each for each in mistakes(tmp_path, text))


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    with pytest.raises(ScenarioError, match="No such file"):
        read(tmp_path / "absent.yaml")


WORDS = (
    *("name", "catalogue", "world", "timeline", "faults", "expect", "at", "push", "foreign"),
    *("orders", "orders/web", "v1", "0s", "images", "services", "lose_events", "fail", "state"),
    *("deployments", "alarm", "scale", "to", "runs", "true"),
)
words = st.sampled_from(WORDS)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None)
@given(st.dictionaries(words, values, max_size=6))
def test_whatever_a_file_holds_it_is_read_or_refused(tmp_path_factory, content):
    lines = parsed("scenario.yaml", yaml.safe_dump({**yaml.safe_load(GOOD), **content}).encode())
    try:
        understood(lines, tmp_path_factory.getbasetemp())
        told = []
    except ScenarioError as error:
        told = str(error).splitlines()
    assert all(each.startswith("scenario.yaml:") for each in told)
