"""A token says what was asked, and what has changed since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.request import By, Request, in_short, read
from functions.domain.token import PARTS, asked_by, changed, token

WORLD: tuple[object, ...] = tuple(range(len(PARTS)))
DIGEST = "sha256:" + "a" * 64
REQUESTS = st.builds(
    Request,
    st.just("orders"),
    st.just(By.PERSON),
    image=st.sampled_from(["v42", "v1.2.3-rc_1", DIGEST]),
    force=st.booleans(),
) | st.builds(
    Request,
    st.just("orders"),
    st.just(By.PERSON),
    rollback=st.sampled_from(["previous", "#12", "v41"]),
    force=st.booleans(),
)


@given(REQUESTS)
def test_a_token_asks_for_what_was_planned(request: Request) -> None:
    text = token(in_short(request), WORLD)
    found = read({"plan": text}, ["orders"])
    assert isinstance(found, Request)
    assert (found.image, found.rollback, found.force) == (
        request.image,
        request.rollback,
        request.force,
    )
    assert (found.token, found.plan) == (text, False)


@given(st.lists(st.booleans(), min_size=len(PARTS), max_size=len(PARTS)))
def test_what_has_changed_is_named_and_nothing_else(differs: list[bool]) -> None:
    asked = {"application": "orders", "image": "v42"}
    now = tuple(f"{each}!" if odd else each for each, odd in zip(WORLD, differs, strict=True))
    expected = tuple(part for part, odd in zip(PARTS, differs, strict=True) if odd)
    assert changed(token(asked, WORLD), token(asked, now)) == expected


@pytest.mark.parametrize("text", ["", "orders", "orders/image=v42", "orders/image=v42/12", "a/b/c"])
def test_what_is_no_token_asks_for_nothing(text: str) -> None:
    assert asked_by(text) is None


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            {"plan": "v42"},
            '"plan" is "v42", which is no token of a plan: copy it from one, or plan first with '
            '{"application": "orders", "image": "v42", "plan": true}.',
        ),
        (
            {"plan": token({"application": "orders", "image": "v42"}, WORLD), "force": True},
            '"plan" is a token and says it all: leave out force.',
        ),
        (
            {"plan": token({"application": "order", "image": "v42"}, WORLD)},
            'Unknown application "order": did you mean "orders"? The catalogue has orders.',
        ),
        (
            {"application": "orders", "image": "v42", "plan": 1},
            '"plan" is 1: write true, or leave it out.',
        ),
    ],
)
def test_what_cannot_be_planned_is_told(raw: dict[str, object], said: str) -> None:
    assert read(raw, ["orders"]) == said


def test_only_a_plan_is_asked_for() -> None:
    found = read({"application": "orders", "rollback": True, "plan": True}, ["orders"])
    assert found == Request("orders", By.PERSON, rollback="previous", plan=True)
