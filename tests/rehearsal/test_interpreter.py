"""Does a state machine here do what it does on AWS, and in the time it takes there?"""

from dataclasses import dataclass, field

import pytest
from sfnx.testing import InvalidDefinition, Unsupported

from rehearsal.clock import Clock
from rehearsal.states.interpreter import Interpreter, Task
from rehearsal.states.measured import Failure, check, execution_context, matches
from tests.rehearsal.rules import holds

LAMBDA = "arn:aws:states:::lambda:invoke"


@dataclass
class Played:
    """A world of which only the Tasks matter: each is answered by `tasks`."""

    clock: Clock
    tasks: object
    notes: list = field(default_factory=list)

    def note(self, state, what, data=None):
        self.notes.append((self.clock.seconds, state, what))
        return len(self.notes)

    def perform(self, task):
        return self.tasks(self.clock, task)

    def at(self, what):
        return [at for at, _, each in self.notes if each == what]


@dataclass
class Outcome:
    world: Played
    seconds: float = 0.0
    output: object = None
    failure: Failure | None = None

    @property
    def error(self):
        return self.failure and self.failure.error


def play(states, given=None, tasks=lambda clock, task: {}, seed="seed", **machine):
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": next(iter(states)),
        "States": states,
        **machine,
    }
    check(definition)
    clock = Clock()
    outcome = Outcome(Played(clock, tasks))

    def body():
        try:
            context = execution_context(given, clock.iso())
            interpreter = Interpreter(clock, outcome.world, seed)
            outcome.output = interpreter.run(definition, given, context)
        except Failure as failure:
            outcome.failure = failure
        outcome.seconds = clock.seconds

    clock.spawn(body)
    clock.run()
    return outcome


def task(**fields):
    return {"Type": "Task", "Resource": LAMBDA, "End": True, **fields}


def failing(*errors):
    """Fail with one error after the other, then succeed."""
    left = list(errors)

    def perform(clock, task):
        if left:
            raise Failure(left.pop(0), "because")
        return {"at": clock.seconds}

    return perform


def test_variables_and_outputs_flow():
    played = play(
        {
            "Start": {"Type": "Pass", "Assign": {"n": "{% $states.input.n + 1 %}"}, "Next": "Big?"},
            "Big?": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $n > 2 %}", "Next": "Big", "Output": "big"}],
                "Default": "Small",
            },
            "Big": {"Type": "Succeed", "Output": "{% $states.input & $string($n) %}"},
            "Small": {"Type": "Fail", "Error": "Small", "Cause": "{% 'only ' & $string($n) %}"},
        },
        {"n": 2},
    )
    assert played.output == "big3"


def test_a_fail_state_ends_with_its_error_and_cause():
    states = {"No": {"Type": "Fail", "Error": "InvalidRequest", "Cause": "{% 'n' & 'o' %}"}}
    assert (play(states).failure.error, play(states).failure.cause) == ("InvalidRequest", "no")


def test_a_wait_takes_its_time_by_seconds_or_until_a_timestamp():
    played = play(
        {
            "Some": {"Type": "Wait", "Seconds": "{% 2 * 15 %}", "Next": "Until"},
            "Until": {"Type": "Wait", "Timestamp": "2026-01-01T00:01:30Z", "Next": "Past"},
            "Past": {"Type": "Wait", "Timestamp": "2025-12-31T00:00:00+01:00", "End": True},
        }
    )
    assert played.world.at("WaitStateExited") == [30, 90, 90]


def test_retries_wait_longer_each_time_up_to_a_maximum():
    retry = {
        "ErrorEquals": ["Busy"],
        "IntervalSeconds": 2,
        "BackoffRate": 3.0,
        "MaxAttempts": 4,
        "MaxDelaySeconds": 10,
    }
    played = play({"Try": task(Retry=[retry])}, tasks=failing(*["Busy"] * 4))
    assert played.world.at("TaskScheduled") == [0, 2, 8, 18, 28]
    assert played.output == {"at": 28}


