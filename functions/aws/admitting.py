"""May this request become a deployment, given what the registry and the ledger know of it?"""

from functions.aws import clients, ledger, registry
from functions.domain.admission import Admission, Found, admit
from functions.domain.catalogue import Application
from functions.domain.image import left_out
from functions.domain.request import Request


def admitted(application: Application, table: str, request: Request) -> Admission:
    return admit(request, application, _found(application, table, request), left_out)


def _found(application: Application, table: str, request: Request) -> Found:
    if request.image is None:
        return Found()
    image = registry.find(clients.ecr(), application.repository, request.image)
    if isinstance(image, str):
        return Found(problem=image)
    name = application.application
    return Found(
        image=image,
        bad=ledger.why_bad(clients.dynamodb(), table, name, image.digest),
        hold=ledger.hold(clients.dynamodb(), table, name),
    )
