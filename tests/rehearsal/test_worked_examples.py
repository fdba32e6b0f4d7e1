"""Does every worked example of scheduler-rules, Part C, come out as it is written there?"""

import re
from contextlib import contextmanager
from functools import partial

import pytest
import yaml

from rehearsal.ecs import Behaviour, Behaviours
from rehearsal.ecs.capacity import ClusterCapacity
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.targets import TargetGroup
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal import instances as on_instances
from tests.rehearsal.house import ACCOUNT, CHECK, GROUP, REGION, House, client, house
from tests.rehearsal.rules import EXAMPLES
from tests.rehearsal.traces import STEP, Trace

WORKED = {each["id"]: each for each in yaml.safe_load(EXAMPLES.read_text())}
GOOD = {"healthy_after": 40}
AFTER = 100


class Script(Behaviours):
    """Images whose tasks behave one after the other as a list says; the last goes for the rest."""

    def __init__(self):
        super().__init__()
        self.lists = {}

    def __call__(self, repository, reference):
        found = self.lists.get(reference)
        if not found:
            return super().__call__(repository, reference)
        return Behaviour(**GOOD | (found.pop(0) if len(found) > 1 else found[0]))


def configuration(given):
    made = {"minimumHealthyPercent": given["min"], "maximumPercent": given["max"]}
    if "breaker" in given:
        made["deploymentCircuitBreaker"] = {"enable": True, **given["breaker"]}
    if "early" in given:
        made["earlySuccessCriteria"] = {"enable": True, **given["early"]}
    if "alarms" in given:
        put_alarm("errors")
        made["alarms"] = {"enable": True, "alarmNames": ["errors"], **given["alarms"]}
    return made | {"bakeTimeInMinutes": given.get("bake_minutes", 0)}


def put_alarm(name, state="OK"):
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="app",
        MetricName="errors",
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
        Period=60,
        Statistic="Sum",
        Threshold=1,
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="said so")


def members(given):
    made = {}
    if "target_group" in given:
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        made["loadBalancers"] = [balancer]
    if "grace" in given:
        made["healthCheckGracePeriodSeconds"] = given["grace"]
    return made


@contextmanager
def set_up(given):
    """A house as the example has it a moment before t=0."""
    script = Script()
    with house(behaviours=script, stop_seconds=given.get("stop_seconds", 20)) as made:
        if "target_group" in given:
            group = given["target_group"]
            times = group["healthy_seconds"], group["deregistration_delay"]
            made.installation.target_groups.configure(GROUP, TargetGroup(*times))
        check = CHECK if given.get("check") else None
        first = 2 if given.get("first") else 1
        for name in ("R1", "R2", "R3")[first - 1 :]:
            script.lists[name] = list(given.get(name, [{}]))
            made.push(name)
            made.definitions[name] = register(made, name, check, given)
        make = on_instances.create if "instances" in given else House.create
        make(
            made,
            made.definitions[f"R{first}"],
            given["desired"],
            configuration(given),
            **members(given),
        )
        yield made


def register(made, name, check, given):
    if "instances" not in given:
        return made.register(name, container=check)
    plan = ClusterCapacity("ec2", instances=given["instances"])
    made.installation.configure_cluster("house", plan)
    return on_instances.on_bridge(made, name, container=check)


def deploy(made, name):
    made.update(taskDefinition=made.definitions[name])


def act(made, given):
    """Do what an example does to its service."""
    region = made.installation.region(ACCOUNT, REGION)
    tasks = [task for task in region.tasks.all() if task.live]
    if "deploy" in given:
        deploy(made, given["deploy"])
    if "desired" in given:
        arn = made.service()["serviceArn"]
        made.installation.scale(arn, given["desired"], by=given["by"])
    if "stop" in given:
        made.ecs.stop_service_deployment(
            serviceDeploymentArn=made.rollouts()[0]["serviceDeploymentArn"]
        )
    if "protect" in given:
        made.ecs.update_task_protection(
            cluster="house",
            tasks=[task.arn for task in tasks[: given["protect"]]],
            protectionEnabled=True,
            expiresInMinutes=given["minutes"],
        )
    for task in tasks[: given.get("unhealthy", 0)]:
        report(task, task.containers[0], Health.UNHEALTHY, region.scheduler.heard)


def follow(made, example):
    """Let the example happen; return its trace."""
    given = example["set_up"]
    region = made.installation.region(ACCOUNT, REGION)
    service = made.installation.service(made.service()["serviceArn"])
    trace = Trace(service, region.tasks.all, region.world, 2 if "first" in given else 1)
    if "first" not in given:
        made.until(1000)
        made.start = 1000
        made.installation.capacity.limit = given.get("room")
        trace.begin()
        made.spoken = len(made.messages())
        # What is done at some second comes before the pass of that second.
        for step in given.get("then", ()):
            if step["at"] == 0:
                act(made, step)
            else:
                made.clock.at(step["at"], partial(act, made, step))
        if given.get("deploy", True):
            deploy(made, "R2")
    last = max(int(line[2:7]) for line in example["trace"])
    for seconds in range(0, given.get("until", last + AFTER) + 1, STEP):
        made.until(seconds)
        trace.at(seconds)
    return trace


def of_interest(line, example):
    """Leave out what the rules leave open, where an example says so."""
    if example.get("compare") != "totals":
        return line
    return re.sub(r"\bR[12]\b", "old", line.split("|")[0]) + line.split("|")[2]


@pytest.mark.parametrize("name", WORKED)
def test_an_example_comes_out_as_it_is_written(name):
    example = WORKED[name]
    with set_up(example["set_up"]) as made:
        trace = follow(made, example)
        assert [of_interest(line, example) for line in trace.lines] == [
            of_interest(line, example) for line in example["trace"]
        ]
        service = trace.service
        assert [service.floor, service.ceiling] == example["F_C"]
        counted = "live" if "room" in example["set_up"] else "all"
        assert outcome(trace, example["expect"], counted) == example["expect"]
        if "events" in example:
            assert said(made, trace) == example["events"]


def outcome(trace, expect, counted):
    """Return what the example expects; where stops free the room at once they do not count."""
    revisions = [name for name in expect if re.fullmatch(r"R\d", name)]
    return {
        **{
            name: {
                "rollout": trace.rollout(name),
                "started": trace.started[name],
                "failed": trace.failed[name],
            }
            for name in revisions
        },
        "completed": trace.completed,
        "breaker": trace.tripped,
        "min_healthy": min(state["healthy"] for state in trace.states),
        "max_live": max(state["live"] for state in trace.states),
        "max_running": max(state["running"] for state in trace.states),
        "max_live_plus_stopping": max(state[counted] for state in trace.states),
    }


def said(made, trace):
    """Return what the service says since t=0, without its name and with the examples' ids."""
    names = {
        f"ecs-svc/{record.target.number}": f"R{place}"
        for place, record in enumerate(trace.service.history, trace.first)
    }
    texts = []
    for text in made.messages()[made.spoken :]:
        text = re.sub(r"\(task [0-9a-f]+\)", "(task)", text)
        text = re.sub(r"ecs-svc/\d+", lambda found: names[found[0]], text)
        text = re.sub(r"target-group arn:[^)]*", "target-group web", text)
        texts.append(re.sub(r"^\(service web(?:\) |, )", "(" * (", task" in text), text))
    return texts
