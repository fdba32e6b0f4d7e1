from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from rehearsal.matching import Matches

WORDS = st.sampled_from(["a", "ab", "b", "", "service:a-web"])
LEAVES = st.one_of(WORDS, st.integers(0, 2), st.booleans(), st.none(), st.lists(WORDS, max_size=2))
DETAILS = st.dictionaries(st.sampled_from("xyz"), LEAVES, max_size=3)
EVENTS = st.fixed_dictionaries(
    {"source": WORDS, "detail-type": WORDS, "detail": DETAILS, "resources": st.lists(WORDS)}
)
FILTERS = st.lists(
    st.one_of(
        WORDS,
        st.integers(0, 2),
        st.builds(lambda word: {"prefix": word}, WORDS),
        st.builds(lambda word: {"anything-but": word}, WORDS),
        st.builds(lambda there: {"exists": there}, st.booleans()),
    ),
    min_size=1,
    max_size=2,
)
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "source": FILTERS,
        "detail-type": FILTERS,
        "resources": FILTERS,
        "detail": st.dictionaries(st.sampled_from("xyz"), FILTERS, min_size=1, max_size=2),
    },
)
PATTERNS = st.one_of(
    PLAIN.filter(bool),
    st.builds(
        lambda base, either: {**base, "$or": either},
        PLAIN,
        st.lists(PLAIN.filter(bool), min_size=1, max_size=2),
    ),
)


def exactly(pattern, event):
    return EventPattern(None, pattern).matches_event(event)


@given(patterns=st.lists(PATTERNS, max_size=4), events=st.lists(EVENTS, max_size=6))
def test_a_rule_matches_what_moto_says_it_matches(patterns, events):
    rules = list(enumerate(patterns))
    matches = Matches(rules, lambda number, event: exactly(patterns[number], event))
    for event in events:
        wanted = [number for number, pattern in rules if exactly(pattern, event)]
        assert matches.of(event) == wanted
        assert matches.of(dict(event)) == wanted


def test_what_surely_does_not_match_is_not_asked_about():
    asked = []
    patterns = [{"source": ["aws.ecs"], "detail": {"group": [{"prefix": "service:a-"}]}}] * 3
    matches = Matches(list(enumerate(patterns)), lambda number, _: bool(asked.append(number)))
    event = {"source": "aws.ecs", "detail-type": "t", "detail": {"group": "service:b-web"}}
    assert matches.of(event) == []
    assert asked == []
