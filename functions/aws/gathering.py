"""What evidence did the parts of a deployment leave, and can it be read?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.aws import evidence
from functions.aws.failures import translated
from functions.domain.ending.ended import Evidence
from functions.domain.evidence.document import merged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True, slots=True)
class Gathered:
    """The parts of a document that is going to be kept as `evidence` says, or is not."""

    evidence: Evidence
    parts: list[Mapping[str, Any]] = field(default_factory=list)

    def document(self, record: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return key and document as the state puts it; None where it could not be kept."""
        if self.evidence.key is None:
            return None
        head = {key: value for key, value in record.items() if key not in ("pk", "sk")}
        return {"key": self.evidence.key, "document": merged(head, self.parts)}


def gather(
    client: "S3Client", bucket: str, application: str, number: int, unkept: str | None
) -> Gathered:
    """Read the parts; what fails here is told in the record and keeps nothing from ending."""
    if unkept is not None:
        return Gathered(Evidence(problem=f"The evidence could not be kept: {unkept[:300]}"))
    place = f"{application}/{number:06d}"
    try:
        parts = evidence.parts(client, bucket, f"{place}/")
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        said = f"The evidence of its steps could not be read: {known}"
        return Gathered(Evidence(f"{place}.json", said))
    return Gathered(Evidence(f"{place}.json"), list(parts))
