"""What does a person see of a rehearsal? One HTML page, made of the JSON of its scenarios."""

from rehearsal.report.page import page

__all__ = ["page"]
