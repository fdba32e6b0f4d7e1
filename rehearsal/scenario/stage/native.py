"""What does a service of a scenario ask of ECS for its deployments, beside percents and breaker?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from functions.domain import catalogue
from rehearsal.prepare import target_group
from rehearsal.scenario.format.before import Hook, Service
from rehearsal.template import ACCOUNT, REGION, Template

Function = Callable[[dict[str, Any]], object]

RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/web/1/2/"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/ecs-hooks"


def configuration(service: Service, named: catalogue.Service, template: Template) -> dict[str, Any]:
    """Return more of the deployment configuration: strategy, steps, bake, hooks and alarms."""
    asked: dict[str, Any] = {"strategy": service.strategy}
    if service.bake:
        asked["bakeTimeInMinutes"] = minutes(service.bake)
    if service.canary is not None:
        asked["canaryConfiguration"] = {
            "canaryPercent": service.canary.percent,
            "canaryBakeTimeInMinutes": minutes(service.canary.bake),
        }
    if service.linear is not None:
        asked["linearConfiguration"] = {
            "stepPercent": service.linear.percent,
            "stepBakeTimeInMinutes": minutes(service.linear.bake),
        }
    if service.hooks:
        asked["lifecycleHooks"] = [
            _hook(hook, _ours(template) if hook.pilothouse else _function(named, place))
            for place, hook in enumerate(service.hooks)
        ]
    if service.deployment_alarms is not None:
        alarms = service.deployment_alarms
        asked["alarms"] = {
            "enable": True,
            "rollback": alarms.rollback,
            "alarmNames": list(alarms.names),
        }
    return asked


def plain(configuration: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration without what a deployment waits for."""
    waits = ("lifecycleHooks", "bakeTimeInMinutes", "canaryConfiguration", "linearConfiguration")
    return {name: value for name, value in configuration.items() if name not in waits}


def advanced(named: catalogue.Service) -> dict[str, Any]:
    """Return what a load balancer needs, so that its traffic can be shifted."""
    return {
        "alternateTargetGroupArn": target_group(named, "-green"),
        "productionListenerRule": RULE + "production",
        "testListenerRule": RULE + "test",
        "roleArn": ROLE,
    }


def functions(service: Service, named: catalogue.Service) -> dict[str, Function]:
    """Return the Lambda functions that the hooks of a service ask, by ARN."""
    return {
        _function(named, place): _answering(hook.answers)
        for place, hook in enumerate(service.hooks)
        if hook.answers
    }


def _answering(answers: Sequence[str]) -> Function:
    rest = iter(answers)
    return lambda _: {"hookStatus": next(rest, answers[-1])}


def _function(named: catalogue.Service, place: int) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{named.service}-hook-{place}"


def _ours(template: Template) -> str:
    handlers = {each.properties["Handler"]: each for each in template.of("AWS::Lambda::Function")}
    return template.arn(handlers["functions.handlers.answer_hook.handler"].logical_id)


def minutes(seconds: float) -> int:
    return round(seconds / 60)


def _hook(hook: Hook, function: str) -> dict[str, Any]:
    if hook.answers or hook.pilothouse:
        return {
            "targetType": "AWS_LAMBDA",
            "hookTargetArn": function,
            "roleArn": ROLE,
            "lifecycleStages": [hook.stage],
        }
    waits = 1_440 if hook.pause is None else minutes(hook.pause)
    timeout = {"timeoutInMinutes": waits, "action": hook.on_timeout}
    return {
        "targetType": "PAUSE",
        "lifecycleStages": [hook.stage],
        "timeoutConfiguration": timeout,
    }
