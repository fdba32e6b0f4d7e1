"""The Lambdas: one per module of functions/handlers, all from the same zip and one layer."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, IgnoreMode, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import permissions, policies
from infra.reach import Reach

ROOT = Path(__file__).parents[1]
RUNTIME = lambda_.Runtime.PYTHON_3_14
TIMEOUT = Duration.seconds(60)
MEMORY_MB = 512
RETENTION = logs.RetentionDays.THREE_MONTHS

# What a look at a service reads: functions/aws/rollouts.py and keeping.py.
LOOK = (
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServiceDeployments",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListServiceDeployments",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetHealth",
    "logs:GetLogEvents",
)
# What a plan rests on, and what the preflight looks at.
PLAN = (
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricData",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "ec2:DescribeSubnets",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetLifecyclePolicy",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:ListContainerInstances",
    "ecs:ListTaskDefinitions",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "elasticloadbalancing:DescribeTargetGroups",
    "events:ListRuleNamesByTarget",
    "events:ListTargetsByRule",
    "iam:GetRole",
    "logs:DescribeLogGroups",
    "scheduler:GetSchedule",
    "scheduler:ListSchedules",
    "secretsmanager:DescribeSecret",
    "servicequotas:GetAWSDefaultServiceQuota",
    "servicequotas:GetServiceQuota",
    "ssm:DescribeParameters",
)
# Every handler and what it reads; a handler that is not here is not deployed.
READS: Mapping[str, tuple[str, ...]] = {
    "read_request": (),
    "admit_request": ("dynamodb:GetItem", "ecr:BatchGetImage", "ecr:DescribeImages"),
    "plan_release": PLAN,
    "draft_plan": PLAN,
    "pin_task_definition": ("ecs:DescribeTaskDefinition",),
    "compare_task_definition": ("ecs:DescribeTaskDefinition",),
    "find_migration": ("dynamodb:Query", "ecs:DescribeTasks", "ecs:ListTasks"),
    "judge_migration": ("ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "logs:GetLogEvents"),
    "judge_rollout": LOOK,
    "judge_bake": (
        *LOOK,
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "elasticloadbalancing:DescribeTargetGroups",
    ),
    "promote_release": (),
    "choose_recovery": (
        "dynamodb:GetItem",
        "dynamodb:Query",
        "ecr:BatchGetImage",
        "ecs:DescribeServiceDeployments",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeTasks",
        "ecs:ListServiceDeployments",
        "ecs:ListTasks",
        "states:DescribeExecution",
    ),
    "conclude_deployment": ("s3:GetObject", "s3:ListBucket"),
    "conclude_abandoned": ("dynamodb:GetItem", "dynamodb:Query", "s3:GetObject", "s3:ListBucket"),
    "find_leftovers": (
        "dynamodb:GetItem",
        "dynamodb:Query",
        "ecs:DescribeServices",
        "ecs:DescribeTaskDefinition",
        "ecs:DescribeTasks",
        "ecs:ListTaskDefinitions",
        "ecs:ListTasks",
        "events:ListTargetsByRule",
        "scheduler:GetSchedule",
        "ssm:GetParameter",
    ),
    "look_at_schedules": ("events:ListTargetsByRule", "scheduler:GetSchedule"),
    "look_at_headroom": (
        "autoscaling:DescribeAutoScalingGroups",
        "dynamodb:GetItem",
        "ecs:DescribeCapacityProviders",
        "ecs:DescribeContainerInstances",
        "ecs:ListContainerInstances",
    ),
    "choose_task": (
        "dynamodb:GetItem",
        "dynamodb:Query",
        "ecs:DescribeServices",
        "ssm:GetParameter",
    ),
    "judge_task": ("ecs:DescribeTaskDefinition", "ecs:DescribeTasks", "logs:GetLogEvents"),
    "report_pause": (),
    "answer_hook": (
        "dynamodb:GetItem",
        "dynamodb:Query",
        "ecs:DescribeServiceRevisions",
        "ecs:DescribeTaskDefinition",
        "ecs:ListServiceDeployments",
    ),
}


def pascal(name: str) -> str:
    """Return the construct id and placeholder of a module or file: `read_request` → ReadRequest."""
    return name.title().replace("_", "")


class Functions(Construct):
    """Build each handler; `versions` are what the workflows call, by placeholder."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: str,
        layer: Path,
        reach: Reach,
    ) -> None:
        super().__init__(scope, construct_id)
        self._environment = environment
        self._reach = reach
        self._code = lambda_.Code.from_asset(
            str(ROOT),
            exclude=["/*", "!/functions", "__pycache__", "*.pyc"],
            ignore_mode=IgnoreMode.GIT,
        )
        self._layer = self._libraries(layer)
        self.by_name = {pascal(module): self._function(module) for module in READS}

    def _libraries(self, layer: Path) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            "Libraries",
            # Scripts name the interpreter of the machine that installed them; Lambda runs none.
            code=lambda_.Code.from_asset(
                str(layer), exclude=["python/bin", "python/.lock", "*.pyc"]
            ),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[lambda_.Architecture.ARM_64],
            description="Powertools, boto3 and botocore from requirements.lock",
        )

    def _function(self, module: str) -> lambda_.Function:
        name = f"pilothouse-{self._environment}-{module.replace('_', '-')}"
        log = self._log(module, name)
        return lambda_.Function(
            self,
            pascal(module),
            function_name=name,
            description=f"functions/handlers/{module}.py",
            runtime=RUNTIME,
            architecture=lambda_.Architecture.ARM_64,
            code=self._code,
            handler=f"functions.handlers.{module}.handler",
            layers=[self._layer],
            role=self._role(module, log),
            timeout=TIMEOUT,
            memory_size=MEMORY_MB,
            environment={"POWERTOOLS_SERVICE_NAME": module},
            log_group=log,
            logging_format=lambda_.LoggingFormat.JSON,
            tracing=lambda_.Tracing.ACTIVE,
            # A running deployment calls the version it started with, also after a redeploy.
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
        )

    def _log(self, module: str, name: str) -> logs.LogGroup:
        # The ledger says what happened and stays; the log says how, and goes with the stack, so
        # that the stack can be deployed again under the same names.
        return logs.LogGroup(
            self,
            f"{pascal(module)}Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _role(self, module: str, log: logs.LogGroup) -> iam.IRole:
        return policies.role(
            self,
            f"{pascal(module)}Role",
            principal="lambda.amazonaws.com",
            description=f"What {module} of Pilothouse {self._environment} may read",
            grants=(
                *permissions.observed("functions", log.log_group_arn),
                *permissions.grants(READS[module], self._reach),
            ),
        )
