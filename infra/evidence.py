"""Where is kept what was seen of each deployment?"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_s3 as s3
from constructs import Construct

KEPT_DAYS = 400
"""A year and a month, so that a release can still be compared with one of the same season.

The parts of looks go with their document: a rule goes by the beginning of a key, which they share,
and they are small (at most 60 KiB, and one only where a look found something new).
"""


class Evidence(Construct):
    """A private bucket that outlives the stack.

    `<application>/<000042>.json` is the document of a deployment, `<application>/<000042>/` holds
    the parts that it is made of.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            enforce_ssl=True,
            # The key of S3: who may read the bucket may read it, without being granted a key too;
            # what is in it is redacted, and nobody outside the account ever reads it.
            encryption=s3.BucketEncryption.S3_MANAGED,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            # Nothing is written twice: each look has a key of its own.
            versioned=False,
            lifecycle_rules=[s3.LifecycleRule(id="Expire", expiration=Duration.days(KEPT_DAYS))],
            removal_policy=RemovalPolicy.RETAIN,
        )
