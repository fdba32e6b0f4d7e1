import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.image import (
    Images,
    Order,
    Repository,
    Tagged,
    accepts,
    is_version,
    left_out,
    newer,
    pin,
    repository,
    same_repository,
    uri,
    version,
)

URI = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders"
DIGEST = "sha256:" + "a" * 64

TAGS = st.text("abv1.-", min_size=1, max_size=8)
GLOBS = st.lists(st.text("abv1.*!", min_size=1, max_size=5), min_size=1, max_size=4).map(tuple)
NUMBERS = st.integers(0, 30)
WORDS = st.lists(st.sampled_from(["0", "1", "2", "10", "a", "rc", "rc1", "-"]), max_size=3)
VERSIONS = st.builds(
    lambda numbers, words: (
        "v" + ".".join(map(str, numbers)) + ("-" if words else "") + ".".join(words)
    ),
    st.lists(NUMBERS, min_size=1, max_size=3),
    WORDS,
)


@pytest.mark.parametrize(
    ("globs", "tag", "taken"),
    [
        (("*",), "latest", True),
        (("v*",), "v1", True),
        (("v*",), "v", True),
        (("v*",), "rev1", False),
        (("v1",), "v1", True),
        (("v1",), "v10", False),
        (("*-prod",), "a-prod", True),
        (("*-prod",), "a-prod-1", False),
        (("v*.*-rc*",), "v1.2-rc3", True),
        (("v*.*-rc*",), "v1-rc3", False),
        (("a*a",), "a", False),
        (("a*b*b",), "ab", False),
        (("v1.0",), "v1x0", False),
        (("v*", "main"), "main", True),
        (("*", "!latest"), "latest", False),
        (("!v*-rc", "v*"), "v1-rc", False),
        (("!v*-rc", "v*"), "v1", True),
        (("!v1",), "v2", False),
        ((), "v1", False),
    ],
)
def test_accepts(globs: tuple[str, ...], tag: str, taken: bool) -> None:
    assert accepts(globs, tag) is taken


@given(GLOBS, TAGS)
def test_an_excluded_tag_is_never_accepted(globs: tuple[str, ...], tag: str) -> None:
    assert not accepts((*globs, f"!{tag}"), tag)
    assert not accepts((*globs, "!*"), tag)


@given(GLOBS, TAGS)
def test_a_literal_takes_its_tag_unless_it_is_excluded(globs: tuple[str, ...], tag: str) -> None:
    includes = tuple(glob for glob in globs if not glob.startswith("!"))
    assert accepts((*includes, tag), tag)


def test_many_stars_stay_cheap() -> None:
    assert not accepts(("*a" * 40 + "*b",), "a" * 300)


@pytest.mark.parametrize(
    ("order", "tag", "why"),
    [
        (Order.NEWEST, "main", 'The tag "main" is not among those of images.tags: v*, !v0*.'),
        (Order.NEWEST, "v0.1", 'The tag "v0.1" is not among those of images.tags: v*, !v0*.'),
        (Order.NEWEST, "vx", None),
        (Order.SEMVER, "vx", 'The tag "vx" is no version, and images.order is semver.'),
        (Order.SEMVER, "v1", None),
    ],
)
def test_a_tag_left_out_says_why(order: Order, tag: str, why: str | None) -> None:
    assert left_out(Images(("v*", "!v0*"), order), tag) == why


# The rows of precedence are from semver.org, item 11.
@pytest.mark.parametrize(
    ("older", "younger"),
    [
        ("1.0.0", "2.0.0"),
        ("2.0.0", "2.1.0"),
        ("2.1.0", "2.1.1"),
        ("1.0.0-alpha", "1.0.0"),
        ("1.0.0-alpha", "1.0.0-alpha.1"),
        ("1.0.0-alpha.1", "1.0.0-alpha.beta"),
        ("1.0.0-alpha.beta", "1.0.0-beta"),
        ("1.0.0-beta.2", "1.0.0-beta.11"),
        ("1.0.0-beta.11", "1.0.0-rc.1"),
        ("v9", "v10"),
        ("v1.9", "1.10.0"),
        ("v42-rc1", "v42"),
    ],
)
def test_versions_in_order(older: str, younger: str) -> None:
    assert newer(Order.SEMVER, Tagged(younger, None), Tagged(older, None)) is True
    assert newer(Order.SEMVER, Tagged(older, None), Tagged(younger, None)) is False