def test_full_jitter_is_seeded_and_below_the_interval():
    retry = {"ErrorEquals": ["Busy"], "IntervalSeconds": 60, "JitterStrategy": "FULL"}
    once, again, other = (
        play({"Try": task(Retry=[retry])}, tasks=failing("Busy"), seed=seed).seconds
        for seed in ("a", "a", "b")
    )
    assert once == again != other
    assert 0 < once < 60


def test_a_retrier_gives_up_and_the_catch_sees_the_error_and_the_count():
    played = play(
        {
            "Try": task(
                Retry=[{"ErrorEquals": ["Busy"], "MaxAttempts": 2}],
                Catch=[
                    {
                        "ErrorEquals": ["States.ALL"],
                        "Assign": {"tries": "{% $states.context.State.RetryCount %}"},
                        "Output": "{% $states.errorOutput.Error %}",
                        "Next": "Caught",
                    }
                ],
            ),
            "Caught": {"Type": "Pass", "Output": "{% [$states.input, $tries] %}", "End": True},
        },
        tasks=failing("Busy", "Busy", "Busy"),
    )
    assert (played.output, played.seconds) == (["Busy", 2], 3)


def test_the_time_of_entry_stays_through_retries_and_moves_between_states():
    seen = []

    def perform(clock, asked):
        seen.append((asked.state, asked.arguments["at"]))
        if len(seen) < 2:
            raise Failure("Busy")

    arguments = {"at": "{% $states.context.State.EnteredTime %}"}
    play(
        {
            "First": task(Arguments=arguments, Retry=[{"ErrorEquals": ["Busy"]}])
            | {"Next": "Second", "End": False},
            "Second": task(Arguments=arguments),
        },
        tasks=perform,
    )
    assert seen == [
        ("First", "2026-01-01T00:00:00.000Z"),
        ("First", "2026-01-01T00:00:00.000Z"),
        ("Second", "2026-01-01T00:00:01.000Z"),
    ]


def mapped(processor, **fields):
    return {
        "Type": "Map",
        "Items": "{% $states.input.items %}",
        "ItemProcessor": {"StartAt": next(iter(processor)), "States": processor},
        "End": True,
        **fields,
    }


SLEEP = {"Sleep": {"Type": "Wait", "Seconds": "{% $states.input %}", "End": True}}


def test_iterations_interleave_and_the_longest_counts():
    played = play({"All": mapped(SLEEP)}, {"items": [5, 30, 10]})
    assert (played.output, played.seconds) == ([5, 30, 10], 30)
    assert played.world.at("MapIterationSucceeded") == [5, 10, 30]


def test_max_concurrency_makes_iterations_queue():
    played = play({"All": mapped(SLEEP, MaxConcurrency=2)}, {"items": [5, 30, 10]})
    assert played.world.at("MapIterationStarted") == [0, 0, 5]
    assert played.seconds == 30
    one = play({"All": mapped(SLEEP, MaxConcurrency="{% 1 %}")}, {"items": [5, 30, 10]})
    assert one.seconds == 45


def test_an_inline_map_runs_at_most_forty_at_once():
    assert play({"All": mapped(SLEEP)}, {"items": [10] * 41}).seconds == 20


def test_an_empty_map_succeeds():
    assert play({"All": mapped(SLEEP)}, {"items": []}).output == []


def test_an_item_selector_sees_the_item_and_its_index():
    selector = {
        "i": "{% $states.context.Map.Item.Index %}",
        "v": "{% $base & $states.context.Map.Item.Value %}",
    }
    played = play(
        {
            "Base": {"Type": "Pass", "Assign": {"base": "x"}, "Next": "All"},
            "All": mapped({"Same": {"Type": "Pass", "End": True}}, ItemSelector=selector),
        },
        {"items": ["a", "b"]},
    )
    assert played.output == [{"i": 0, "v": "xa"}, {"i": 1, "v": "xb"}]


