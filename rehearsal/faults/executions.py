"""Which execution does a person stop, and where?"""

from rehearsal.faults.kinds import StopExecution
from rehearsal.faults.strikes import Strike
from rehearsal.states.executions import StateMachines
from rehearsal.states.history import Execution


def install(machines: StateMachines, fault: StopExecution, strike: Strike) -> None:
    def happened(execution: Execution, state: str, what: str) -> None:
        entered = state == fault.at_state and what.endswith("StateEntered")
        if entered and _workflow(execution) == fault.stop_execution and strike.now():
            strike.tell(f'A person stopped {fault.stop_execution} at its state "{state}".')
            machines.stop(execution)

    machines.on_state.append(happened)


def _workflow(execution: Execution) -> str:
    return execution.machine.name.rpartition("-")[2]
