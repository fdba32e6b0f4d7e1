"""What does `make demo` do? It picks a stage, has the story told on it, and says how that went."""

import argparse
import math
import os
import signal
import sys
from collections.abc import Sequence

from rehearsal.demo.plain import Plain
from rehearsal.demo.stage import Stage

INTERRUPTED = 130
DUMB = {"", "dumb", "unknown"}


class Interrupt:
    """Ctrl-C, remembered: out of an import or the CDK it may come as some other exception."""

    def __init__(self) -> None:
        self.came = False
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._come)

    def _come(self, number: int, frame: object) -> None:
        self.came = True
        raise KeyboardInterrupt

    def obey(self) -> int:
        """Die of the signal, as shells expect it, and before the CDK's Node has a last word."""
        sys.stdout.flush()
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Return 0 if the services run in the end what the ledger says."""
    asked = _parser().parse_args(arguments)
    interrupt = Interrupt()
    try:
        with _stage(asked.speed) as stage:
            return _tell(stage)
    except BrokenPipeError:
        # Whoever read along has gone; Python's own last flush must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BaseException:
        if not interrupt.came:
            raise
        return interrupt.obey()


def _tell(stage: Stage) -> int:
    stage.say("Synthesizing the template and starting the embedded AWS ...", "dim")
    # Imported here: the line above is on the screen while boto3 and moto load.
    from infra.catalogue import CatalogueError
    from rehearsal.demo.story import tell

    try:
        return tell(stage)
    except CatalogueError as error:
        stage.say(str(error), "bad")
        return 1


def _stage(speed: float) -> Stage:
    """Colour and motion for those who can see them, and plain lines for everybody else."""
    out = sys.stdout
    able = out.encoding.lower().startswith("utf") and os.environ.get("TERM", "") not in DUMB
    if not (out.isatty() and able) or os.environ.get("NO_COLOR"):
        return Plain(out)
    from rehearsal.demo.screen import Screen

    return Screen(speed=speed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make demo",
        description="Watch a good release, a bad one and a rollback, on an embedded AWS.",
    )
    parser.add_argument(
        "--speed", type=_speed, default=1.0, metavar="N", help="N times as fast as 10 seconds"
    )
    return parser


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < math.inf:
        raise argparse.ArgumentTypeError(f'"{text}" is no speed: give a number above 0, like 4')
    return speed


if __name__ == "__main__":
    sys.exit(main())
