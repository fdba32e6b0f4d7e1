"""Which releases are compared, and what is really so of each?"""

from dataclasses import dataclass, field
from functools import partial
from typing import Any

from functions.domain.catalogue import Application
from functions.domain.parsing import parse
from rehearsal.bench.peers.word import Word
from rehearsal.scenario.format.reading import SCENARIOS, Loaded

Document = dict[str, Any]

NAME = "orders/web"
ALARM = "orders-5xx"
APPLICATION = {
    "application": "orders",
    "repository": "orders",
    "cluster": "production",
    "services": {"web": {"bake": {"alarms": [ALARM]}}},
}


@dataclass(frozen=True, slots=True)
class Row:
    """`truth` is what is so, in one sentence, and `right` what a tool should say of v2.

    The others are parts of a scenario: what v2 does, how the service differs from one of `desired`
    tasks behind a load balancer, what its cluster is, and what happens after UpdateService.
    """

    truth: str
    right: Word
    image: Document = field(default_factory=dict)
    desired: int = 4
    service: Document = field(default_factory=dict)
    cluster: Document = field(default_factory=dict)
    timeline: tuple[Document, ...] = ()

    def loaded(self, *, breaker: bool) -> Loaded:
        """Return the scenario: all that is so, but for who deploys v2."""
        application = parse(APPLICATION)
        assert isinstance(application, Application)
        service = {
            "desired": self.desired,
            "load_balancer": {},
            "circuit_breaker": {"enable": breaker, "rollback": breaker},
            **self.service,
        }
        world = {
            "clusters": {"production": self.cluster},
            "images": {"orders": {"v1": {}, "v2": self.image, "v3": {}}},
            "services": {NAME: service},
        }
        document = {
            "name": self.truth,
            "catalogue": [APPLICATION],
            "world": world,
            "timeline": list(self.timeline),
        }
        return Loaded(__file__, SCENARIOS.validate_python(document), (application,))


bad = partial(Row, right=Word.FAILURE)
good = partial(Row, right=Word.SUCCESS)


def _room(at: str, **room: object) -> Document:
    return {"at": at, "capacity": {"cluster": "production", **room}}


CRASH = {"exits_after": "3s", "log": "KeyError: 'DATABASE_URL'"}

ROWS = (
    bad("v2 crashes at its start; 1 task", image=CRASH, desired=1),
    bad("v2 crashes at its start; 2 tasks", image=CRASH, desired=2),
    bad("v2 crashes at its start; 4 tasks", image=CRASH),
    bad(
        "v2 crashes at its start; 10 tasks, rolled one by one",
        image=CRASH,
        desired=10,
        service={"maximum_percent": 110},
    ),
    bad("v2 crashes at its start; 50 tasks", image=CRASH, desired=50),
    bad("v2 ends at once with exit code 0", image={"exits_after": "3s", "exit_code": 0}, desired=2),
    bad(
        "the image of v2 is deleted as it is deployed",
        desired=2,
        timeline=({"at": "0s", "delete_image": "orders:v2"},),
    ),
    bad("v2 is built for arm64, the service is not", image={"platform": "arm64"}, desired=2),
    bad("v2 needs a secret that is not there", image={"pull_error": "secret"}, desired=2),
    bad("v2 never answers its load balancer", image={"healthy_after": "never"}),
    bad("v2 is healthy, and crashes 2 min later, each time", image={"exits_after": "2m"}),
    bad(
        "half of the tasks of v2 crash, 45 s after their start; 10 tasks",
        image={"exits_after": "45s", "fails": {"share": 0.5}},
        desired=10,
    ),
    bad("v2 leaks, and is killed for its memory after 5 min", image={"oom_after": "5m"}),
    bad(
        "v2 runs, and 4 min later its errors raise an alarm",
        timeline=({"at": "4m", "alarm": ALARM, "state": "ALARM"},),
    ),
    bad(
        "v2 works; 100 % minimum and maximum never let it start",
        desired=1,
        service={"minimum_healthy_percent": 100, "maximum_percent": 100},
    ),
    Row(
        "v2 works; a colleague deploys v3 after 40 s",
        Word.REPLACED,
        timeline=(
            {"at": "0s", "push": "orders:v3", "event": False},
            {"at": "40s", "foreign": {"cloudformation_deploy": NAME, "image": "v3"}},
        ),
    ),
    good("v2 works; 4 tasks"),
    good("v2 works; 120 tasks", desired=120),
    good(
        "v2 works, and takes 4 min to start, within its grace period",
        image={"healthy_after": "4m"},
        service={"grace_period": "5m"},
    ),
    good(
        "v2 works; Fargate has no room for 4 min",
        timeline=(_room("0s", refuse="RESOURCE:FARGATE"), _room("4m", restore=True)),
    ),
    good(
        "v2 works; Spot takes all tasks away for 5 min",
        cluster={"capacity": "fargate_spot"},
        timeline=(
            {"at": "45s", "lose": {"cluster": "production", "spot": True}},
            _room("6m", restore=True),
        ),
    ),
    good(
        "v2 works; an instance with tasks on it is lost",
        cluster={"capacity": "ec2", "instances": 4, "cpu": 4096, "memory": "8GiB", "zones": 2},
        timeline=({"at": "45s", "lose": {"cluster": "production", "instance": 1}},),
    ),
)
