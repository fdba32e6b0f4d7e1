"""What the template promises: what is kept, sealed, watched and told."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
from cfnlint.api import lint

from infra import nag, permissions
from infra.abandoned import CHILD, CONCLUDED
from infra.build import compose, new_app
from infra.functions import READS, ROOT
from infra.workflows import CALLS

PASSED_TO = ("ecs-tasks.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com")


def properties(resources):
    return [resource["Properties"] for resource in resources.values()]


def statements(of):
    for logical_id, role in of("IAM::Role").items():
        for policy in role["Properties"].get("Policies", ()):
            for statement in policy["PolicyDocument"]["Statement"]:
                yield logical_id, statement
    for kind in ("IAM::Policy", "IAM::ManagedPolicy"):
        for logical_id, policy in of(kind).items():
            for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
                yield logical_id, statement


def actions(statement):
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


def definitions(of):
    return {
        machine["StateMachineName"]: machine
        for machine in properties(of("StepFunctions::StateMachine"))
    }


def test_every_handler_of_the_folder_is_deployed():
    folder = {path.stem for path in (ROOT / "functions/handlers").glob("[!_]*.py")}
    assert set(READS) == folder


def test_every_file_of_statemachines_is_deployed(of):
    files = {path.name.split(".")[0] for path in (ROOT / "statemachines").glob("*.asl.json")}
    assert {name.rpartition("-")[2] for name in definitions(of)} == files


def test_the_zip_holds_exactly_the_folder_functions(template_path):
    assets = json.loads(template_path.with_suffix("").with_suffix(".assets.json").read_text())
    staged = [template_path.parent / each["source"]["path"] for each in assets["files"].values()]
    code = next(path for path in staged if (path / "functions").is_dir())
    zipped = {str(path.relative_to(code)) for path in code.rglob("*") if path.is_file()}
    source = ROOT.joinpath("functions").rglob("*.py")
    assert zipped == {str(path.relative_to(ROOT)) for path in source}


def test_tests_have_an_empty_layer(template_path):
    assets = json.loads(template_path.with_suffix("").with_suffix(".assets.json").read_text())
    layer = next(each for each in assets["files"].values() if "Libraries" in each["displayName"])
    assert not list((template_path.parent / layer["source"]["path"]).iterdir())


def test_functions_are_small_traced_and_write_json(of):
    for function in properties(of("Lambda::Function")):
        assert function["Runtime"] == "python3.14"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        assert "LogGroup" in function["LoggingConfig"]


def test_a_service_is_told_what_to_name_as_its_hook(template, of):
    named = {
        name: each["Value"]["Fn::GetAtt"][0]
        for name, each in template["Outputs"].items()
        if name.startswith("Hook")
    }
    hook = of("Lambda::Function")[named["HookFunction"]]["Properties"]
    assert hook["Handler"] == "functions.handlers.answer_hook.handler"
    (ledger,) = of("DynamoDB::Table")
    assert hook["Environment"]["Variables"]["LEDGER"] == {"Ref": ledger}
    assert named["HookRole"] in of("IAM::Role")


def test_published_versions_are_retained(of):
    published = {**of("Lambda::Version"), **of("StepFunctions::StateMachineVersion")}
    # Services name the one that answers hooks as it is: they are not deployed whenever we are.
    assert len(of("Lambda::Version")) == len(READS) - len({"answer_hook"})
    # Every machine is somebody's child but those that people, pushes and ECS start.
    machines = len(of("StepFunctions::StateMachine"))
    assert len(of("StepFunctions::StateMachineVersion")) == machines - len({"deploy", "run"})
    for version in published.values():
        assert version["DeletionPolicy"] == version["UpdateReplacePolicy"] == "Retain"


def test_states_call_versions_of_functions_and_of_children(of):
    versions = {*of("Lambda::Version"), *of("StepFunctions::StateMachineVersion")}
    others = {"Applications", "Bus", "Environment", "Evidence", "Ledger", "Parameters", "Topic"}
    for machine in definitions(of).values():
        for name, value in machine["DefinitionSubstitutions"].items():
            called = value.get("Ref") or value["Fn::GetAtt"][0] if isinstance(value, dict) else None
            assert name in others or called in versions


def test_a_new_definition_is_a_new_version_of_a_child(of):
    for version in properties(of("StepFunctions::StateMachineVersion")):
        machine = version["StateMachineArn"]["Ref"]
        assert version["StateMachineRevisionId"]["Fn::GetAtt"] == [
            machine,
            "StateMachineRevisionId",
        ]


def test_machines_log_everything_but_data_and_are_traced(of):
    for machine in definitions(of).values():
        logging = machine["LoggingConfiguration"]
        assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
        assert machine["TracingConfiguration"] == {"Enabled": True}


def test_only_wake_is_express(of):
    kinds = {name: machine["StateMachineType"] for name, machine in definitions(of).items()}
    express = [name for name, kind in kinds.items() if kind == "EXPRESS"]
    assert express == ["pilothouse-production-wake"]


def test_every_log_has_an_end(of):
    assert len(of("Logs::LogGroup")) == len(READS) + len(definitions(of))
    assert {log["RetentionInDays"] for log in properties(of("Logs::LogGroup"))} == {90}


def test_the_ledger_outlives_the_stack(of):
    (table,) = of("DynamoDB::Table").values()
    assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
    ledger = table["Properties"]
    assert ledger["DeletionProtectionEnabled"]
    assert ledger["BillingMode"] == "PAY_PER_REQUEST"
    assert ledger["SSESpecification"] == {"SSEEnabled": True}
    assert ledger["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert ledger["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    assert [key["AttributeName"] for key in ledger["KeySchema"]] == ["pk", "sk"]


def test_a_topic_key_of_our_own_admits_alarms_and_events(of):
    (key,) = properties(of("KMS::Key"))
    (topic,) = properties(of("SNS::Topic"))
    assert topic["KmsMasterKeyId"]["Fn::GetAtt"][0] in of("KMS::Key")
    assert key["EnableKeyRotation"]
    (topic_policy,) = properties(of("SNS::TopicPolicy"))
    ours = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    for document in (key["KeyPolicy"], topic_policy["PolicyDocument"]):
        admitted = {
            each["Principal"]["Service"]: each.get("Condition")
            for each in document["Statement"]
            if "Service" in each["Principal"]
        }
        # EventBridge sends no account and no source with its request to the key.
        assert admitted == {"cloudwatch.amazonaws.com": ours, "events.amazonaws.com": None}


def test_every_rule_retries_for_a_day_and_keeps_what_it_cannot_deliver(of):
    queues = of("SQS::Queue")
    for rule in properties(of("Events::Rule")):
        for target in rule["Targets"]:
            retry = target["RetryPolicy"]
            assert retry == {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185}
            assert target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0] in queues


def test_dead_letters_are_sealed_and_kept_for_two_weeks(of):
    (queue,) = properties(of("SQS::Queue"))
    assert queue == {"MessageRetentionPeriod": 1_209_600, "SqsManagedSseEnabled": True}
    (policy,) = properties(of("SQS::QueuePolicy"))
    deny, allow = policy["PolicyDocument"]["Statement"]
    assert (deny["Effect"], deny["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )
    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert set(allow["Condition"]) == {"ArnLike", "StringEquals"}


def rules_of(of, application, start):
    for rule in properties(of("Events::Rule")):
        (target,) = rule["Targets"]
        given = target.get("Input") or target.get("InputTransformer", {}).get("InputTemplate", "")
        if given.startswith(f'{{"application":"{application}"{start}'):
            yield rule["EventPattern"], target


def test_a_push_starts_deploy_with_what_was_pushed(of):
    ((pattern, target),) = rules_of(of, "orders", ',"push"')
    assert target["Arn"]["Ref"].startswith("WorkflowsDeploy")
    assert target["InputTransformer"] == {
        "InputPathsMap": {
            "event": "$.id",
            "time": "$.time",
            "repository": "$.detail.repository-name",
            "digest": "$.detail.image-digest",
            "tag": "$.detail.image-tag",
        },
        "InputTemplate": '{"application":"orders","push":{"event":<event>,"time":<time>,'
        '"repository":<repository>,"digest":<digest>,"tag":<tag>}}',
    }
    assert pattern["detail"]["image-tag"] == [{"prefix": "v"}]


def test_what_happens_to_the_tasks_starts_wake_with_the_application(of):
    ((pattern, target),) = rules_of(of, "orders", "}")
    assert target["Arn"]["Ref"].startswith("WorkflowsWake")
    assert target["Input"] == '{"application":"orders"}'
    assert "orders-" in json.dumps(pattern)


def rules_of_states(of):
    """Return pattern of the detail and target of each rule on the ends of executions."""
    for logical_id, rule in of("Events::Rule").items():
        about = rule["Properties"]
        if about["EventPattern"]["source"] == ["aws.states"]:
            (target,) = about["Targets"]
            yield logical_id, about["EventPattern"]["detail"], target


def test_no_rule_tells_people_what_announce_tells_them(of):
    sources = {each["EventPattern"]["source"][0] for each in properties(of("Events::Rule"))}
    assert sources == {"aws.ecr", "aws.ecs", "aws.states", "aws.cloudwatch"} & sources


def test_what_dies_is_concluded_and_so_is_what_dies_while_it_does_that(of):
    found = {
        logical_id: (detail, target)
        for logical_id, detail, target in rules_of_states(of)
        if target["Arn"]["Ref"].startswith("WorkflowsConclude")
    }
    (killed,) = [detail for each, (detail, _) in found.items() if "Killed" in each]
    (broken,) = [detail for each, (detail, _) in found.items() if "Broken" in each]
    assert killed["status"] == ["ABORTED", "TIMED_OUT"]
    assert [each["Ref"][:15] for each in killed["stateMachineArn"]] == [
        "WorkflowsDeploy",
        "WorkflowsConclu",
    ]
    # The conclusion that `deploy` waits for is its own business.
    assert killed["name"] == [{"anything-but": {"prefix": CHILD}}]
    assert broken["status"] == ["FAILED"]
    assert broken["error"] == [{"anything-but": list(CONCLUDED)}, {"exists": False}]
    assert [each["Ref"][:15] for each in broken["stateMachineArn"]] == ["WorkflowsDeploy"]
    for _, target in found.values():
        assert target["InputTransformer"] == {
            "InputPathsMap": {"execution": "$.detail.executionArn"},
            "InputTemplate": '{"abandoned":{"execution":<execution>}}',
        }


def test_a_person_is_called_for_what_nobody_could_conclude(of):
    ((detail, target),) = [
        (detail, target)
        for _, detail, target in rules_of_states(of)
        if target["Arn"]["Ref"] in of("SNS::Topic")
    ]
    assert detail["status"] == ["FAILED"]
    assert detail["name"] == [{"anything-but": {"prefix": CHILD}}]
    assert [each["Ref"][:17] for each in detail["stateMachineArn"]] == ["WorkflowsConclude"]
    assert target["InputTransformer"]["InputTemplate"].startswith('"Look now: ')


def test_every_fail_state_of_deploy_is_a_fault_or_comes_after_the_conclusion():
    deploy = json.loads((ROOT / "statemachines/deploy.asl.json").read_text())
    errors = {each["Error"] for each in deploy["States"].values() if each["Type"] == "Fail"}
    assert errors == {*CONCLUDED, "Fault"}


def test_deploy_names_its_conclusion_so_that_rules_tell_it_apart():
    deploy = json.loads((ROOT / "statemachines/deploy.asl.json").read_text())
    assert deploy["States"]["Conclude"]["Arguments"]["Name"].startswith(f"{{% '{CHILD}' & ")


def test_evidence_is_private_and_outlives_the_stack(of):
    (bucket,) = of("S3::Bucket").values()
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    about = bucket["Properties"]
    assert set(about["PublicAccessBlockConfiguration"].values()) == {True}
    assert about["BucketEncryption"]
    (rule,) = about["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] >= 365


def metrics(alarm):
    """Return the metrics of an alarm, those of a sum among them."""
    inner = [
        each["MetricStat"]["Metric"] for each in alarm.get("Metrics", ()) if "MetricStat" in each
    ]
    return inner or [alarm]


@pytest.mark.parametrize(
    ("metric", "machines"),
    [
        ("ExecutionsTimedOut", None),
        ("ExecutionThrottled", None),
        ("ExecutionsFailed", 3),
        ("ApproximateNumberOfMessagesVisible", 1),
    ],
)
def test_alarms_call_a_person_over_the_topic(of, metric, machines):
    alarms = properties(of("CloudWatch::Alarm"))
    found = [each for each in alarms if metrics(each)[0]["MetricName"] == metric]
    watched = {json.dumps(each["Dimensions"]) for alarm in found for each in metrics(alarm)}
    assert len(watched) == (machines or len(of("StepFunctions::StateMachine")))
    for alarm in found:
        assert alarm["AlarmActions"][0]["Ref"] in of("SNS::Topic")
        assert alarm["AlarmDescription"]
        assert (alarm["Threshold"], alarm["TreatMissingData"]) == (0, "notBreaching")


def test_each_application_has_its_document(of, sample):
    parameters = {each["Name"]: each for each in properties(of("SSM::Parameter"))}
    assert set(parameters) == {f"/pilothouse/production/{each.application}" for each in sample}
    for name, parameter in parameters.items():
        assert parameter["Tier"] == "Intelligent-Tiering"
        assert json.loads(parameter["Value"])["application"] == name.rpartition("/")[2]


def test_every_call_that_a_role_may_make_is_one_that_somebody_makes():
    made = set(chain(*READS.values(), *CALLS.values()))
    assert made == {*permissions.RESOURCES, *permissions.ANYWHERE, *permissions.UNSCOPED}


def test_roles_pass_only_the_roles_of_the_catalogue_to_tasks_and_schedules(of, sample):
    named = {f":role/{role}" for each in sample for role in each.roles}
    passing = [each for _, each in statements(of) if "iam:PassRole" in actions(each)]
    assert passing
    for statement in passing:
        ((operator, condition),) = statement["Condition"].items()
        assert operator == "StringEquals"
        assert condition["iam:PassedToService"] in PASSED_TO
        for resource in statement["Resource"]:
            assert any(resource["Fn::Sub"].endswith(name) for name in named)


def test_there_is_no_custom_resource(template):
    for resource in template["Resources"].values():
        assert not resource["Type"].startswith(("Custom::", "AWS::CloudFormation::CustomResource"))


def test_nothing_tells_where_it_was_made(template_path):
    text = template_path.read_text()
    assert str(ROOT) not in text
    assert str(Path.home()) not in text


def test_cfn_lint_finds_nothing(template_path):
    # The CDK says DependsOn where a reference says it already (W3005); and cfn-lint does not know
    # yet that a JSONata state may compute its TimeoutSeconds.
    jsonata_timeout = re.compile(r"'\{%.*%\}' is not of type 'number' at '.*/TimeoutSeconds'")
    found = [
        match
        for match in lint(template_path.read_text())
        if match.rule.id != "W3005" and not jsonata_timeout.match(match.message)
    ]
    assert found == []


@pytest.fixture(scope="module")
def nagged(sample, tmp_path_factory):
    app = new_app(tmp_path_factory.mktemp("nag"))
    return nag.findings(compose(app, sample, environment="production"))


def test_cdk_nag_finds_nothing_that_is_not_meant(nagged):
    assert nag.unexplained(nagged) == []


def test_every_acknowledgement_is_needed_and_says_why(nagged):
    assert nag.unused(nagged) == []
    assert all(len(each.reason) > 20 for each in nag.ACKNOWLEDGED)
