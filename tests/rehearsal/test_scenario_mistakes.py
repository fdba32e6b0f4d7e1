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


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9)
)


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
        "16: timeline[1]: has none of the keys push, start, alarm, requests, foreign, lose, "
        "capacity, add_instances, delete_image, change_image, stop_execution, continue_deployment, "
        "stop_deployment, change_catalogue; did you mean alarm?",
        "17: timeline[2].foreign.to: is missing; add to: 8",
        "17: timeline[2].foreign.too: is not a known field; did you mean to?",
        '18: timeline[3].start: there is no workflow "deplyo"; did you mean deploy?',
        '20: faults[0]: "lose_event" is no kind of fault; did you mean lose_events?',
        '22: expect.deployments[0].outcome: "Roled" is not one of Promoted, NoOp, Failed, '
        "RolledBack, RollbackFailed, Expired, Superseded, Aborted, Rejected; "
        "did you mean RolledBack?",
        '23: expect.within: "10 minutes" is not a duration; did you mean 10m?',
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
            'world.images.orders.v1.heap: "2GB" is not a size; did you mean 2GiB?',
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
    assert '4: catalogue[1]: there is no file "catalogue/other.yaml"' in told[0]


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
        ("", "1: is empty; a scenario needs a name and a catalogue"),
        ("# only words\n", "1: is empty; a scenario needs a name and a catalogue"),
        ("- a\n", "1: a list is not a mapping; begin with name: what is tried"),
        ("name: [", "cannot be read as YAML"),
        ("name: a\n b: c\n", "2: cannot be read as YAML: a colon stands where none can; "),
        ("a:\n  b: 1\n   c: 2\n", "3: cannot be read as YAML: a colon stands where none can; "),
        ("a:\n    b: 1\n  c: 2\n", "3: cannot be read as YAML: this line is indented unlike those"),
        ("name: a\nworld:\n\timages: {}\n", "3: cannot be read as YAML: a tab cannot stand here; "),
        ("name: [a\nworld: {}\n", "2: cannot be read as YAML: a [ or a { is not closed; "),
        ('name: "a\n', "cannot be read as YAML: a quote is not closed; "),
        ("world: &a {images: *a}\n", "1: cannot be read as YAML: *a stands within &a itself; "),
        ("name: " + "[" * 5_000, "1: cannot be read as YAML: it is nested more than 50 times; "),
        (BOMB, "cannot be read as YAML: it holds more than 50,000 values; "),
        ("#" * 2_000_000, "1: is larger than 1,000,000 bytes; "),
        ("name: a\nname: b\n", "2: name: is already on line 1; keep one of them"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_in_words(tmp_path, text, said):
    assert any(said in each for each in mistakes(tmp_path, text))


def test_a_file_that_is_not_there_is_refused_in_words(tmp_path):
    instead = "there is no such file; name a scenario file or a folder of them"
    with pytest.raises(ScenarioError, match=f"absent.yaml: {instead}"):
        read(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"name: caf\xe9\n", "1: is no text in UTF-8; save it in UTF-8"),
        (b"name: a\n\x00", "1: is no text: it holds the character #x00; name a YAML file"),
        ("name: a\n".encode("utf-16"), "1: is written in UTF-16; save it in UTF-8"),
    ],
    ids=["latin-1", "binary", "utf-16"],
)
def test_what_is_no_text_is_refused_in_words(tmp_path, content, said):
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(ScenarioError) as raised:
        read(file)
    assert str(raised.value) == f"{file}:{said}"


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text(GOOD, encoding="utf-8-sig")
    assert read(file).scenario.name == "a good release"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("nofile.yaml", 'there is no file "nofile.yaml"; name a file of the catalogue'),
        (".", '"." is a folder; name a file of the catalogue'),
        ("scenario.yaml", '"scenario.yaml" is a scenario; name a file of the catalogue'),
    ],
)
def test_a_catalogue_that_is_none_is_told_with_the_line_of_its_name(tmp_path, entry, said):
    (told,) = mistakes(tmp_path, changed(catalogue=[entry], timeline=[]))
    assert told.startswith(f"3: catalogue[0]: {said}")


def test_a_file_of_the_catalogue_is_no_scenario(tmp_path):
    (told,) = mistakes(tmp_path, "application: orders\nrepository: orders\n")
    assert "is a file of the catalogue, no scenario; rehearse it with --catalogue " in told


def test_what_nobody_thought_of_is_refused_in_words_too(tmp_path):
    (told,) = mistakes(tmp_path, GOOD + "? !!binary aGk=\n: 1\n")
    assert told.startswith("1: cannot be understood: TypeError: ")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("3000d", '"3000d" is too long; write at most 365d'),
        ("-1m", '"-1m" is negative; write 0s or more'),
        (-5, "-5 is negative; write 0s or more"),
        ("20sec", '"20sec" is not a duration; did you mean 20s?'),
        ("5 M", '"5 M" is not a duration; did you mean 5m?'),
        ("soon", '"soon" is not a duration; write for example 20s, 5m, 2h or 1d'),
    ],
)
def test_what_people_take_for_a_duration(tmp_path, written, said):
    told = mistake(tmp_path, timeline=[{"at": written, "push": "orders:v2"}])
    assert told == f"timeline[0].at: {said}"


