"""What is announced, and under which id?"""

import hashlib

from functions.domain.admission import Admission
from functions.domain.closing import End, reason_document
from functions.domain.ledger import Opening
from functions.domain.plan import Plan


def announcement(
    opening: Opening, admission: Admission, plan: Plan | None, end: End
) -> dict[str, object]:
    """Return the detail of the event; the id is the same however often it is announced."""
    release = plan.release if plan else None
    return {
        "announcement": f"{opening.application}#{opening.number}/{end.outcome.value}",
        "application": opening.application,
        "deployment": opening.number,
        "release": release.number if release else None,
        "image_tag": admission.image.tag if admission.image else None,
        "digest": admission.image.digest if admission.image else None,
        "by": opening.request.by.value,
        "outcome": end.outcome.value,
        "phase": end.phase,
        "message": end.message,
        "reason": reason_document(end.reason),
        "execution": opening.owner,
    }


def token(opening: Opening, end: End) -> str:
    """Return the client request token under which the record is closed once (36 at most)."""
    reason = end.reason.code.value if end.reason else ""
    said = f"{opening.owner}/{opening.number}/{end.outcome.value}/{reason}"
    return hashlib.sha256(said.encode()).hexdigest()[:36]
