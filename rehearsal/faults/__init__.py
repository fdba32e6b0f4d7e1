"""What goes wrong by rule, in a scenario or in a test?"""

from rehearsal.faults.kinds import (
    KINDS,
    AnyFault,
    DelayEvents,
    DuplicateEvents,
    Fail,
    Fault,
    KillLambda,
    LoseEvents,
    ReorderEvents,
    StaleReads,
    StopExecution,
    UpTo,
)
from rehearsal.faults.strikes import Strike
from rehearsal.faults.striking import strike

__all__ = [
    "KINDS",
    "AnyFault",
    "DelayEvents",
    "DuplicateEvents",
    "Fail",
    "Fault",
    "KillLambda",
    "LoseEvents",
    "ReorderEvents",
    "StaleReads",
    "StopExecution",
    "Strike",
    "UpTo",
    "strike",
]
