"""What ECS answers when it refuses a call."""


class RefusedError(Exception):
    """`code` is the name of the AWS error; `details` are further members of its shape."""

    def __init__(self, code: str, message: str, **details: object) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.details = details


def invalid(message: str) -> RefusedError:
    return RefusedError("InvalidParameterException", message)


def client(message: str) -> RefusedError:
    return RefusedError("ClientException", message)


def no_service() -> RefusedError:
    return RefusedError("ServiceNotFoundException", "Service not found.")


def no_service_deployment() -> RefusedError:
    message = "The service deployment does not exist."
    return RefusedError("ServiceDeploymentNotFoundException", message)


class UninvokableError(Exception):
    """There is no such function, or it must not be called: the message says which."""


def no_cluster() -> RefusedError:
    return RefusedError("ClusterNotFoundException", "Cluster not found.")
