"""What does moto's CloudFormation make of the synthesized template?

It puts state machines where nothing executes them, with no substitution made in their definitions,
and does not know their versions.
"""

import io
import json
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from moto.awslambda.utils import get_backend as functions
from moto.cloudformation import parsing
from moto.stepfunctions.responses import get_backend as machines

from rehearsal import stack as ours
from rehearsal.second.seams import replace

Properties = Mapping[str, Any]

BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"


class Made(ABC):
    """A resource of a stack, with the members that moto asks for."""

    type = ""
    name_property = ""
    logical_resource_id = ""

    def __init__(self, arn: str) -> None:
        self.physical_resource_id = arn

    @classmethod
    def cloudformation_type(cls) -> str:
        return cls.type

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def has_cfn_attr(cls, attr: str) -> bool:
        return attr in {"Arn", "Name", "StateMachineRevisionId"}

    def get_cfn_attribute(self, name: str) -> str:
        arn = self.physical_resource_id
        return {"Arn": arn, "Name": arn.rpartition(":")[2]}.get(name, "INITIAL")

    def is_created(self) -> bool:
        return True

    @classmethod
    def create_from_cloudformation_json(
        cls, name: str, document: Properties, account: str, region: str, **_: object
    ) -> "Made":
        return cls(cls.create(name, document["Properties"], account, region))

    @classmethod
    @abstractmethod
    def create(cls, name: str, properties: Properties, account: str, region: str) -> str:
        """Create the resource and return its ARN."""


class Machine(Made):
    type = "AWS::StepFunctions::StateMachine"
    name_property = "StateMachineName"

    @classmethod
    def create(cls, name: str, properties: Properties, account: str, region: str) -> str:
        made = machines(account, region).create_state_machine(
            name=name,
            definition=json.dumps(ours.definition(properties)),
            roleArn=properties["RoleArn"],
            sm_type=properties.get("StateMachineType"),
        )
        return str(made.arn)


class MachineVersion(Made):
    """moto cannot start an execution of a version, so its Ref is the machine's ARN."""

    type = "AWS::StepFunctions::StateMachineVersion"

    @classmethod
    def create(cls, name: str, properties: Properties, account: str, region: str) -> str:
        return str(properties["StateMachineArn"])


class FunctionVersion(Made):
    """moto knows the type, but its Ref is the ARN of a function that is named by the logical id."""

    type = "AWS::Lambda::Version"

    @classmethod
    def create(cls, name: str, properties: Properties, account: str, region: str) -> str:
        backend, function = functions(account, region), properties["FunctionName"]
        backend.publish_version(function)
        return f"{backend.get_function(function).function_arn}:1"


class LeftOut(Made):
    """moto does not know these types, and nobody here asks for what is of them."""

    @classmethod
    def create(cls, name: str, properties: Properties, account: str, region: str) -> str:
        return name


class Alarm(LeftOut):
    type = "AWS::CloudWatch::Alarm"


class BucketPolicy(LeftOut):
    type = "AWS::S3::BucketPolicy"


class QueuePolicy(LeftOut):
    type = "AWS::SQS::QueuePolicy"


class TopicPolicy(LeftOut):
    type = "AWS::SNS::TopicPolicy"


TYPES = (
    Machine,
    MachineVersion,
    FunctionVersion,
    Alarm,
    BucketPolicy,
    QueuePolicy,
    TopicPolicy,
)


def install(stack: ExitStack) -> None:
    """Teach moto these types, or teach them anew."""
    models = [*TYPES, *parsing.get_model_list()]
    known = {**parsing.get_model_map(), **{each.type: each for each in TYPES}}
    names = {**parsing.get_name_type_map(), **{each.type: each.name_property for each in TYPES}}
    replace(stack, parsing, "get_model_list", lambda: models)
    replace(stack, parsing, "get_model_map", lambda: known)
    replace(stack, parsing, "get_name_type_map", lambda: names)


def deploy(template: Path, client: Callable[[str], Any], account: str, region: str) -> None:
    """Create the stack of a synthesized template with its assets, as `cdk deploy` does."""
    bucket = f"cdk-hnb659fds-assets-{account}-{region}"
    client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region}
    )
    assets = json.loads(template.with_suffix("").with_suffix(".assets.json").read_text())
    for each in assets["files"].values():
        source = template.parent / each["source"]["path"]
        for destination in each["destinations"].values():
            client("s3").put_object(
                Bucket=bucket, Key=destination["objectKey"], Body=_packed(source)
            )
    client("ssm").put_parameter(Name=BOOTSTRAP, Value="30", Type="String")
    name = template.name.partition(".")[0]
    client("cloudformation").create_stack(
        StackName=name, TemplateBody=template.read_text(), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    (made,) = client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    if made["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(f"{name}: {made['StackStatus']} {made.get('StackStatusReason', '')}")


def _packed(source: Path) -> bytes:
    if source.is_file():
        return source.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(source.rglob("*")):
            archive.write(path, path.relative_to(source))
    return packed.getvalue()
