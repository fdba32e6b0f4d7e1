"""What has a deployment left behind whose execution is dead?"""

from typing import TYPE_CHECKING

from functions.aws import ledger
from functions.domain.ending.abandoned import Found
from functions.domain.opening import Opening
from functions.domain.writes import claim_key, news_key, push_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def find(client: "DynamoDBClient", table: str, opening: Opening) -> Found:
    """Read its record, what it had still to tell, its claim, and who decided on its push.

    `opening.owner` is the ARN of the execution; its number is not known yet.
    """
    application, owner = opening.application, opening.owner
    records = ledger.records(client, table, application)
    record = next((each for each in records if each["owner"] == owner), None)
    news = ledger.read(client, table, news_key(application, record["number"])) if record else None
    claim = ledger.read(client, table, claim_key(application)) or {}
    return Found(
        record=record,
        news=news and {key: news[key] for key in ("news", "subject", "text")},
        fence=claim["fence"] if claim.get("owner") == owner else None,
        decided=_decided(client, table, opening),
    )


def _decided(client: "DynamoDBClient", table: str, opening: Opening) -> bool:
    push = opening.request.push
    if push is None:
        return False
    decision = ledger.read(client, table, push_key(opening.application, push.digest, push.tag))
    if decision is None:
        return False
    return bool(decision["event"] == push.event and decision["owner"] != opening.owner)
