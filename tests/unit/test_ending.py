"""When has a task ended well that was to do its work once?"""

from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame
from functions.domain.stop_reason.cause import ContainerStop
from functions.domain.stop_reason.ending import ending
from tests.factories import a_stop

BY_OTHERS = ["UserInitiated", "SpotInterruption", "TerminationNotice", "InfrastructureHealth"]
exits = st.none() | st.sampled_from([0, 1, 137, 143])


@given(
    code=st.sampled_from([*BY_OTHERS, "EssentialContainerExited"]),
    own=exits,
    sidecar=exits,
)
def test_only_who_ends_by_itself_with_exit_code_zero_has_ended_well(
    code: str, own: int | None, sidecar: int | None
) -> None:
    stop = a_stop(code=code, containers=(ContainerStop("app", own), ContainerStop("log", sidecar)))
    found = ending(stop, "app")
    assert found.exit_code == own
    assert found.well == (own == 0 and code == "EssentialContainerExited")
    assert found.taken == (found.why.blame in (Blame.PLATFORM, Blame.CAPACITY, Blame.PERSON))
    assert ("no exit code" in found.said) == (own is None)


def test_why_it_had_to_end_is_said_where_the_exit_code_does_not_tell() -> None:
    killed = "OutOfMemoryError: Container killed due to memory usage"
    found = ending(a_stop(containers=(ContainerStop("app", 137, killed),)), "app")
    assert found.said == f"container app exited with code 137 (OutOfMemory: {killed})"
    failed = ending(a_stop(containers=(ContainerStop("app", 3),)), "app")
    assert failed.said == "container app exited with code 3"
    # A container that the task does not have tells nothing.
    assert ending(a_stop(containers=()), "app").exit_code is None
