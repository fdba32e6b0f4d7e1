"""Which alarms does a deployment listen to, and which of them ends it? (R9)"""

from datetime import datetime, timedelta

from rehearsal.ecs.alarms import Alarm
from rehearsal.ecs.rollout.breaker import is_judged
from rehearsal.ecs.rollout.deployments import Monitoring
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.world import World


def names(service: Service) -> list[str]:
    """Return the alarms of the configuration, none where they are switched off."""
    configured = service.alarms
    return list(configured.get("alarmNames") or []) if configured.get("enable") else []


def begin(world: World, service: Service) -> None:
    """Watch from here on, unless something is wrong already (R9.1)."""
    record = service.current
    late = world.settings.alarm_at_start_is_ignored and ringing(world, service)
    record.alarms = Monitoring.MONITORING if names(service) and not late else Monitoring.DISABLED


def fired(world: World, service: Service) -> list[str]:
    """Return the alarms that fail the deployment going on."""
    if service.current.alarms is not Monitoring.MONITORING:
        return []
    return ringing(world, service) if is_judged(service, service.primary) else []


def ringing(world: World, service: Service) -> list[str]:
    found = ((name, _find(world, service, name)) for name in names(service))
    return [name for name, alarm in found if alarm is not None and alarm.state == "ALARM"]


def baked_at(world: World, service: Service) -> datetime:
    """Return when the bake of the PRIMARY is over, from now on where it has not begun."""
    since = service.primary.baking_since or world.now()
    return since + timedelta(seconds=bake_seconds(world, service))


def bake_seconds(world: World, service: Service) -> float:
    """Return the bake time asked for, or what ECS computes of the alarms (R9.2)."""
    asked = service.configuration.get("bakeTimeInMinutes")
    if asked:
        return float(asked) * 60
    found = (_find(world, service, name) for name in names(service))
    longest = max((alarm.seconds for alarm in found if alarm is not None), default=0.0)
    return min(longest, world.settings.most_computed_bake_seconds)


def _find(world: World, service: Service, name: str) -> Alarm | None:
    region, account = service.arn.split(":")[3:5]
    return world.alarms.find(account, region, name)
