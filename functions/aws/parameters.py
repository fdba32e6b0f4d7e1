"""What do the parameters say: of an application, and of the image that it runs?"""

from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from functions.domain.catalogue import Application

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


def application(client: "SSMClient", prefix: str, name: str) -> Application | None:
    """Read what the catalogue says of an application; None where it is not in it any more."""
    text = _value(client, f"{prefix}{name}")
    return None if text is None else TypeAdapter(Application).validate_json(text)


def image(client: "SSMClient", prefix: str, name: str) -> str | None:
    """Read the image that is published as running; None where none is yet."""
    return _value(client, image_name(prefix, name))


def image_name(prefix: str, name: str) -> str:
    """Return under which name the image is published: below that of the application itself."""
    return f"{prefix}{name}/image"


def _value(client: "SSMClient", name: str) -> str | None:
    try:
        return client.get_parameter(Name=name)["Parameter"]["Value"]
    except client.exceptions.ParameterNotFound:
        return None
