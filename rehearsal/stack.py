"""What does deploying the template bring into being, as far as Pilothouse touches it?"""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rehearsal.bus import Bus, Rule
from rehearsal.sdk import Sdk
from rehearsal.states.executions import StateMachines
from rehearsal.template import Template
from rehearsal.transactions import Transactions

MACHINE = "AWS::StepFunctions::StateMachine"


def deploy(template: Template, sdk: Sdk, machines: StateMachines, bus: Bus) -> dict[str, str]:
    """Create what the template holds; return the machines' ARNs by their workflow's word."""
    _create_data(template, sdk)
    bus.rules += _rules(template)
    sdk.answers["events", "PutEvents"] = bus.put_events
    Transactions().install(sdk)
    return dict(_register(template, machines))


def update(template: Template, sdk: Sdk, machines: StateMachines, bus: Bus) -> dict[str, str]:
    """Deploy a template where another one was; executions that run keep their definitions."""
    _put_parameters(template, sdk)
    bus.replace_rules(_rules(template))
    return dict(_register(template, machines))


def create_repositories(sdk: Sdk, names: Iterable[str]) -> None:
    for name in sorted(set(names)):
        sdk.client("ecr").create_repository(repositoryName=name)


def _create_data(template: Template, sdk: Sdk) -> None:
    table = template.one("AWS::DynamoDB::Table")
    sdk.client("dynamodb").create_table(
        TableName=template.name(table.logical_id),
        KeySchema=table.properties["KeySchema"],
        AttributeDefinitions=table.properties["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
    )
    for bucket in template.of("AWS::S3::Bucket"):
        here = {"LocationConstraint": sdk.client("s3").meta.region_name}
        name = template.name(bucket.logical_id)
        sdk.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=here)
    _put_parameters(template, sdk)


def _put_parameters(template: Template, sdk: Sdk) -> None:
    for parameter in template.of("AWS::SSM::Parameter"):
        sdk.client("ssm").put_parameter(
            Name=parameter.properties["Name"],
            Value=parameter.properties["Value"],
            Type="String",
            Tier=parameter.properties.get("Tier", "Standard"),
            Overwrite=True,
        )


def _register(template: Template, machines: StateMachines) -> Iterable[tuple[str, str]]:
    for machine in template.of(MACHINE):
        arn = template.arn(machine.logical_id)
        machines.register(
            arn,
            definition(machine.properties),
            type=machine.properties.get("StateMachineType", "STANDARD"),
            role_arn=machine.properties["RoleArn"],
        )
        yield arn.rpartition("-")[2], arn


def _rules(template: Template) -> Iterable[Rule]:
    for rule in template.of("AWS::Events::Rule"):
        about = rule.properties
        name = template.name(rule.logical_id)
        enabled = about.get("State", "ENABLED") == "ENABLED"
        targets = about.get("Targets", [])
        yield Rule(name, about.get("EventPattern"), targets, enabled=enabled)


def definition(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition of a machine with its substitutions made, as CloudFormation does."""
    text = str(properties["DefinitionString"])
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        text = text.replace(f"${{{name}}}", str(value))
    made: dict[str, Any] = json.loads(text)
    return made
