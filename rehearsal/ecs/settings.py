"""How fast, how patient and how strict is the scheduler? (scheduler-rules B1, D)

What nobody could verify is a switch here, with the number of its question.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Settings:
    pass_seconds: float = 10.0
    gate_seconds: float = 40.0
    """From RUNNING to healthy, where nothing checks (R4.4)."""
    stop_seconds: float = 20.0
    """From the end of draining to STOPPED."""
    stop_pending_seconds: float = 1.0
    fail_seconds: float = 5.0
    """The last part of a failing start: from the decision to STOPPED."""
    deregistration_delay_seconds: float = 30.0
    """Of target groups nobody configured; the default of ELB itself is 300."""
    reregister_seconds: float | None = 10.0
    """ECS puts a target back that somebody took out, as users report. When is written nowhere
    (unverified); None: it does not."""
    agent_report_seconds: float = 20.0
    """On EC2 the agent tells of its containers' checks on such a ticker (R5.3); 0: at once."""
    every_state_is_told: bool = True
    """By an event each (R2.4); else those between creation, RUNNING, the decision to stop and
    STOPPED are merged into the next: unverified: U17."""
    oom_seconds: float = 5.0
    """From RUNNING to the kill of a process that takes more memory than there is for it."""
    index_digest_is_reported: bool = True
    """As `imageDigest` of a multi-arch image; else that of the platform's manifest: unverified."""
    throttle_series: tuple[float, ...] = (30, 30, 300, 600, 1200, 1620)
    """Between the limits that are documented; unverified: U3."""
    impaired_from_attempt: int = 4
    """So many failed attempts in a row are worth a message (R7.1); W18 has three without one."""
    ceiling_counts_stopping: bool = True
    """Tasks that are still stopping take up the ceiling (R4.3); unverified: U5."""
    exit_before_healthy_without_checks_counts: bool = False
    """For the circuit breaker (R8.6); unverified: U1."""
    exit_before_healthy_with_checks_counts: bool = True
    """The same where something checks the task; unverified: U2."""
    breaker_delay_seconds: float = 0.0
    """From the last failure that it takes to the verdict (R8.7); unverified: U4."""
    never_completed_sources_go_first: bool = True
    """Among old revisions, else they are one pool (R10.3); unverified: U6."""
    failing_revision_replacement: Literal["wait", "immediate"] = "wait"
    """Does a sick task of a revision on trial stay until its replacement is healthy? (R5.7)

    Both were seen; unverified: U8.
    """
    refilled_below_floor_only: bool = True
    """A source gets back what it lost only where fewer tasks are healthy than the floor asks for.

    Else at once, as far as there is room (R5.8); unverified: U9.
    """
    sources_are_refilled_first: bool = True
    """Before the target is filled, where the room is for one of them; unverified: U9."""
    protection_covers_health: bool = False
    """Is a protected task kept although it is unhealthy? (R12.1) unverified: U12."""
    placement_failure_counts_per: Literal["attempt", "task"] = "attempt"
    """What the circuit breaker counts where there is no room (R7.5); unverified: U14."""
    partial_refusal_counts: bool = False
    """A try that found no room, while tasks that did are on their way to healthy, is a failed one
    too, for the circuit breaker and the throttle (R7.5); unverified: U14."""
    manual_scale_out_reaches_sources: bool = True
    """That of Application Auto Scaling does (R10.6); unverified: U15."""
    digest_stagger_seconds: float = 0.0
    """From the first task of a deployment to the others (R6.3); unverified: U16."""
    grace_change_reaches_running_tasks: bool = True
    """A new grace period counts for tasks that are there (R5.4); unverified: U22."""
    superseded_deployment_is_told: bool = False
    """By an event SERVICE_DEPLOYMENT_FAILED at its end (R10.1); unverified: U7."""
    failed_deployment_restores_sources: bool = False
    """Where nothing is gone back to, the last completed revision is filled up to the desired count
    again (R8.13). That it is not is inferred, nowhere written: unverified."""
    abort_is_refused: bool = True
    """StopServiceDeployment with ABORT, else it stops everything as it is; unverified: U10."""
    every_rollback_keeps_the_id: bool = True
    """That of a person or an alarm too, as that of the breaker does (R8.9); unverified: U10."""
    sources_show_what_is_left: bool = True
    """As their `desiredCount`; else what they had before the deployment; unverified: U13."""
    bus_says: Literal["task", "tasks"] = "task"
    """Of what the breaker failed: "task failed to start", or "tasks" as the API does (R3.5);
    unverified: U19."""
    stopping_tasks_are_counted: bool = False
    """In `runningCount`, from the decision until the stop signal (R3.4); unverified: U20."""
    unknown_health_counts_on_the_way_back: bool = False
    """For the floor of a rollback, tasks whose checks have not said anything yet (R4.4);
    unverified: U21."""
    alarm_at_start_is_ignored: bool = True
    """As documented (R9.1); somebody claims that it fails the deployment at once."""
    most_computed_bake_seconds: float = 300.0
    """ECS bakes as long as the alarms look back, and this long at most (R9.2)."""
    nlb_shift_seconds: float = 600.0
    """So much longer a Network Load Balancer takes for each shift of traffic (R11.6)."""
    stage_seconds: float = 86400.0
    deployment_seconds: float = 30 * 86400.0
    """How long a stage and a deployment that shifts traffic last at most (R11.5)."""
    call_back_seconds: float = 30.0
    """Until ECS calls a function again that said IN_PROGRESS."""
    breaker_guards_shifting: bool = False
    """It is documented for rolling deployments only (R11.6); others saw it trip in BLUE_GREEN."""
    pause_hooks_when_rolling: bool = False
    """One at PRE_SCALE_UP holds a rolling deployment before its first task.

    Announced, but the guide lists them for the other strategies; unverified: U11.
    """
    stopping_frees_cpu_and_memory: bool = True
    """On EC2 the scheduler counts what stopping tasks have as free, and what it places there waits
    in PENDING until it is (R4.3); host ports stay taken until the task has stopped."""
    scale_out_seconds: float = 180.0
    """From the first task that waits to new instances; a usual time, not a documented one."""
    scale_in_seconds: float = 900.0
    """Managed scaling ends an instance that has been empty for so long."""
    provisioning_seconds: float = 1800.0
    """So long a task waits for an instance, at most; 10 to 30 minutes are documented."""
    most_provisioning: int = 500
    """Tasks of a cluster that wait for instances (R7.4)."""
    spot_notice_seconds: float = 120.0
    """From the notice to the kill (R12.3)."""
    visible_seconds: float = 3600.0
    """Stopped tasks are shown for so long (R1.11)."""
    token_seconds: float = 86400.0
    message_repeat_seconds: float = 6 * 3600.0
