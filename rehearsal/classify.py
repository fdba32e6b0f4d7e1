"""Why did these tasks stop? Tried on somebody's own history, one JSON object per line.

A line is a task as DescribeTasks or an EventBridge event shows it, or a service event. Nothing of
the simulation is needed for it, so it starts at once.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from functions.domain.reason import Reason
from functions.domain.stop_reason.advice import advice
from functions.domain.stop_reason.cause import ContainerStop, Stop, cause, cause_of_event

FLAG = "--classify"
DONE, GONE, UNREADABLE = 0, 1, 2

Row = Mapping[str, Any]


def asked(arguments: Sequence[str]) -> bool:
    return any(each.partition("=")[0] == FLAG for each in arguments)


def main(arguments: Sequence[str]) -> int:
    name = _named(arguments)
    if name is None:
        said = f"{FLAG} goes alone, with one file: {FLAG} FILE.jsonl, or - for what is piped in"
        print(said, file=sys.stderr)
        return UNREADABLE
    try:
        with _opened(name) as lines:
            return classify(lines)
    except BrokenPipeError:
        # Whoever read along has gone; Python's own last flush must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return GONE
    except OSError as error:
        print(f"{name}: cannot be read: {error.strerror}", file=sys.stderr)
        return UNREADABLE


def _named(arguments: Sequence[str]) -> str | None:
    given = [part for each in arguments for part in each.split("=", 1)]
    alone = len(given) == 2 and given[0] == FLAG
    return given[1] if alone and (given[1] == "-" or not given[1].startswith("-")) else None


def _opened(name: str) -> AbstractContextManager[Iterable[str]]:
    if name != "-":
        return Path(name).open(encoding="utf-8-sig", errors="replace")
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
    return nullcontext(sys.stdin)


def classify(lines: Iterable[str]) -> int:
    """Print what each line is about, in their order; tell what cannot be read, and go on."""
    outcome = DONE
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _read(line)
        if row is None:
            print(f"line {number}: is no JSON object", file=sys.stderr)
            outcome = UNREADABLE
        else:
            print(json.dumps(_document(why(row))), flush=True)
    return outcome


def _read(line: str) -> Row | None:
    try:
        row = json.loads(line)
    # What is nested without end is no task either.
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def why(row: Row) -> Reason:
    """Return the cause of one stopped task or service event, whatever is missing in it."""
    told = _keys(row.get("detail")) or _keys(row)
    if text := _event(told):
        return cause_of_event(text)
    containers = told.get("containers")
    return cause(
        Stop(
            task=_text(told.get("taskArn")).rpartition("/")[2] or "?",
            code=_text(told.get("stopCode")) or None,
            reason=_text(told.get("stoppedReason")) or None,
            containers=tuple(map(_container, containers if isinstance(containers, list) else [])),
            health=_text(told.get("healthStatus")) or None,
        )
    )


def _event(told: Row) -> str:
    """Return the text of a service event; EventBridge gives a name and a reason."""
    if text := _text(told.get("serviceEvent")):
        return text
    if told.get("stoppedReason") or told.get("stopCode") or not told.get("eventName"):
        return ""
    return f"{_text(told.get('eventName'))}: {_text(told.get('reason'))}"


def _container(given: object) -> ContainerStop:
    told = _keys(given)
    return ContainerStop(
        _text(told.get("name")) or "?", _number(told.get("exitCode")), _text(told.get("reason"))
    )


def _keys(given: object) -> Row:
    """Return an object by its names; Step Functions writes them with a capital letter."""
    if not isinstance(given, dict):
        return {}
    return {key[:1].lower() + key[1:]: each for key, each in given.items()}


def _text(given: object) -> str:
    return given if isinstance(given, str) else ""


def _number(given: object) -> int | None:
    try:
        return int(str(given))
    except ValueError:
        return None


def _document(reason: Reason) -> dict[str, Any]:
    return {
        "cause": reason.code.value,
        "blame": reason.blame.value,
        "advice": advice(reason.code),
        "evidence": list(reason.evidence),
    }
