"""What does `python -m rehearsal --classify` say of somebody's own history?"""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Code
from rehearsal.__main__ import run
from rehearsal.classify import main, why

CORPUS = Path(__file__).parents[1] / "unit" / "stop_reasons.jsonl"
NO_CPU = "RESOURCE:CPU"


@pytest.fixture
def history(tmp_path):
    def written(*lines):
        path = tmp_path / "history.jsonl"
        path.write_text("\n".join(lines), encoding="utf-8")
        return str(path)

    return written


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_task_gets_a_line_in_their_order(history, capsys):
    task = {
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "app", "exitCode": 1, "reason": None}],
    }
    event = {"serviceEvent": "(service web) operations are being throttled."}
    assert main(["--classify", history(json.dumps(task), json.dumps(event))]) == 0
    first, second = told(capsys)
    assert first == {
        "cause": "AppExit",
        "blame": "release",
        "advice": "Read the last log lines of the container: the application ended itself, so "
        "correct it and push a new image.",
        "evidence": [
            "task ?: EssentialContainerExited, Essential container in task exited; app: exit code 1"
        ],
    }
    assert (second["cause"], second["blame"]) == ("Throttled", "platform")


def test_the_whole_corpus_is_told_as_people_did(capsys):
    assert main(["--classify", str(CORPUS)]) == 0
    rows = [json.loads(line) for line in CORPUS.read_text("utf-8").splitlines()]
    for row, found in zip(rows, told(capsys), strict=True):
        assert found["cause"] in {row["cause"], *row.get("alsoFits", [])}


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        pytest.param({}, "Unknown", id="nothing"),
        pytest.param(
            {"stopCode": None, "stoppedReason": None, "containers": None}, "Unknown", id="null"
        ),
        pytest.param(
            {"containers": [None, 1, {}, {"exitCode": None}]}, "Unknown", id="no containers"
        ),
        pytest.param({"containers": [{"exitCode": "1"}]}, "AppExit", id="an exit code as text"),
        pytest.param(
            {"containers": [{"exitCode": "no"}]}, "Unknown", id="an exit code that is none"
        ),
        pytest.param({"containers": [{"exitCode": {}}]}, "Unknown", id="an exit code in an object"),
        pytest.param({"containers": {"exitCode": 1}}, "Unknown", id="containers that are no list"),
        pytest.param({"stoppedReason": 7, "stopCode": []}, "Unknown", id="numbers for words"),
        pytest.param(
            {"serviceEvent": None, "stoppedReason": NO_CPU}, "CapacityCpuMemory", id="no event"
        ),
        pytest.param(
            {"healthStatus": "UNHEALTHY", "stopCode": "ServiceSchedulerInitiated"},
            "HealthCheckContainer",
            id="its health",
        ),
        pytest.param(
            {"startedAt": 1, "stopCode": "UserInitiated", "tags": []},
            "UserStopped",
            id="many more fields",
        ),
        pytest.param(
            {"StopCode": "UserInitiated", "StoppedReason": "x"},
            "UserStopped",
            id="as Step Functions shows it",
        ),
        pytest.param(
            {"detail": {"stoppedReason": NO_CPU}, "source": "aws.ecs"},
            "CapacityCpuMemory",
            id="as EventBridge sends it",
        ),
        pytest.param(
            {"detail": {"eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": NO_CPU}},
            "CapacityCpuMemory",
            id="a service action of EventBridge",
        ),
        pytest.param({"eventName": "ECS_OPERATION_THROTTLED"}, "Throttled", id="only its name"),
        pytest.param(
            {"eventName": "SERVICE_STEADY_STATE", "stoppedReason": NO_CPU},
            "CapacityCpuMemory",
            id="a task with the name of an event",
        ),
    ],
)
def test_whatever_is_missing_or_odd_gets_an_answer(row, cause, history, capsys):
    assert main(["--classify", history(json.dumps(row))]) == 0
    assert [each["cause"] for each in told(capsys)] == [cause]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)
keys = st.sampled_from(
    ["stopCode", "stoppedReason", "containers", "serviceEvent", "detail", "taskArn", "eventName"]
)


@given(st.dictionaries(keys | st.text(max_size=9), json_values))
def test_no_object_raises(row):
    assert why(row).code in Code


def test_lines_that_are_no_objects_are_told_and_the_others_done(history, capsys):
    lines = ["{", '{"stopCode": "UserInitiated"}', "", "[1]", "null", "[" * 100_000, "{}"]
    assert main(["--classify", history(*lines)]) == 2
    printed = capsys.readouterr()
    assert [json.loads(line)["cause"] for line in printed.out.splitlines()] == [
        "UserStopped",
        "Unknown",
    ]
    assert printed.err.splitlines() == [
        f"line {number}: is no JSON object" for number in (1, 4, 5, 6)
    ]


def test_what_is_piped_in_is_read(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", StringIO('{"stopCode": "UserInitiated"}\n'))
    assert main(["--classify", "-"]) == 0
    assert told(capsys)[0]["cause"] == "UserStopped"


def test_bytes_that_are_no_text_are_read_over(tmp_path, capsys):
    path = tmp_path / "history.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"stoppedReason": "RESOURCE:CPU \xff"}\n')
    assert main([f"--classify={path}"]) == 0
    assert told(capsys)[0]["cause"] == "CapacityCpuMemory"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "--classify goes alone, with one file: --classify FILE.jsonl, or - for what is piped"),
        (["a", "b"], "--classify goes alone"),
        (["--jobs"], "--classify goes alone"),
        (["nowhere.jsonl"], "nowhere.jsonl: cannot be read: No such file or directory"),
        (["."], ".: cannot be read: Is a directory"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(arguments, said, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["--classify", *arguments]) == 2
    assert capsys.readouterr().err.startswith(said)


def test_the_module_runs_it_without_loading_the_simulation():
    script = (
        "import sys; sys.argv[1:] = ['--classify', '-']; from rehearsal.__main__ import run; "
        "code = run(); sys.exit(9 if 'moto' in sys.modules else code)"
    )
    done = subprocess.run(  # noqa: S603  our own module, in a process of its own
        [sys.executable, "-c", script],
        input='{"stopCode": "SpotInterruption"}\nx\n',
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["cause"] == "SpotInterruption"
    assert done.stderr == "line 2: is no JSON object\n"


def test_nobody_reads_a_traceback_because_the_reader_has_gone():
    script = (
        "import sys; sys.argv[1:] = ['--classify', '-']; from rehearsal.__main__ import run; "
        "sys.exit(run())"
    )
    done = subprocess.run(  # noqa: S603  our own module, read by somebody who leaves at once
        ["/bin/sh", "-c", '"$0" -c "$1" | head -n 1', sys.executable, script],
        input="{}\n" * 5_000,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(done.stdout)["cause"] == "Unknown"
    assert done.stderr == ""


def test_abbreviated_it_is_not_taken_for_a_scenario(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["rehearsal", "--class", "x.jsonl"])
    with pytest.raises(SystemExit) as ended:
        run()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "--classify goes alone: python -m rehearsal --classify FILE.jsonl\n"
    )
