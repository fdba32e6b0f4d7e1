"""A house whose service shifts its traffic: what it runs, what is asked of it, what is seen."""

from contextlib import contextmanager

import boto3

from rehearsal.ecs import Behaviour
from rehearsal.ecs.shifting.shift import production_shares, shares_of_tests
from tests.rehearsal.house import ACCOUNT, GROUP, REGION, house

ALTERNATE = GROUP.replace("targetgroup/web/", "targetgroup/alternate/")
BALANCING = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/infrastructure"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:check"
APPLICATION = {
    "productionListenerRule": f"{BALANCING}:listener-rule/app/web/1/2/production",
    "testListenerRule": f"{BALANCING}:listener-rule/app/web/1/2/test",
}
NETWORK = {
    "productionListenerRule": f"{BALANCING}:listener/net/web/1/production",
    "testListenerRule": f"{BALANCING}:listener/net/web/1/test",
}

UP = 60
"""Seconds from the start of a deployment until its revision is up."""
DAY = 86400


def pause(*stages, **timeout):
    timed = {"timeoutConfiguration": timeout} if timeout else {}
    return {"targetType": "PAUSE", "lifecycleStages": list(stages), **timed}


def function(*stages, arn=FUNCTION, **more):
    return {"hookTargetArn": arn, "roleArn": ROLE, "lifecycleStages": list(stages), **more}


@contextmanager
def shifting(strategy="BLUE_GREEN", *hooks, bake=0, desired=2, rules=APPLICATION, given=None):
    """A house whose service runs v1 and is steady. What is deployed next shifts its traffic."""
    settings, more = given or {}, {}
    with house(**settings) as made:
        made.push("v1", Behaviour(healthy_after=40))
        made.push("v2", Behaviour(healthy_after=40))
        made.push("v3", Behaviour(healthy_after=40))
        advanced = {"alternateTargetGroupArn": ALTERNATE, "roleArn": ROLE, **rules}
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        more["loadBalancers"] = [{**balancer, "advancedConfiguration": advanced}]
        made.create(made.register("v1"), desired, **more)
        made.until(1000)
        made.start = 1000
        configure(made, strategy, *hooks, bakeTimeInMinutes=bake)
        made.events.clear()
        yield made


def configure(made, strategy, *hooks, **more):
    asked = {"strategy": strategy, "lifecycleHooks": list(hooks), **more}
    made.update(deploymentConfiguration=asked)


def deploy(made, tag="v2"):
    return made.update(taskDefinition=made.register(tag))["deployments"][0]["id"]


def rollout(made, index=0):
    return made.rollouts()[index]


def stands(made):
    """Return status and stage of the newest service deployment."""
    found = rollout(made)
    return found["status"], found.get("lifecycleStage")


def _numbered(made, shares):
    service = made.installation.service(made.service()["serviceArn"])
    names = {each.target.revision_arn: f"R{i}" for i, each in enumerate(service.history, 1)}
    return {names[arn]: share for arn, share in shares.items()}


def traffic(made):
    """Return who has the production traffic: `{"R1": 75.0, "R2": 25.0}`."""
    service = made.installation.service(made.service()["serviceArn"])
    return _numbered(made, production_shares(service))


def probed(made):
    service = made.installation.service(made.service()["serviceArn"])
    return _numbered(made, shares_of_tests(service))


def stages(made):
    """Return the stages that the newest deployment has gone through, each as often as it has."""
    shift = made.installation.service(made.service()["serviceArn"]).current.shift
    return [] if shift is None else [stage.value for _, stage in shift.entered]


def hooks(made):
    """Return the hook events as `(name, stage)`."""
    told = made.told("ECS Hook State Change")
    return [(each["eventName"].removeprefix("HOOK_"), each["lifecycleStage"]) for each in told]


def awaited(made):
    """Return the ids of the hooks that a person is to answer."""
    found = rollout(made).get("lifecycleHookDetails", [])
    return [each["hookId"] for each in found if each["status"] == "AWAITING_ACTION"]


def proceed(made, action="CONTINUE", hook=None):
    (only,) = awaited(made) if hook is None else (hook,)
    arn = rollout(made)["serviceDeploymentArn"]
    made.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=only, action=action)


def stop(made):
    made.ecs.stop_service_deployment(
        serviceDeploymentArn=rollout(made)["serviceDeploymentArn"], stopType="ROLLBACK"
    )


def alarm(name, state):
    client = boto3.client("cloudwatch", region_name=REGION)
    if not client.describe_alarms(AlarmNames=[name])["MetricAlarms"]:
        client.put_metric_alarm(
            AlarmName=name,
            MetricName="errors",
            Namespace="orders",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
            Statistic="Sum",
        )
    client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="said so")
