"""What a person or a push may say, and what they are told otherwise."""

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.request import KEYS, By, Push, Request, read
from tests.factories import DIGEST, a_push

KNOWN = ("gateway", "orders")
PUSH = {
    "event": "event-1",
    "time": "2026-11-21T11:59:00Z",
    "repository": "orders",
    "digest": DIGEST,
    "tag": "v42",
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=6,
)
nearly = st.fixed_dictionaries(
    {},
    optional={
        "application": st.sampled_from(KNOWN) | anything,
        "image": st.sampled_from(["v42", DIGEST]) | anything,
        "rollback": st.sampled_from([True, "v41", "#12"]) | anything,
        "force": st.booleans() | anything,
        "push": st.fixed_dictionaries({name: anything | st.just(PUSH[name]) for name in PUSH})
        | anything,
        "Image": anything,
    },
)


def by_hand(**raw: Any) -> Request | str:
    return read({"application": "orders", **raw}, KNOWN)


@pytest.mark.parametrize(
    ("raw", "asked"),
    [
        pytest.param({"image": "v42"}, {"image": "v42"}, id="a tag"),
        pytest.param({"image": DIGEST}, {"image": DIGEST}, id="a digest"),
        pytest.param({"image": "v42", "force": True}, {"image": "v42", "force": True}, id="force"),
        pytest.param({"rollback": True}, {"rollback": "previous"}, id="the release before"),
        pytest.param({"rollback": "v41"}, {"rollback": "v41"}, id="back to a tag"),
        pytest.param({"rollback": "#12"}, {"rollback": "#12"}, id="back to a release"),
    ],
)
def test_a_person_says_what_to_deploy_or_where_to_go_back(
    raw: dict[str, Any], asked: dict[str, Any]
) -> None:
    assert by_hand(**raw) == Request("orders", By.PERSON, **asked)


def test_a_push_asks_for_the_tag_that_was_pushed() -> None:
    asked = read({"application": "orders", "push": PUSH}, KNOWN)
    assert asked == Request("orders", By.PUSH, image="v42", push=Push(**PUSH))
    assert asked.push == a_push()


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        pytest.param(
            "orders",
            "The input is no JSON object: write for example "
            '{"application": "orders", "image": "v42"}.',
            id="no object",
        ),
        pytest.param(
            {"image": "v42"},
            'The field "application" is missing: write for example '
            '{"application": "orders", "image": "v42"}.',
            id="no application",
        ),
        pytest.param(
            {"application": "order", "image": "v42"},
            'Unknown application "order": did you mean "orders"? '
            "The catalogue has gateway, orders.",
            id="a mistyped application",
        ),
        pytest.param(
            {"application": 7, "image": "v42"},
            "Unknown application 7. The catalogue has gateway, orders.",
            id="an application that is no text",
        ),
        pytest.param(
            {"application": "orders", "imgae": "v42"},
            'Unknown field "imgae": did you mean "image"? '
            'Write for example {"application": "orders", "image": "v42"}.',
            id="a mistyped field",
        ),
        pytest.param(
            {"application": "orders", "x" * 400: 1},
            f'Unknown field "{"x" * 56}...: known are application, image, rollback, force, plan. '
            'Write for example {"application": "orders", "image": "v42"}.',
            id="a long unknown field",
        ),
        pytest.param(
            {"application": "orders"},
            'Say either "image" or "rollback": write for example {"application": "orders", '
            '"image": "v42"} or {"application": "orders", "rollback": true}.',
            id="nothing asked for",
        ),
        pytest.param(
            {"application": "orders", "image": "v42", "rollback": True},
            'Say either "image" or "rollback": write for example {"application": "orders", '
            '"image": "v42"} or {"application": "orders", "rollback": true}.',
            id="both asked for",
        ),
        pytest.param(
            {"application": "orders", "image": None},
            '"image" is null: write a tag such as "v42", '
            'or a digest, "sha256:" and 64 hexadecimal digits.',
            id="an image that is null",
        ),
        pytest.param(
            {"application": "orders", "image": "orders:v42"},
            '"image" is "orders:v42": write a tag such as "v42", '
            'or a digest, "sha256:" and 64 hexadecimal digits.',
            id="a whole reference",
        ),
        pytest.param(
            {"application": "orders", "image": "sha256:abc"},
            '"image" is "sha256:abc": write a tag such as "v42", '
            'or a digest, "sha256:" and 64 hexadecimal digits.',
            id="half a digest",
        ),
        pytest.param(
            {"application": "orders", "rollback": False},
            '"rollback" is false: write true for the release before this one, '
            'an image tag such as "v41", or "#12" for release 12.',
            id="a rollback that is false",
        ),
        pytest.param(
            {"application": "orders", "rollback": 12},
            '"rollback" is 12: write true for the release before this one, '
            'an image tag such as "v41", or "#12" for release 12.',
            id="a bare number",
        ),
        pytest.param(
            {"application": "orders", "image": "v42", "force": "yes"},
            '"force" is "yes": write true, or leave it out.',
            id="force that is no boolean",
        ),
        pytest.param(
            {"application": "orders", "push": {"tag": "v42"}},
            "The push event is malformed: it must have exactly "
            "event, time, repository, digest, tag.",
            id="half a push",
        ),
        pytest.param(
            {"application": "orders", "push": {**PUSH, "tag": ""}},
            'The push event is malformed: "tag" is "", not a text.',
            id="a push without tag",
        ),
        pytest.param(
            {"application": "orders", "push": {**PUSH, "digest": "v42"}},
            'The push event is malformed: "digest" is "v42", not a digest.',
            id="a push without digest",
        ),
        pytest.param(
            {"application": "orders", "push": PUSH, "force": True},
            'A push event carries "application" and "push", nothing else.',
            id="a push that forces",
        ),
    ],
)
def test_what_is_wrong_is_told_in_one_sentence_with_what_would_be_right(
    raw: object, sentence: str
) -> None:
    assert read(raw, KNOWN) == sentence


@given(anything | nearly)
def test_any_input_becomes_a_request_or_a_sentence(raw: object) -> None:
    answer = read(raw, KNOWN)
    if isinstance(answer, str):
        assert answer.endswith(".")
        assert ".." not in answer.replace("...", "")
    else:
        assert answer.application in KNOWN
        assert (answer.image is None) != (answer.rollback is None)


@given(st.text(string.ascii_lowercase, min_size=1).filter(lambda key: key not in KEYS))
def test_a_field_that_nobody_knows_is_never_passed_over(key: str) -> None:
    assert isinstance(by_hand(image="v42", **{key: True}), str)
