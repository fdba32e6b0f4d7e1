"""What is an EC2 Auto Scaling group, as far as headroom in it goes?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Host:
    """An instance of a group; `arn` is that of its container instance, empty where it has none.

    `usable` says that ECS places tasks on it; `tasks` are those that run there or are to.
    """

    id: str
    zone: str
    arn: str = ""
    usable: bool = False
    draining: bool = False
    tasks: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """`hosts` are its instances in service.

    `launches` is false while its process Launch is suspended, `weighted` where its numbers are
    weights and not instances.
    """

    name: str
    least: int
    most: int
    desired: int
    hosts: tuple[Host, ...] = ()
    launches: bool = True
    weighted: bool = False

    @property
    def usable(self) -> int:
        return sum(host.usable for host in self.hosts)

    def host(self, name: str) -> Host | None:
        """Return an instance in service by its id."""
        return next((host for host in self.hosts if host.id == name), None)
