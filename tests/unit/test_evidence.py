"""Does what is kept of a deployment stay small, whole, in order and without secrets?"""

import json
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.evidence.document import (
    LEAST_TELLING,
    MOST_OF_A_PART,
    MOST_OF_ALL,
    Part,
    document,
    merged,
)

DSN = "postgres://orders:s3cret@db/orders"
RECORD = {"application": "orders", "deployment": 42, "outcome": "Failed", "services": {"web": {}}}


def at(minute):
    return f"2026-11-21T12:{minute:02}:00.000Z"


def a_stop(task="t1", cause="AppExit", minute=1, **override):
    return {"task": task, "cause": cause, "blame": "release", "message": "exited with code 1",
            "evidence": ["exit code 1"], "at": at(minute), **override}  # fmt: skip


def a_part(minute=1, of="web", **override):
    return Part(at(minute), of, **override)


def size(plain):
    return len(json.dumps(plain).encode())


# A part


def test_a_part_is_plain_json():
    part = a_part(
        counts={"web": {"desired": 2, "running": 1}},
        stops=(a_stop(),),
        targets=("task t2: target unhealthy",),
        events=({"at": at(0), "text": "has started 2 tasks"},),
        alarms=({"name": "orders-5xx", "state": "ALARM"},),
        log_lines={"t1": {"app": ("KeyError: 'DATABASE_URL'",)}},
    )
    found = document(part)
    assert json.loads(json.dumps(found)) == found
    assert found == {
        "at": at(1),
        "of": "web",
        "counts": {"web": {"desired": 2, "running": 1}},
        "stops": [a_stop()],
        "targets": ["task t2: target unhealthy"],
        "events": [{"at": at(0), "text": "has started 2 tasks"}],
        "alarms": [{"name": "orders-5xx", "state": "ALARM"}],
        "log_lines": [{"task": "t1", "container": "app", "lines": ["KeyError: 'DATABASE_URL'"]}],
        "left_out": {},
    }


def test_no_text_keeps_its_secrets():
    part = a_part(
        stops=(a_stop(message=DSN, evidence=[DSN]),),
        targets=(DSN,),
        events=({"at": at(0), "text": DSN},),
        alarms=({"name": DSN},),
        log_lines={"t1": {"app": (DSN,)}},
    )
    for plain in (document(part), merged({"message": DSN}, [document(part)])):
        text = json.dumps(plain)
        assert "s3cret" not in text
        assert text.count("postgres://orders:***@db/orders") >= 6


def test_a_text_is_cut_after_it_is_redacted():
    found = document(a_part(targets=("x." * 490 + DSN,)))["targets"][0]
    assert found.startswith("x." * 490)
    assert found.endswith("...")
    assert len(found) == 1_000
    assert "s3" not in found


def test_where_there_is_no_room_the_least_telling_goes_first_and_is_counted():
    events = tuple({"at": at(n % 60), "text": "y " * 450} for n in range(60))
    stops = tuple(a_stop(f"t{n}", message="x " * 150) for n in range(60))
    found = document(a_part(stops=stops, events=events))
    assert size(found) <= MOST_OF_A_PART
    assert len(found["stops"]) == 60
    assert found["left_out"] == {"events": 60 - len(found["events"])}
    assert found["events"] == [dict(each) for each in events[: len(found["events"])]]


# All of them


def test_the_document_is_the_record_and_all_that_was_seen_by_time():
    parts = [
        document(a_part(3, counts={"web": {"healthy": 1}}, stops=(a_stop("t2", minute=3),))),
        document(a_part(1, counts={"web": {"healthy": 0}}, stops=(a_stop("t1"),),
                        targets=("task t3: target initial",))),
        document(a_part(2, counts={"web": {"healthy": 0}}, targets=("task t3: target initial",))),
        document(a_part(2, "bake", counts={"web": {"healthy": 0}})),
    ]  # fmt: skip
    found = merged({**RECORD, "deployment": Decimal(42), "share": Decimal("0.5")}, parts)
    assert found == {
        **RECORD,
        "share": 0.5,
        "timeline": [
            {"at": at(1), "of": "web", "counts": {"web": {"healthy": 0}}},
            {"at": at(2), "of": "bake", "counts": {"web": {"healthy": 0}}},
            {"at": at(3), "of": "web", "counts": {"web": {"healthy": 1}}},
        ],
        "stops": [{"of": "web", **a_stop("t1")}, {"of": "web", **a_stop("t2", minute=3)}],
        "targets": [{"at": at(1), "text": "task t3: target initial"}],
        "events": [],
        "alarms": [],
        "log_lines": [],
        "notes": [],
        "left_out": {},
    }


def test_a_stop_is_there_once_as_the_newest_look_has_it():
    early = document(a_part(1, stops=(a_stop(cause="Unknown"),)))
    late = document(a_part(2, stops=(a_stop(cause="OutOfMemory"),)))
    for parts in ([early, late], [late, early]):
        (stop,) = merged(RECORD, parts)["stops"]
        assert stop["cause"] == "OutOfMemory"


