"""Schedules of EventBridge Scheduler, and rules of users, that run tasks of ECS."""

from rehearsal.schedules.installation import Schedules as Schedules
