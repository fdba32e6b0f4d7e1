"""Which deployment configurations does ECS refuse, as far as they shift traffic or have hooks?"""

from collections import Counter
from collections.abc import Iterator

from rehearsal.ecs.settings import Settings
from rehearsal.ecs.shifting.strategy import ROLLING, SHIFTING, Stage
from rehearsal.ecs.world import Document

AWS_LAMBDA, PAUSE = "AWS_LAMBDA", "PAUSE"
ACTIONS = ("ROLLBACK", "CONTINUE")
MOST_HOOKS = 10
"""Of each type in one service."""
MOST_MINUTES = {AWS_LAMBDA: 1440, PAUSE: 20160}
DAY_MINUTES = 1440

WITHOUT_HOOKS = (Stage.SCALE_UP, Stage.BAKE_TIME, Stage.CLEAN_UP)
WITH_HOOKS = tuple(stage for stage in Stage if stage not in WITHOUT_HOOKS)
WITHOUT_PAUSE = (*WITHOUT_HOOKS, Stage.TEST_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT)

WHEN_ROLLING = "Pause hooks are not supported for services with the ROLLING deployment strategy."


def kind(hook: Document) -> str:
    return str(hook.get("targetType") or AWS_LAMBDA)


def problems(spec: Document, settings: Settings) -> Iterator[str]:
    """Return what is wrong; in the words of ECS where they are known."""
    configuration = spec["deploymentConfiguration"]
    strategy = configuration["strategy"]
    if strategy not in (ROLLING, *SHIFTING):
        yield f"Invalid deployment strategy {strategy}."
    if strategy in SHIFTING and spec["schedulingStrategy"] == "DAEMON":
        yield "The daemon scheduling strategy only supports the ROLLING deployment strategy."
    if strategy in SHIFTING:
        yield from _of_balancers(spec.get("loadBalancers") or [])
    yield from _of_steps(configuration)
    yield from _of_minutes("bakeTimeInMinutes", configuration)
    yield from _of_hooks(configuration, settings)


def _of_balancers(balancers: list[Document]) -> Iterator[str]:
    if any(not each.get("advancedConfiguration") for each in balancers):
        yield (
            "advancedConfiguration field is required for all loadBalancers when using a "
            "non-ROLLING deployment strategy"
        )
    for each in balancers:
        rules = each.get("advancedConfiguration") or {}
        production = rules.get("productionListenerRule")
        if production is not None and production == rules.get("testListenerRule"):
            yield (
                "The following rules cannot be used as both production and test listener rules: "
                f"{production}"
            )


def _of_steps(configuration: Document) -> Iterator[str]:
    for name, percent, least, bake in (
        ("linearConfiguration", "stepPercent", 3.0, "stepBakeTimeInMinutes"),
        ("canaryConfiguration", "canaryPercent", 0.1, "canaryBakeTimeInMinutes"),
    ):
        asked = configuration.get(name) or {}
        share = asked.get(percent)
        in_tenths = share is None or abs(share * 10 - round(share * 10)) < 1e-6
        if share is not None and not (least <= share <= 100.0 and in_tenths):
            yield f"{percent} must be a multiple of 0.1 from {least} to 100.0."
        yield from _of_minutes(bake, asked)


def _of_minutes(name: str, asked: Document) -> Iterator[str]:
    if not 0 <= (asked.get(name) or 0) <= DAY_MINUTES:
        yield f"{name} must be between 0 and {DAY_MINUTES}."


def _of_hooks(configuration: Document, settings: Settings) -> Iterator[str]:
    hooks = configuration.get("lifecycleHooks") or []
    for target, number in Counter(kind(each) for each in hooks).items():
        if number > MOST_HOOKS:
            yield f"A service can have at most {MOST_HOOKS} lifecycle hooks of type {target}."
    for hook in hooks:
        yield from _of_hook(hook)
        if kind(hook) == PAUSE and configuration["strategy"] == ROLLING:
            yield from _of_pause_when_rolling(hook, settings)


def _of_hook(hook: Document) -> Iterator[str]:
    if kind(hook) not in MOST_MINUTES:
        yield "Invalid targetType. Valid values are: AWS_LAMBDA, PAUSE"
        return
    stages = hook.get("lifecycleStages") or []
    if kind(hook) == PAUSE and any(each in WITHOUT_PAUSE for each in stages):
        yield "Invalid lifecycle stage provided for Pause Hook"
    if not stages or any(each not in WITH_HOOKS for each in stages):
        yield "Invalid lifecycle stage provided for lifecycle hook."
    if kind(hook) == AWS_LAMBDA and not hook.get("hookTargetArn"):
        yield "hookTargetArn is required for lifecycle hooks of type AWS_LAMBDA."
    yield from _of_timeout(hook)


def _of_timeout(hook: Document) -> Iterator[str]:
    asked, most = hook.get("timeoutConfiguration") or {}, MOST_MINUTES[kind(hook)]
    if not 1 <= asked.get("timeoutInMinutes", DAY_MINUTES) <= most:
        yield f"timeoutInMinutes must be between 1 and {most}."
    if asked.get("action", ACTIONS[0]) not in ACTIONS:
        yield f"Invalid timeout action. Valid values are: {', '.join(ACTIONS)}"


def _of_pause_when_rolling(hook: Document, settings: Settings) -> Iterator[str]:
    """Only its start can be told of a rolling deployment: it has no stages."""
    stages = hook.get("lifecycleStages") or []
    if not settings.pause_hooks_when_rolling or stages != [Stage.PRE_SCALE_UP]:
        yield WHEN_ROLLING