def test_an_event_is_there_once_and_the_oldest_first():
    old, new = {"at": at(1), "text": "old"}, {"at": at(2), "text": "new"}
    parts = [document(a_part(3, events=(new, old))), document(a_part(1, events=(old,)))]
    assert merged(RECORD, parts)["events"] == [old, new]


def test_log_lines_are_there_once_for_each_container():
    parts = [
        document(a_part(1, log_lines={"t1": {"app": ("(no lines found)",), "proxy": ()}})),
        document(a_part(2, log_lines={"t1": {"app": ("KeyError",)}})),
    ]
    assert merged(RECORD, parts)["log_lines"] == [
        {"of": "web", "task": "t1", "container": "app", "lines": ["KeyError"]},
        {"of": "web", "task": "t1", "container": "proxy", "lines": []},
    ]


def test_what_could_not_be_read_is_noted():
    notes = [{"note": "1 part could not be read"}, {"note": "a"}, {"note": "a"}]
    assert merged(RECORD, notes)["notes"] == ["1 part could not be read", "a"]


def test_what_parts_left_out_is_counted_together():
    parts = [{"at": at(n), "left_out": {"events": 2}} for n in range(3)]
    assert merged(RECORD, parts)["left_out"] == {"events": 6}


def test_each_cause_keeps_a_stop_when_there_is_no_room_for_all():
    long = {"message": "x " * 450}
    parts = [
        document(a_part(n, stops=tuple(a_stop(f"t{n}-{m}", **long) for m in range(40))))
        for n in range(10)
    ]
    parts.append(document(a_part(59, stops=(a_stop("late", "OutOfMemory", **long),))))
    found = merged(RECORD, parts)
    assert size(found) <= MOST_OF_ALL
    assert found["left_out"] == {"stops": 401 - len(found["stops"])}
    assert {each["cause"] for each in found["stops"]} == {"AppExit", "OutOfMemory"}


def test_a_record_that_leaves_no_room_loses_its_largest_members():
    found = merged({**RECORD, "services": ["x " * 450] * 100}, [])
    assert found["application"] == "orders"
    assert "services" not in found
    assert found["left_out"] == {"record": 1}


def test_what_is_no_json_becomes_its_text():
    assert merged({"path": frozenset()}, [])["path"] == "frozenset()"


TEXTS = st.text(max_size=1_200)
MINUTES = st.integers(0, 59).map(at)
STOPS = st.builds(
    lambda task, cause, message, moment: a_stop(task, cause, message=message, at=moment),
    st.sampled_from("abcdef"),
    st.sampled_from(["AppExit", "OutOfMemory"]),
    TEXTS,
    st.none() | MINUTES,
)
PARTS = st.builds(
    Part,
    at=MINUTES,
    of=st.sampled_from(["web", "bake"]),
    counts=st.fixed_dictionaries({"web": st.fixed_dictionaries({"healthy": st.integers(0, 2)})}),
    stops=st.lists(STOPS, max_size=4),
    targets=st.lists(TEXTS, max_size=3),
    events=st.lists(st.fixed_dictionaries({"at": MINUTES, "text": TEXTS}), max_size=3),
    log_lines=st.dictionaries(
        st.sampled_from("abc"), st.dictionaries(st.just("app"), st.lists(TEXTS, max_size=2))
    ),
)


@settings(deadline=None)
@given(st.lists(PARTS.map(document), max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_parts_is_nothing_to_the_document(parts, chance: random.Random):
    found = merged(RECORD, parts)
    shuffled = [*parts, *parts[:1]]
    chance.shuffle(shuffled)
    assert merged(RECORD, shuffled) == found
    tasks = [each["task"] for each in found["stops"]]
    assert len(tasks) == len(set(tasks))
    assert set(tasks) == {each["task"] for part in parts for each in part["stops"]}


@pytest.mark.parametrize("count", [1, 30, 300])
@pytest.mark.parametrize("letter", ["x ", "\u00e4", "\U0001f4a5", '"'])
def test_it_never_grows_past_its_limit(count, letter):
    many = [letter * 700] * count
    part = a_part(
        stops=[a_stop(f"t{n}", message=each) for n, each in enumerate(many)],
        targets=[f"{n}{each}" for n, each in enumerate(many)],
        events=[{"at": at(n % 60), "text": f"{n}{each}"} for n, each in enumerate(many)],
        alarms=[{"name": f"{n}{each}"} for n, each in enumerate(many)],
        log_lines={f"t{n}": {"app": [each]} for n, each in enumerate(many)},
    )
    whole = document(part)
    assert size(whole) <= MOST_OF_A_PART
    parts = [{**whole, "at": at(n), "counts": {"n": n}} for n in range(10)]
    parts += [document(a_part(n, stops=[a_stop(f"u{n}{m}", message=letter * 700)
                                        for m in range(40)])) for n in range(20)]  # fmt: skip
    found = merged({**RECORD, "message": letter * 1_000}, parts)
    assert size(found) <= MOST_OF_ALL
    kept = sum(len(whole[kind]) for kind in LEAST_TELLING if kind in whole)
    assert kept + sum(whole["left_out"].values()) == 5 * count
