"""What would happen? `python -m rehearsal SCENARIO…` says it, before production does."""

import sys

from rehearsal import classify

STOPPED = 130


def run() -> int:
    try:
        if classify.asked(sys.argv[1:]):
            return classify.main(sys.argv[1:])
        # Imported here: who interrupts while moto loads shall read no traceback either.
        from rehearsal.scenario.command import main

        return main()
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return STOPPED


if __name__ == "__main__":
    sys.exit(run())