def test_a_time_of_day_is_no_duration(tmp_path):
    (told,) = mistakes(tmp_path, GOOD.replace("at: 0s", "at: 1:30"))
    assert 'timeline[0].at: "1:30" is not a duration; write for example 20s' in told


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("512MB", '"512MB" is not a size; did you mean 512MiB?'),
        ("2g", '"2g" is not a size; did you mean 2GiB?'),
        ("999999GiB", '"999999GiB" is too large; write at most 32768GiB'),
        (0, "0 is not a size; write for example 512MiB or 2GiB"),
    ],
)
def test_what_people_take_for_a_size(tmp_path, written, said):
    told = mistake(tmp_path, world={"images": {"orders": {"v1": {"heap": written}, "v2": {}}}})
    assert told == f"world.images.orders.v1.heap: {said}"


@pytest.mark.parametrize(
    ("written", "meant"),
    [("Sucess", "Promoted"), ("rolledback", "RolledBack"), ("rollback", "RolledBack")],
)
def test_an_outcome_is_guessed_from_what_people_call_it(tmp_path, written, meant):
    told = mistake(tmp_path, expect={"deployments": [{"outcome": written}]})
    assert told.endswith(f"; did you mean {meant}?")


def test_an_entry_of_the_timeline_is_one_action(tmp_path):
    two = {"at": "0s", "push": "orders:v2", "start": "deploy"}
    told = mistake(tmp_path, timeline=[two])
    assert told == "timeline[0].start: stands beside another action; write one action per entry"


def at_once(**action):
    return {"timeline": [{"at": "0s", **action}]}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (
            {"world": {"services": {"orders/web": {"strategy": "BLUE_GREEN", "canary": {}}}}},
            "world.services.orders/web.canary: belongs to strategy: CANARY, and this one is "
            "BLUE_GREEN; ",
        ),
        (
            {"world": {"services": {"orders/web": {"host_port": 80}}}},
            "world.services.orders/web.host_port: no task on Fargate takes a port of an instance; ",
        ),
        (
            {"world": {"images": {"orders": {"v1": {"cpu": 32_768}, "v2": {}}}}},
            "world.images.orders.v1.cpu: 32768 is more than the 16384 that a task on Fargate has; ",
        ),
        (
            {
                "world": {
                    "clusters": {"production": {"capacity": "ec2", "memory": "1GiB"}},
                    "images": {"orders": {"v1": {"memory": "2GiB"}, "v2": {}}},
                }
            },
            "world.images.orders.v1.memory: 2048 is more than the 1024 that an instance of "
            "production has; ",
        ),
        (
            at_once(capacity={"cluster": "production", "refuse": "RESOURCE:FARGAT"}),
            'timeline[0].capacity.refuse: "RESOURCE:FARGAT" is not one of RESOURCE:FARGATE, ',
        ),
        (
            at_once(capacity={"cluster": "production"}),
            "timeline[0].capacity: has to say one of refuse and restore; ",
        ),
        (
            at_once(lose={"cluster": "production", "instance": 1}),
            "timeline[0].lose: production has no container instances: it runs on Fargate; ",
        ),
        (
            at_once(add_instances={"cluster": "production"}),
            "timeline[0].add_instances: production has no container instances: ",
        ),
        (
            at_once(requests="orders/web", per_minute=60),
            "timeline[0].requests: nobody counts the requests of orders/web; ",
        ),
        (
            {"world": {"services": {"orders/web": {"requests": {"per_minute": 60}}}}},
            "world.services.orders/web.requests: nobody counts the requests of a service without ",
        ),
        (
            at_once(lose={"cluster": "production", "spot": True}),
            "timeline[0].lose.spot: nothing of production runs on Spot; ",
        ),
        (
            at_once(lose={"cluster": "production", "zone": "f"}),
            'timeline[0].lose.zone: production has no zone "f"; write one of a, b, c',
        ),
        (
            at_once(lose={"cluster": "production", "zone": "a", "spot": True}),
            "timeline[0].lose: names more than one loss; ",
        ),
        (
            at_once(foreign={"cloudformation_deploy": "orders/web", "memory": "200GiB"}),
            "timeline[0].foreign.memory: 204800 is more than the 122880 that a task on Fargate",
        ),
    ],
)
def test_what_aws_could_not_do_is_refused_while_reading(tmp_path, members, said):
    members.setdefault("world", {"images": {"orders": {"v1": {}, "v2": {}}}})
    assert mistake(tmp_path, **{"timeline": [], **members}).startswith(said)


def test_a_new_image_may_be_larger_than_any_instance(tmp_path):
    world = {
        "clusters": {"production": {"capacity": "ec2", "memory": "1GiB"}},
        "images": {"orders": {"v1": {}, "v2": {"memory": "2GiB"}}},
    }
    file = tmp_path / "scenario.yaml"
    file.write_text(changed(world=world))
    assert read(file).scenario.world.images["orders"]["v2"].memory == 2_048


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


@pytest.mark.parametrize(
    ("name", "schedule", "said"),
    [
        ("nightly", {}, "is in no catalogue, so it has to say what it runs"),
        ("jobs/nightly", {"runs": "orders/web", "kind": "rule"}, "a rule has no group"),
        ("nightly", {"runs": "orders/wbe"}, 'there is no service "orders/wbe"'),
    ],
)
def test_a_schedule_says_what_it_runs(tmp_path, name, schedule, said):
    world = {"images": {"orders": {"v1": {}, "v2": {}}}, "schedules": {name: schedule}}
    assert said in mistake(tmp_path, world=world)