def test_a_failing_iteration_ends_its_siblings():
    processor = {
        "Sleep": {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "Short?"},
        "Short?": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $states.input < 10 %}", "Next": "Bad"}],
            "Default": "Good",
        },
        "Bad": {"Type": "Fail", "Error": "Bad"},
        "Good": {"Type": "Succeed"},
    }
    catch = [{"ErrorEquals": ["Bad"], "Output": "{% $states.errorOutput.Error %}", "Next": "Go on"}]
    played = play(
        {
            "All": mapped(processor, Catch=catch),
            "Go on": {"Type": "Wait", "Seconds": 100, "End": True},
        },
        {"items": [30, 5, 60]},
    )
    assert (played.output, played.seconds) == ("Bad", 105)
    assert played.world.at("MapIterationFailed") == [5]
    assert played.world.at("MapIterationAborted") == [5, 5]
    assert played.world.at("WaitStateAborted") == [5, 5]


def test_a_nested_branch_ends_with_its_mother():
    inner = {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Long", "States": {"Long": {"Type": "Wait", "Seconds": 500, "End": True}}}
        ],
        "End": True,
    }
    outer = {
        "Type": "Parallel",
        "Branches": [
            {"StartAt": "Inner", "States": {"Inner": inner}},
            {
                "StartAt": "Soon",
                "States": {
                    "Soon": {"Type": "Wait", "Seconds": 1, "Next": "Bad"},
                    "Bad": {"Type": "Fail", "Error": "Bad"},
                },
            },
        ],
        "End": True,
    }
    played = play({"Outer": outer})
    assert (played.error, played.seconds) == ("Bad", 1)
    assert [name for _, name, what in played.world.notes if what.endswith("Aborted")] == [
        "Long",
        "Inner",
    ]


def test_a_parallel_returns_the_outputs_in_order_and_branches_keep_their_variables():
    def branch(name, seconds):
        return {
            "StartAt": name,
            "States": {
                name: {
                    "Type": "Wait",
                    "Seconds": seconds,
                    "Output": f"{{% '{name}' & $v %}}",
                    "End": True,
                }
            },
        }

    played = play(
        {
            "Set": {"Type": "Pass", "Assign": {"v": "!"}, "Next": "Both"},
            "Both": {"Type": "Parallel", "Branches": [branch("A", 9), branch("B", 3)], "End": True},
        }
    )
    assert (played.output, played.seconds) == (["A!", "B!"], 9)


@holds("R14.6")
def test_what_is_too_large_fails_and_is_caught_by_name_only():
    def large(clock, asked):
        return "x" * 262_143

    def catch(name):
        done = {"ErrorEquals": [name], "Output": "caught", "Next": "Done"}
        return {"Big": task(Catch=[done]), "Done": {"Type": "Succeed"}}

    assert play(catch("States.ALL"), tasks=large).error == "States.DataLimitExceeded"
    assert play(catch("States.DataLimitExceeded"), tasks=large).output == "caught"
    fits = play({"Big": task(Output="ok")}, tasks=lambda clock, asked: "x" * 262_142)
    assert fits.output == "ok"


@pytest.mark.parametrize(
    "fields",
    [{"Assign": {"v": "{% $pad('', 262143, 'ü') %}"}}, {"Output": "{% $pad('', 262143) %}"}],
)
def test_variables_and_outputs_have_the_limit_too(fields):
    played = play({"Big": {"Type": "Pass", "End": True, **fields}})
    assert played.error == "States.DataLimitExceeded"


@holds("R14.8")
def test_an_undefined_expression_names_the_state_and_can_be_caught():
    played = play({"Read": task(Output="{% $states.result.gone %}")})
    assert played.error == "States.QueryEvaluationError"
    assert "the state 'Read' (entered at the event id #1)" in played.failure.cause
    assert [what for *_, what in played.world.notes] == [
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSucceeded",
        "EvaluationFailed",
    ]


def test_a_choice_without_match_fails():
    states = {
        "Which?": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "End"}]},
        "End": {"Type": "Succeed"},
    }
    assert play(states).error == "States.NoChoiceMatched"


