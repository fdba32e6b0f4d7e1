"""Is what was seen of deployments private, sealed, kept, and then forgotten?"""

import pytest

from infra import permissions
from infra.reach import Reach


@pytest.fixture
def bucket(of):
    (found,) = of("S3::Bucket").values()
    return found


def test_the_bucket_outlives_the_stack(bucket):
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"


def test_nobody_outside_reads_it(bucket):
    properties = bucket["Properties"]
    assert properties["PublicAccessBlockConfiguration"] == dict.fromkeys(
        ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
    )
    ownership = properties["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_it_is_encrypted_and_read_over_tls_only(bucket, of):
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    (policy,) = of("S3::BucketPolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statement["Resource"]) == 2


def test_everything_in_it_has_an_end(bucket):
    (rule,) = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rule == {"ExpirationInDays": 400, "Id": "Expire", "Status": "Enabled"}
    assert "VersioningConfiguration" not in bucket["Properties"]


def test_the_workflows_are_told_its_name(of):
    told = {
        machine["Properties"]["StateMachineName"].rpartition("-")[2]
        for machine in of("StepFunctions::StateMachine").values()
        if machine["Properties"]["DefinitionSubstitutions"].get("Evidence", {}).get("Ref")
        in of("S3::Bucket")
    }
    assert {"roll", "migrate", "bake"} <= told


@pytest.fixture
def reach(sample):
    names = {"environment": "production", "ledger": "l", "topic": "t", "topic_key": "k"}
    return Reach(sample, evidence="arn:aws:s3:::evidence", **names)


@pytest.mark.parametrize(
    ("call", "resources"),
    [
        ("s3:ListBucket", {"arn:aws:s3:::evidence"}),
        ("s3:GetObject", {"arn:aws:s3:::evidence/*"}),
        ("s3:PutObject", {"arn:aws:s3:::evidence/*"}),
        ("elasticloadbalancing:DescribeTargetHealth", {"*"}),
    ],
)
def test_evidence_is_read_and_kept_in_its_bucket_only(reach, call, resources):
    (grant,) = permissions.grants([call], reach)
    assert set(grant.resources) == resources


def test_logs_are_read_of_the_groups_of_the_catalogue_only(reach, sample):
    (grant,) = permissions.grants(["logs:GetLogEvents"], reach)
    groups = {each.split(":log-group:")[1] for each in grant.resources}
    assert groups == {f"{group}:log-stream:*" for each in sample for group in each.log_groups}


def test_instances_are_read_of_the_clusters_of_the_catalogue_only(reach, sample):
    (grant,) = permissions.grants(["ecs:DescribeContainerInstances"], reach)
    places = {each.split(":container-instance/")[1] for each in grant.resources}
    assert places == {f"{each.cluster}/*" for each in sample}
