"""What does ecs-deploy say of a deployment, run as people run it?"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import ClassVar

from ecs_deploy import cli, ecs

from rehearsal.bench.peers.rows import NAME
from rehearsal.bench.peers.word import Said, Word
from rehearsal.scenario.stage.called import named
from rehearsal.scenario.stage.preparing import Prepared

WORDS = {
    "Deployment successful": Word.SUCCESS,
    "Deployment failed": Word.FAILURE,
    "Deployment Failed!": Word.FAILURE,
}
"""How the line begins that is its verdict; what it does after it does not change it."""


class EcsDeploy:
    """`ecs deploy <cluster> <service> -t v2 --rollback`, with the defaults of everything else."""

    title: ClassVar = "ecs-deploy 1.17.0"
    breaker: ClassVar = True

    def __init__(self, prepared: Prepared) -> None:
        self.said: Said | None = None
        self.lines: list[str] = []
        self.exit_code: int | None = None
        self._world = prepared.world

    def start(self) -> None:
        application, service = named(self._world, NAME)
        asked = [application.cluster, service.service, "--tag", "v2", "--rollback"]
        try:
            with _replaced(ecs, self._in_ecs()), _replaced(cli, self._in_cli()):
                cli.deploy.main(asked, prog_name="ecs deploy", standalone_mode=False)
            self.exit_code = 0
        except SystemExit as end:
            self.exit_code = int(end.code or 0)
        if self.said is None:
            word = Word.FAILURE if self.exit_code else Word.SUCCESS
            self.said = Said(word, self._world.clock.seconds, self.lines[-1])

    def _in_cli(self) -> Mapping[str, object]:
        """Return what reaches outside: its clock, its screen and its end."""
        screen = SimpleNamespace(secho=self._print)
        return {"sleep": self._world.clock.sleep, "click": screen, "exit": sys.exit}

    def _in_ecs(self) -> Mapping[str, object]:
        return {
            "Session": lambda **_: self._world.sdk.session,
            "logger": SimpleNamespace(warning=self._print),
        }

    def _print(self, text: str = "", **_: object) -> None:
        for line in filter(None, map(str.strip, text.splitlines())):
            self.lines.append(line)
            word = next((each for begin, each in WORDS.items() if line.startswith(begin)), None)
            if self.said is None and word is not None:
                self.said = Said(word, self._world.clock.seconds, line)


class UnarmedEcsDeploy(EcsDeploy):
    """The same where the circuit breaker is off, so that ECS never goes back by itself."""

    title: ClassVar = f"{EcsDeploy.title}, breaker off"
    breaker: ClassVar = False


@contextmanager
def _replaced(module: ModuleType, names: Mapping[str, object]) -> Iterator[None]:
    """Let a module find something else by these names."""
    missing = object()
    before = {name: module.__dict__.get(name, missing) for name in names}
    module.__dict__.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is missing:
                del module.__dict__[name]
            else:
                module.__dict__[name] = value
