"""Which parts did the looks at a deployment leave in the bucket?"""

import json
from typing import TYPE_CHECKING, Any

from functions.aws.failures import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MOST = 200
"""So many parts are read, the newest: a look leaves one only where something is new."""


def parts(client: "S3Client", bucket: str, prefix: str) -> list[dict[str, Any]]:
    """Read the parts under a prefix such as `orders/000042/`, the oldest first.

    What is missing of them is told in a part of its own, with a `note`: one that cannot be read,
    and how many older ones there are. That they cannot be listed raises as botocore does.
    """
    keys = _keys(client, bucket, prefix)
    found = [_part(client, bucket, key) for key in keys[-MOST:]]
    older = len(keys) - MOST
    note = {"note": f"{older} older parts are not in here, but in {prefix}"}
    return [note, *found] if older > 0 else found


def _keys(client: "S3Client", bucket: str, prefix: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    listed = [each for page in pages for each in page.get("Contents", [])]
    return [each["Key"] for each in sorted(listed, key=lambda at: (at["LastModified"], at["Key"]))]


def _part(client: "S3Client", bucket: str, key: str) -> dict[str, Any]:
    try:
        answer = client.get_object(Bucket=bucket, Key=key)
        found = json.loads(answer["Body"].read())
    except ValueError:
        return {"note": f"{key} is no JSON"}
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        return {"note": f"{key} could not be read: {known}"}
    return found if isinstance(found, dict) else {"note": f"{key} is no part"}
