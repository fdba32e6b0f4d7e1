"""Which resources may an AWS call touch, and what does AWS ask for beyond the call itself?

`RESOURCES` says what each call may touch. `BEYOND` holds what an integration needs besides its
own call, `UNSCOPED` where no resource of its own table can be named, `UNNEEDED` where that table
wants more than we need, `LACKING` the calls that no table knows, and `OBSERVED` what logs and
traces need. Each of these five carries its source.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.policies import Conditions, Grant
from infra.reach import Reach, arn

Names = Callable[[Reach], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Beyond:
    """What else a call needs: AWS authorizes this action too when the call is made."""

    action: str
    resources: Names
    conditions: Conditions
    source: str


RESOURCES: Mapping[str, Names] = {
    "autoscaling:TerminateInstanceInAutoScalingGroup": lambda reach: reach.scaling_groups,
    "autoscaling:UpdateAutoScalingGroup": lambda reach: reach.scaling_groups,
    "dynamodb:ConditionCheckItem": lambda reach: reach.ledger,
    "dynamodb:DeleteItem": lambda reach: reach.ledger,
    "dynamodb:GetItem": lambda reach: reach.ledger,
    "dynamodb:PutItem": lambda reach: reach.ledger,
    "dynamodb:Query": lambda reach: reach.ledger,
    "dynamodb:UpdateItem": lambda reach: reach.ledger,
    "ecr:BatchGetImage": lambda reach: reach.repositories,
    "ecr:DescribeImages": lambda reach: reach.repositories,
    "ecr:GetLifecyclePolicy": lambda reach: reach.repositories,
    "ecs:DescribeContainerInstances": lambda reach: reach.container_instances,
    "ecs:DescribeServiceDeployments": lambda reach: reach.read_service_deployments,
    "ecs:DescribeServiceRevisions": lambda reach: reach.read_service_revisions,
    "ecs:DescribeServices": lambda reach: reach.read_services,
    "ecs:DescribeTasks": lambda reach: reach.tasks,
    "ecs:ListContainerInstances": lambda reach: reach.clusters,
    "ecs:ListServiceDeployments": lambda reach: reach.read_services,
    "ecs:UpdateContainerInstancesState": lambda reach: reach.raised_instances,
    "ecs:RunTask": lambda reach: reach.migration_families,
    "ecs:StopTask": lambda reach: reach.migration_tasks,
    "ecs:StopServiceDeployment": lambda reach: reach.service_deployments,
    "ecs:UpdateService": lambda reach: reach.services,
    "events:PutEvents": lambda reach: reach.bus,
    "events:PutTargets": lambda reach: reach.scheduled_rules,
    "logs:GetLogEvents": lambda reach: reach.log_streams,
    "s3:GetObject": lambda reach: reach.evidence_objects,
    "s3:ListBucket": lambda reach: reach.evidence,
    "s3:PutObject": lambda reach: reach.evidence_objects,
    "scheduler:UpdateSchedule": lambda reach: reach.schedules,
    "sns:Publish": lambda reach: reach.topic,
    "ssm:GetParameter": lambda reach: reach.parameters,
    "ssm:PutParameter": lambda reach: reach.image_parameters,
    "states:DescribeExecution": lambda reach: reach.deployments,
}

# Actions that AWS's table scopes to no resource at all.
ANYWHERE = (
    "application-autoscaling:DescribeScalableTargets",
    "ec2:DescribeSubnets",
    "elasticloadbalancing:DescribeTargetGroupAttributes",
    "events:ListRuleNamesByTarget",
    "logs:DescribeLogGroups",
    "scheduler:ListSchedules",
    "servicequotas:GetAWSDefaultServiceQuota",
    "ssm:DescribeParameters",
    "autoscaling:DescribeAutoScalingGroups",
    "cloudwatch:GetMetricData",
    # What is deregistered is bounded by what find_leftovers finds: tagged as ours, and unused.
    "ecs:DeregisterTaskDefinition",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "servicequotas:GetAWSDefaultServiceQuota",
    "states:SendTaskSuccess",
)

# Actions whose table names a resource that does not work, or is not known: `*`, and why.
UNSCOPED: Mapping[str, str] = {
    "iam:GetRole": (
        "The preflight asks whether the roles of a task definition are there, also such as the "
        "catalogue does not list: "
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html"
    ),
    "secretsmanager:DescribeSecret": (
        "The preflight asks whether the secrets of a task definition are there, whatever their "
        "names; it tells nothing of their values: "
        "https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html"
    ),
    "servicequotas:GetServiceQuota": (
        "Quotas of Fargate, by codes of AWS: https://docs.aws.amazon.com/servicequotas/2019-06-24/"
        "apireference/API_GetServiceQuota.html"
    ),
    "ecs:RegisterTaskDefinition": (
        "The revision of the table does not exist yet when it is asked for: denials name the "
        "resource *, and a policy on the family is not enough. What matters is scoped beside it, "
        "the roles that may be passed and the tags: "
        "https://github.com/aws/containers-roadmap/issues/929"
    ),
    "cloudwatch:DescribeAlarmHistory": (
        "Composite alarms are told of only to a permission on *: https://docs.aws.amazon.com/"
        "AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html"
    ),
    "cloudwatch:DescribeAlarms": (
        "Composite alarms are returned only to a permission on *: "
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html"
    ),
    "ecs:DescribeCapacityProviders": (
        "Which capacity providers the services have is said by DescribeServices only, and may "
        "change there: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/"
        "API_DescribeCapacityProviders.html"
    ),
    "events:ListTargetsByRule": (
        "Which rules run the application is found out, whatever they are called: "
        "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListRuleNamesByTarget.html"
    ),
    "scheduler:GetSchedule": (
        "Which schedules run the application is found out, whatever they are called; the list "
        "of them does not tell: "
        "https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ScheduleSummary.html"
    ),
    "ecs:ListTasks": (
        "The container instance of the table is asked for only when listing by instance; listing "
        "by service is authorized on *, kept in by ecs:cluster: "
        "https://github.com/cdklabs/construct-hub/pull/1207, "
        "https://github.com/awsdocs/amazon-ecs-developer-guide/issues/211"
    ),
}

# Actions of which the table wants others granted too, that are none of ours: why not.
UNNEEDED: Mapping[str, str] = {
    "autoscaling:UpdateAutoScalingGroup": (
        "A role is passed only with a launch template or a role of its own, and we name neither: "
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-api-permissions.html"
    ),
    "servicequotas:GetServiceQuota": (
        "Service Quotas reads the limits of eight services by calls of theirs, which are listed; "
        "Fargate is not among them: "
        "https://docs.aws.amazon.com/servicequotas/latest/userguide/security-iam-awsmanpol.html"
    ),
}

# Calls that are no IAM action: what is authorized is each write in the transaction.
LACKING: Mapping[str, str] = {
    "dynamodb:TransactWriteItems": (
        "PutItem, UpdateItem, DeleteItem and ConditionCheckItem, which is what "
        "functions/aws/ledger.py makes: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html"
    ),
}

# What logs and traces take besides the calls of states and handlers.
OBSERVED: Mapping[str, tuple[Sequence[str], str]] = {
    "functions": (
        (
            "logs:CreateLogStream",
            "logs:PutLogEvents",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html, "
        "https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html",
    ),
    "workflows": (
        (
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ),
        "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html, "
        "https://docs.aws.amazon.com/step-functions/latest/dg/xray-iam.html",
    ),
}

_TAGGING = (
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/supported-iam-actions-tagging.html"
)
_TASK_ROLES = (
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html, "
    "https://docs.aws.amazon.com/step-functions/latest/dg/connect-ecs.html"
)
_ACTIONS_OF_ECS = (
    "https://docs.aws.amazon.com/service-authorization/latest/reference/"
    "list_amazonelasticcontainerservice.html"
)
_TOPIC_KEY = "https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html"
_TO_TASKS: Conditions = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
_TO_SCHEDULER: Conditions = {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}
_TO_EVENTS: Conditions = {"StringEquals": {"iam:PassedToService": "events.amazonaws.com"}}
_MANAGED = "https://docs.aws.amazon.com/aws-managed-policy/latest/reference"
_SCHEDULER_ROLES = f"{_MANAGED}/AmazonEventBridgeSchedulerFullAccess.html"
_RULE_ROLES = f"{_MANAGED}/AmazonEventBridgeFullAccess.html"


def _created_by(action: str) -> Conditions:
    return {"StringEquals": {"ecs:CreateAction": action}}


BEYOND: Mapping[str, tuple[Beyond, ...]] = {
    "ecs:DescribeServiceDeployments": (
        # The table names two kinds of resource for this one action.
        Beyond("ecs:DescribeServiceDeployments", lambda reach: reach.services, {}, _ACTIONS_OF_ECS),
    ),
    "ecs:DescribeServiceRevisions": (
        # So it does here.
        Beyond(
            "ecs:DescribeServiceRevisions", lambda reach: reach.read_services, {}, _ACTIONS_OF_ECS
        ),
    ),
    "ecs:RegisterTaskDefinition": (
        Beyond(
            "ecs:TagResource",
            lambda reach: reach.families,
            _created_by("RegisterTaskDefinition"),
            _TAGGING,
        ),
        Beyond("iam:PassRole", lambda reach: reach.roles, _TO_TASKS, _TASK_ROLES),
    ),
    "events:PutTargets": (
        Beyond("iam:PassRole", lambda reach: reach.schedule_roles, _TO_EVENTS, _RULE_ROLES),
    ),
    "scheduler:UpdateSchedule": (
        Beyond("iam:PassRole", lambda reach: reach.schedule_roles, _TO_SCHEDULER, _SCHEDULER_ROLES),
    ),
    "sns:Publish": (
        Beyond("kms:Decrypt", lambda reach: reach.topic_key, {}, _TOPIC_KEY),
        Beyond("kms:GenerateDataKey", lambda reach: reach.topic_key, {}, _TOPIC_KEY),
    ),
    "ecs:RunTask": (
        Beyond(
            "ecs:TagResource", lambda reach: reach.migration_tasks, _created_by("RunTask"), _TAGGING
        ),
        Beyond("iam:PassRole", lambda reach: reach.migration_roles, _TO_TASKS, _TASK_ROLES),
    ),
}

# A parent that waits for its child (`startExecution.sync:2`) starts it, is told of its end by a
# rule that Step Functions manages, looks at it, and stops it when it is stopped itself. Versions
# are authorized as their machine:
# https://docs.aws.amazon.com/step-functions/latest/dg/auth-version-alias.html
NESTED_SOURCE = "https://docs.aws.amazon.com/step-functions/latest/dg/stepfunctions-iam.html"
NESTED_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"


def grants(calls: Iterable[str], reach: Reach) -> Iterator[Grant]:
    """Yield what the calls need; a call that nothing in the catalogue needs yields nothing."""
    for call in calls:
        yield _own(call, reach)
        for beyond in BEYOND.get(call, ()):
            yield Grant(beyond.action, beyond.resources(reach), beyond.conditions)


def _own(call: str, reach: Reach) -> Grant:
    in_clusters: Conditions = {"ArnEquals": {"ecs:cluster": list(reach.clusters)}}
    if call in ANYWHERE or call in UNSCOPED:
        return Grant(call, ("*",), in_clusters if call == "ecs:ListTasks" else {})
    conditions = in_clusters if call == "ecs:RunTask" else {}
    return Grant(call, RESOURCES[call](reach), conditions)


def observed(kind: str, log_group: str = "*") -> Iterator[Grant]:
    """Yield what logs and traces of functions or workflows take; only functions name their log."""
    for action in OBSERVED[kind][0]:
        yield Grant(action, (log_group if action.startswith("logs:") else "*",))


def nested(name: str, machine: str) -> Iterator[Grant]:
    """Yield what waiting for an execution of the machine needs, whatever its version."""
    yield Grant("states:StartExecution", (machine,))
    for action in ("states:DescribeExecution", "states:StopExecution"):
        yield Grant(action, (arn("states", f"execution:{name}:*"),))
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        yield Grant(action, (arn("events", f"rule/{NESTED_RULE}"),))


def invoke(functions: Iterable[str]) -> Iterator[Grant]:
    """Yield the calls to functions, in every version: a running execution calls an older one."""
    for function in functions:
        yield Grant("lambda:InvokeFunction", (f"{function}:*",))
