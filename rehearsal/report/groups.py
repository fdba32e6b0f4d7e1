"""Which results are of one scenario under several seeds, and what is told of them together?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rehearsal.report.scene import Scene
from rehearsal.report.words import count, listed, sentence, span, spoken, stopped, tag

MOST_LINES = 200
MOST_SEEDS = 12


@dataclass(frozen=True, slots=True)
class Group:
    """All results of one scenario, in the order of the results."""

    scenes: tuple[Scene, ...]

    @property
    def name(self) -> str:
        return self.scenes[0].name

    @property
    def failed(self) -> list[Scene]:
        return [each for each in self.scenes if not each.passed]

    @property
    def good(self) -> list[Scene]:
        return [each for each in self.scenes if each.passed]

    @property
    def drawn(self) -> list[Scene]:
        """Return those to be drawn in full: the first that failed and the first that passed."""
        return [*self.failed[:1], *self.good[:1]]

    @property
    def told(self) -> str:
        """Return `3 of 3 failed`; nothing where there is only one."""
        if len(self.scenes) == 1:
            return ""
        total, failed = len(self.scenes), len(self.failed)
        return f"{failed} of {total} failed" if failed else f"all {total} passed"

    @property
    def seeds(self) -> str:
        """Return `failed: 1, 2; passed: 3`, or the only seed."""
        if len(self.scenes) == 1:
            return _seeds(self.scenes)
        parts = ("failed", self.failed), ("passed", self.good)
        return "; ".join(f"{word}: {_seeds(scenes)}" for word, scenes in parts if scenes)

    @property
    def lasted(self) -> str:
        ends = [each.end for each in self.scenes]
        least, most = span(min(ends)), span(max(ends))
        return least if least == most else f"{least} to {most}"

    def others(self) -> str:
        """Return the seeds that are not drawn, folded, with what came of each in one line."""
        left = [each for each in self.scenes if each not in self.drawn]
        if not left:
            return ""
        items = "".join(tag("li", _line(each, self.drawn)) for each in left[:MOST_LINES])
        if len(left) > MOST_LINES:
            items += tag("li", f"… and {len(left) - MOST_LINES} more")
        title = f"{self.name}: {count(len(left), 'more seed')}, not drawn"
        return tag("details", tag("summary", escape(title)) + tag("ul", items), class_="others")


def groups(scenes: Iterable[Scene]) -> list[Group]:
    """Return the scenarios in the order they are met first."""
    found: dict[tuple[str, str], list[Scene]] = {}
    for each in scenes:
        found.setdefault((str(each.result.get("scenario") or ""), each.name), []).append(each)
    return [Group(tuple(each)) for each in found.values()]


def outcome(scene: Scene) -> str:
    """Return how its deployments ended: `shop v2: RollbackFailed, DeadlineExceeded`."""
    return "; ".join(_ended(each) for each in scene.endings) or "no deployment"


def _ended(found: Mapping[str, Any]) -> str:
    reason = found.get("reason")
    code = reason.get("code") if isinstance(reason, Mapping) else reason
    image = found.get("image_tag") or found.get("image") or found.get("asked") or ""
    ended = f"{found.get('application')} {image}: {found.get('outcome') or 'still open'}"
    return ended + (f", {code}" if code else "")


def _line(scene: Scene, drawn: Sequence[Scene]) -> str:
    word = "✓ passed" if scene.passed else "✕ failed"
    like = next((each for each in drawn if each.passed == scene.passed), None)
    same = like is not None and _compared(like) == _compared(scene)
    if same and like is not None:
        said = f"as seed {like.result.get('seed')}: {outcome(scene)}"
    else:
        said = outcome(scene) + "".join(f" · {each}" for each in _wrong(scene)[:2])
    text = f"seed {scene.result.get('seed')}: {word}, {said}, {span(scene.end)}"
    return escape(stopped(spoken(text)))


def _compared(scene: Scene) -> tuple[str, int]:
    return outcome(scene), len(_wrong(scene))


def _wrong(scene: Scene) -> list[str]:
    return [sentence(each) for each in scene.result.get("failures") or ()]


def _seeds(scenes: Sequence[Scene]) -> str:
    return listed((str(each.result.get("seed")) for each in scenes), MOST_SEEDS)
