"""What happened in a rehearsal, seen from inside and not from the bus, which may lose events?"""

from rehearsal.recording.recording import Recording

__all__ = ["Recording"]