@pytest.mark.parametrize(
    ("tag", "same"), [("v42", "42.0.0"), ("v1.2", "1.2.0"), ("1.0.0+build.5", "1.0.0")]
)
def test_versions_that_are_the_same(tag: str, same: str) -> None:
    assert version(tag) == version(same)
    assert newer(Order.SEMVER, Tagged(tag, None), Tagged(same, None)) is None


@pytest.mark.parametrize(
    "tag",
    ["", "v", "latest", "v01", "1.02", "1.2.3.4", "1.0.0-01", "1.0-", "v1.", "\u0661", "9" * 301],
)
def test_other_tags_are_no_versions(tag: str) -> None:
    assert not is_version(tag)
    assert newer(Order.SEMVER, Tagged(tag, None), Tagged("v1", None)) is None


@pytest.mark.parametrize(
    ("order", "candidate", "running", "verdict"),
    [
        (Order.LEXICAL, Tagged("2026-02", None), Tagged("2026-01", None), True),
        (Order.LEXICAL, Tagged("2026-01", None), Tagged("2026-02", None), False),
        (Order.LEXICAL, Tagged("a", None), Tagged("a", None), None),
        (Order.LEXICAL, Tagged("a", None), Tagged(None, None), None),
        (Order.SEMVER, Tagged(None, None), Tagged("v1", None), None),
        (Order.NEWEST, Tagged("a", "2026-01-02"), Tagged("b", "2026-01-01"), True),
        (Order.NEWEST, Tagged("a", "2026-01-01"), Tagged("b", "2026-01-02"), False),
        (Order.NEWEST, Tagged("a", "2026-01-01"), Tagged("b", None), None),
    ],
)
def test_newer(order: Order, candidate: Tagged, running: Tagged, verdict: bool | None) -> None:
    assert newer(order, candidate, running) is verdict


IMAGES = st.builds(Tagged, VERSIONS, st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"]))


@given(st.sampled_from(Order), IMAGES, IMAGES)
def test_of_two_images_at_most_one_is_newer(order: Order, one: Tagged, other: Tagged) -> None:
    forth, back = newer(order, one, other), newer(order, other, one)
    assert (forth, back) in {(True, False), (False, True), (None, None)}


@given(st.sampled_from(Order), IMAGES, IMAGES, IMAGES)
def test_newer_than_the_newer_is_newer(order: Order, a: Tagged, b: Tagged, c: Tagged) -> None:
    if newer(order, a, b) is True and newer(order, b, c) is not False:
        assert newer(order, a, c) is True


@given(VERSIONS, VERSIONS)
def test_versions_of_one_rank_are_equal(one: str, other: str) -> None:
    undecided = newer(Order.SEMVER, Tagged(one, None), Tagged(other, None)) is None
    assert undecided == (version(one) == version(other))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("orders", Repository("orders")),
        ("team/orders.api", Repository("team/orders.api")),
        (URI, Repository("team/orders", "123456789012", "eu-west-1")),
        (
            "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/orders",
            Repository("orders", "123456789012", "cn-north-1"),
        ),
        (f"{URI}:v1", None),
        ("o", None),
    ],
)
def test_repository(text: str, found: Repository | None) -> None:
    assert repository(text) == found


def test_a_repository_without_account_is_one_of_the_stack() -> None:
    assert uri(Repository("team/orders"), "123456789012", "eu-west-1") == URI
    assert uri(Repository("team/orders", "123456789012", "eu-west-1"), "1", "us-east-1") == URI
    assert uri(Repository("x"), "1", "cn-north-1") == "1.dkr.ecr.cn-north-1.amazonaws.com.cn/x"


def test_a_pinned_image_names_one_digest() -> None:
    assert pin(URI, DIGEST) == f"{URI}@{DIGEST}"


@pytest.mark.parametrize("rest", ["", ":v1", f"@{DIGEST}", f":v1@{DIGEST}"])
@pytest.mark.parametrize(
    ("image", "at", "same"),
    [
        (URI, URI, True),
        ("123456789012.dkr-ecr.eu-west-1.on.aws/team/orders", URI, True),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/team/orders", URI, False),
        ("210987654321.dkr.ecr.eu-west-1.amazonaws.com/team/orders", URI, False),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders-sidecar", URI, False),
        ("team/orders", URI, False),
        ("orders", URI, False),
        ("ghcr.io/team/orders", URI, False),
        ("localhost:5000/team/orders", "localhost:5000/team/orders", True),
        ("localhost/orders", "orders", False),
        ("orders", "docker.io/library/orders", True),
        ("team/orders", "docker.io/team/orders", True),
    ],
)
def test_same_repository(image: str, at: str, same: bool, rest: str) -> None:
    assert same_repository(image + rest, at) is same
