"""What does the preflight find, of everything that a release needs?"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.aws import clients, schedules
from functions.aws.preflight import definitions, room
from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.preflight import definitions as named
from functions.domain.preflight import room as roomy
from functions.domain.preflight import schedules as scheduled
from functions.domain.preflight.finding import Finding
from functions.domain.preflight.notes import notes
from functions.domain.release import Image


def look(
    application: Application,
    facts: Mapping[str, Facts],
    known: Known,
    image: Image | None,
    at: datetime,
) -> tuple[tuple[Finding, ...], tuple[str, ...]]:
    """Return all findings, and the notes for people."""
    seen = definitions.look(_definitions(), application, facts, known, image, at)
    space = room.look(_room(at), application, facts)
    eyes = schedules.Eyes(clients.scheduler(), clients.events())
    runs = schedules.seen(eyes, application, _cluster(facts), at)
    found = (
        *named.findings(application, facts, known, image, seen),
        *roomy.findings(application, facts, space),
        *scheduled.findings(application, runs),
    )
    return found, notes(application, facts, known, seen)


def _cluster(facts: Mapping[str, Facts]) -> str:
    services: list[Mapping[str, Any]] = [each.service for each in facts.values() if each.service]
    return str(services[0]["clusterArn"])


def _definitions() -> definitions.Eyes:
    return definitions.Eyes(
        cloudwatch=clients.cloudwatch,
        ecr=clients.ecr,
        ecs=clients.ecs,
        iam=clients.iam,
        logs=clients.logs,
        secretsmanager=clients.secretsmanager,
        ssm=clients.ssm,
    )


def _room(at: datetime) -> room.Eyes:
    return room.Eyes(
        ecs=clients.ecs,
        ec2=clients.ec2,
        elbv2=clients.elbv2,
        service_quotas=clients.service_quotas,
        application_autoscaling=clients.application_autoscaling,
        cloudwatch=clients.cloudwatch,
        at=at,
    )