@holds("R14.7")
@pytest.mark.parametrize(
    ("errors", "error", "matched"),
    [
        (["States.ALL"], "Anything", True),
        (["States.ALL"], "States.Timeout", True),
        (["States.ALL"], "States.Runtime", False),
        (["States.ALL"], "States.DataLimitExceeded", False),
        (["States.DataLimitExceeded"], "States.DataLimitExceeded", True),
        (["States.TaskFailed"], "Anything", True),
        (["States.TaskFailed"], "States.Timeout", False),
        (["States.TaskFailed"], "States.HeartbeatTimeout", False),
        (["States.Timeout"], "States.HeartbeatTimeout", True),
        (["Other"], "Anything", False),
    ],
)
def test_errors_match_as_documented(errors, error, matched):
    assert matches(errors, error) is matched


def test_time_and_chance_are_virtual():
    states = {
        "Wait": {"Type": "Wait", "Seconds": 61, "Next": "Read"},
        "Read": {
            "Type": "Pass",
            "Output": {
                "now": "{% $now() %}",
                "day": "{% $now('[Y]-[M01]-[D01]') %}",
                "ms": "{% $millis() %}",
                "id": "{% $uuid() %}",
                "n": "{% $random() %}",
            },
            "End": True,
        },
    }
    one, two, other = (play(states, seed=seed).output for seed in ("a", "a", "b"))
    assert one == two
    assert (one["now"], one["day"]) == ("2026-01-01T00:01:01.000Z", "2026-01-01")
    assert one["ms"] == 1_767_225_661_000
    assert one["id"] != other["id"]
    assert one["n"] != other["n"]


def test_concurrent_branches_draw_from_the_same_seed():
    draw = {"Draw": {"Type": "Pass", "Output": "{% $random() %}", "End": True}}
    one, two = (play({"All": mapped(draw)}, {"items": [1, 2, 3]}).output for _ in range(2))
    assert one == two
    assert len(set(one)) == 3


def test_an_expression_gives_the_same_however_often_it_is_evaluated():
    # Parsed expressions are kept; evaluating one must not change it.
    code = "{% $map($states.input, function($v, $i) {$string($v.a[$ > 1]^(>$)) & ':' & $i}) %}"
    states = {"Once": {"Type": "Pass", "Output": code, "End": True}}
    given = [{"a": [1, 2, 3]}, {"a": [4]}]
    outputs = [play(states, given).output for _ in range(3)]
    assert outputs == [["[3,2]:0", "4:1"]] * 3


@pytest.mark.parametrize("asked", [0, -1, 1.5, "'soon'"])
def test_a_timeout_that_is_no_whole_number_fails_the_state(asked):
    played = play({"Try": task(TimeoutSeconds=f"{{% {asked} %}}")})
    assert played.error == "States.QueryEvaluationError"


def test_a_task_carries_what_was_asked():
    asked = []
    play(
        {
            "Ask": task(
                Resource="arn:aws:states:::aws-sdk:dynamodb:updateItem.waitForTaskToken",
                Arguments={"Token": "{% $states.context.Task.Token %}"},
                TimeoutSeconds="{% $states.input.limit %}",
                HeartbeatSeconds=5,
            )
        },
        {"limit": 60},
        lambda clock, task: asked.append(task) or {},
    )
    (made,) = asked
    assert isinstance(made, Task)
    assert (made.timeout, made.heartbeat) == (60, 5)
    assert made.arguments == {"Token": made.token}


def test_definitions_are_refused_before_anything_runs():
    with pytest.raises(InvalidDefinition):
        play({"Go": {"Type": "Pass", "Next": "Nowhere"}})
    spread = mapped(SLEEP)
    spread["ItemProcessor"]["ProcessorConfig"] = {
        "Mode": "DISTRIBUTED",
        "ExecutionType": "STANDARD",
    }
    with pytest.raises(Unsupported, match="distributed"):
        play({"All": spread}, {"items": []})
