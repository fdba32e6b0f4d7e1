"""How do the lines of a container come into CloudWatch Logs?

Straight into moto's: through its API every line would cost as much as a whole task.
"""

from moto.logs.models import logs_backends

from rehearsal.ecs.world import LogLine


def write(line: LogLine) -> None:
    """Write each line of the text as an event of its own; group and stream come to be with it."""
    backend = logs_backends[line.account][line.region]
    backend.ensure_log_group(line.group)
    backend.ensure_log_stream(line.group, line.stream)
    at = int(line.at.timestamp() * 1000)
    texts = [each for each in line.text.splitlines() if each]
    backend.put_log_events(
        line.group, line.stream, [{"timestamp": at, "message": each} for each in texts]
    )
