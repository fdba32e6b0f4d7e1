"""What holds for a cause whatever ECS, its agent or a registry may say."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code
from functions.domain.stop_reason.blame import BLAME
from functions.domain.stop_reason.cause import (
    ContainerStop,
    Stop,
    cause,
    cause_of_event,
    counts_against_release,
)

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "stop_reasons.jsonl").read_text("utf-8").splitlines()
]
SEEN = sorted(
    {
        text
        for row in ROWS
        for text in (
            row.get("serviceEvent"),
            row.get("stoppedReason"),
            *(each["reason"] for each in row["containers"]),
        )
        if text
    }
)

spaces = st.text(" \t\n\r\u00a0", max_size=4)
texts = st.none() | st.text(max_size=1_500) | st.sampled_from(SEEN)
codes = texts | st.sampled_from(
    ["TaskFailedToStart", "EssentialContainerExited", "ServiceSchedulerInitiated", "UserInitiated"]
)
containers = st.lists(
    st.builds(ContainerStop, st.text(max_size=9), st.none() | st.integers(), texts), max_size=4
).map(tuple)
stops = st.builds(
    Stop, st.text(max_size=9), codes, texts, containers, health=texts, started=st.booleans()
)


@given(stops)
def test_every_stop_gets_a_cause_and_evidence_whatever_ecs_says(stop: Stop) -> None:
    found = cause(stop)
    assert found.code in BLAME
    assert found.blame is BLAME[found.code] or found.code is Code.UNKNOWN
    assert 0 < len(found.message) <= 200
    assert found.message == found.message.strip(" .\n")
    assert found.evidence
    assert counts_against_release(found) is (found.blame in (Blame.RELEASE, Blame.CONFIGURATION))


@given(stops, st.randoms(use_true_random=False))
def test_the_order_of_containers_changes_no_cause(stop: Stop, random: Random) -> None:
    shuffled = list(stop.containers)
    random.shuffle(shuffled)
    assert cause(replace(stop, containers=tuple(shuffled))).code is cause(stop).code


@given(stops, spaces, spaces)
def test_spaces_around_what_is_said_change_no_cause(stop: Stop, before: str, after: str) -> None:
    spaced = replace(stop, reason=None if stop.reason is None else before + stop.reason + after)
    assert cause(spaced).code is cause(stop).code


@given(st.sampled_from(SEEN), st.sampled_from([str.upper, str.lower, str.title]))
def test_letters_may_be_written_in_any_case(text: str, written: Callable[[str], str]) -> None:
    assert cause(Stop("t", None, written(text))).code is cause(Stop("t", None, text)).code


@given(st.sampled_from(SEEN), st.integers(0, 400))
def test_what_is_cut_off_raises_nothing(text: str, length: int) -> None:
    assert cause(Stop("t", None, text[:length])).code in BLAME


@given(st.text(max_size=1_500) | st.sampled_from(SEEN))
def test_every_event_gets_a_cause(text: str) -> None:
    found = cause_of_event(text)
    assert found.blame is BLAME[found.code]
    assert found.message
    assert found.evidence == (text,)
