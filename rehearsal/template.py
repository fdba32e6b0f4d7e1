"""What does the synthesized template create, with every reference resolved?"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"

NAMES = {
    "AWS::Lambda::Function": "FunctionName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Events::Rule": "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::IAM::Role": "RoleName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::S3::Bucket": "BucketName",
}
"""The property that names a resource; without it the logical id is the name."""

ARNS = {
    "AWS::Lambda::Function": "lambda:{region}:{account}:function:{name}",
    "AWS::StepFunctions::StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{name}",
    "AWS::SNS::Topic": "sns:{region}:{account}:{name}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{name}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{name}",
    "AWS::SSM::Parameter": "ssm:{region}:{account}:parameter{name}",
    "AWS::IAM::Role": "iam::{account}:role/{name}",
    "AWS::Logs::LogGroup": "logs:{region}:{account}:log-group:{name}:*",
    "AWS::S3::Bucket": "s3:::{name}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{name}",
    "AWS::CloudWatch::Alarm": "cloudwatch:{region}:{account}:alarm:{name}",
}

VERSIONS = {
    "AWS::Lambda::Version": "FunctionName",
    "AWS::StepFunctions::StateMachineVersion": "StateMachineArn",
}
"""What a version is a version of; its Ref is the ARN of that with a number behind it."""

REF_IS_ARN = {"AWS::StepFunctions::StateMachine", "AWS::SNS::Topic"}


@dataclass(frozen=True, slots=True)
class Resource:
    logical_id: str
    kind: str
    properties: Mapping[str, Any]


class Template:
    """A template as CloudFormation would see it in one account and region."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._resources = {
            logical_id: Resource(logical_id, each["Type"], each.get("Properties", {}))
            for logical_id, each in document["Resources"].items()
        }

    @classmethod
    def read(cls, path: Path) -> "Template":
        return cls(json.loads(path.read_text()))

    def of(self, kind: str) -> Iterator[Resource]:
        """Yield the resources of a type, their properties resolved."""
        for each in self._resources.values():
            if each.kind == kind:
                yield Resource(each.logical_id, kind, self.resolve(each.properties))

    def one(self, kind: str) -> Resource:
        (found,) = self.of(kind)
        return found

    def name(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        given = resource.properties.get(NAMES.get(resource.kind, ""))
        if given:
            return str(self.resolve(given))
        # The name of a bucket is part of a URL.
        return logical_id.lower() if resource.kind == "AWS::S3::Bucket" else logical_id

    def arn(self, logical_id: str) -> str:
        resource = self._resources[logical_id]
        if resource.kind in VERSIONS:
            of = str(self.resolve(resource.properties[VERSIONS[resource.kind]]))
            return f"{of if of.startswith('arn:') else self.arn(self._named(of))}:1"
        form = ARNS[resource.kind]
        name = self.name(logical_id)
        return f"arn:aws:{form.format(region=REGION, account=ACCOUNT, name=name)}"

    def resolve(self, value: Any) -> Any:  # noqa: ANN401
        """Return a value with its intrinsic functions worked out."""
        if isinstance(value, list):
            return [self.resolve(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            function, argument = next(iter(value.items()))
            work = INTRINSICS.get(function)
            if work is not None:
                return work(self, argument)
        return {key: self.resolve(each) for key, each in value.items()}

    def ref(self, name: str) -> str:
        if name in PSEUDO:
            return PSEUDO[name]
        kind = self._resources[name].kind
        return self.arn(name) if kind in REF_IS_ARN or kind in VERSIONS else self.name(name)

    def attribute(self, logical_id: str, name: str) -> str:
        return self.arn(logical_id) if name.endswith("Arn") else self.name(logical_id)

    def _named(self, name: str) -> str:
        return next(str(each) for each in self._resources if self.name(each) == name)


PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "Pilothouse",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/Pilothouse/1",
}


def _join(template: Template, argument: Any) -> str:  # noqa: ANN401
    return str(argument[0]).join(str(template.resolve(each)) for each in argument[1])


def _sub(template: Template, argument: Any) -> str:  # noqa: ANN401
    text, given = argument if isinstance(argument, list) else (argument, {})

    def found(match: re.Match[str]) -> str:
        name = match[1]
        if name in given:
            return str(template.resolve(given[name]))
        logical_id, dot, attribute = name.partition(".")
        return template.attribute(logical_id, attribute) if dot else template.ref(name)

    return re.sub(r"\$\{([^!}]+)\}", found, text)


def _select(template: Template, argument: Any) -> Any:  # noqa: ANN401
    return template.resolve(argument[1])[int(argument[0])]


INTRINSICS: dict[str, Callable[[Template, Any], Any]] = {
    "Ref": lambda template, name: template.ref(name),
    "Fn::GetAtt": lambda template, argument: template.attribute(argument[0], argument[1]),
    "Fn::Join": _join,
    "Fn::Sub": _sub,
    "Fn::Select": _select,
    "Fn::Split": lambda template, argument: template.resolve(argument[1]).split(argument[0]),
}
