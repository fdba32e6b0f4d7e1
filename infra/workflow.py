"""A state machine read from its ASL file."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra import permissions, policies
from infra.functions import RETENTION, ROOT, Functions
from infra.policies import Grant
from infra.reach import Reach

STATE_MACHINES = ROOT / "statemachines"
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Shared:
    """What all workflows of an environment are made with; `values` are placeholders and texts."""

    environment: str
    functions: Functions
    reach: Reach
    values: Mapping[str, str]


class Workflow(Construct):
    """Bind an ASL file to the functions it invokes, the children it starts and what it may do.

    The placeholders of the file say which functions and children these are, so that none is
    granted that no state calls.
    """

    def __init__(
        self,
        scope: Construct,
        word: str,
        shared: Shared,
        *,
        calls: Iterable[str],
        children: Iterable["Workflow"] = (),
        kind: sfn.StateMachineType = sfn.StateMachineType.STANDARD,
    ) -> None:
        super().__init__(scope, word.title())
        self.name = f"pilothouse-{shared.environment}-{word}"
        text = (STATE_MACHINES / f"{word}.asl.json").read_text()
        used = list(dict.fromkeys(PLACEHOLDER.findall(text)))
        functions = shared.functions.by_name
        self._functions = {key: functions[key] for key in used if key in functions}
        self._children = {each.node.id: each for each in children if each.node.id in used}
        self.machine = sfn.StateMachine(
            self,
            "StateMachine",
            state_machine_name=self.name,
            state_machine_type=kind,
            definition_body=sfn.DefinitionBody.from_string(_minified(text)),
            definition_substitutions=self._substitutions(used, shared.values),
            role=self._role([*self._grants(), *permissions.grants(calls, shared.reach)]),
            logs=self._logs(),
            tracing_enabled=True,
        )

    @cached_property
    def version(self) -> str:
        """The ARN of what the machine is now: what a parent starts stays as it was.

        A changed definition or role is a new revision, and a new revision a new version.
        """
        version = sfn.CfnStateMachineVersion(
            self,
            "Version",
            state_machine_arn=self.machine.state_machine_arn,
            state_machine_revision_id=self.machine.state_machine_revision_id,
        )
        version.apply_removal_policy(RemovalPolicy.RETAIN)
        return version.attr_arn

    def _substitutions(self, used: Iterable[str], values: Mapping[str, str]) -> dict[str, str]:
        supplied = {
            **{key: each.current_version.function_arn for key, each in self._functions.items()},
            **{key: child.version for key, child in self._children.items()},
            **values,
        }
        unknown = [key for key in used if key not in supplied]
        if unknown:
            raise LookupError(
                f"The file of {self.name} asks for {', '.join(unknown)}, "
                "which is no handler, no child and no value that the stack supplies."
            )
        return {key: supplied[key] for key in used}

    def _grants(self) -> Iterator[Grant]:
        yield from permissions.invoke(each.function_arn for each in self._functions.values())
        for child in self._children.values():
            yield from permissions.nested(child.name, child.machine.state_machine_arn)

    def _role(self, grants: Iterable[Grant]) -> iam.IRole:
        return policies.role(
            self,
            "Role",
            principal="states.amazonaws.com",
            description=f"What the states of {self.name} may do",
            grants=(*permissions.observed("workflows"), *grants),
        )

    def _logs(self) -> sfn.LogOptions:
        # The account's one resource policy for logs would be full after a few groups; those under
        # /aws/vendedlogs share an entry:
        # https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
        group = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/states/{self.name}",
            retention=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Task tokens are data: whoever may read a log is not to resume a workflow.
        return sfn.LogOptions(
            destination=group, level=sfn.LogLevel.ALL, include_execution_data=False
        )


def _minified(text: str) -> str:
    """Return an ASL document without its layout: a template has a million bytes at most."""
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
