"""What does the README say that happens when? `python -m tests.rehearsal.what_happens` writes it.

Each row is made of what has come of a scenario: nothing of it is written by hand but the order.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from rehearsal.invariants.story import Story
from rehearsal.lambdas import log_to
from rehearsal.scenario.format.actions import Push
from rehearsal.scenario.format.reading import read
from rehearsal.template import ACCOUNT, REGION
from tests.rehearsal.courses import course

ROOT = Path(__file__).parents[2]
SCENARIOS = ROOT / "tests" / "rehearsal" / "scenarios"
BEGIN = "<!-- from the scenarios what-*.yaml: python -m tests.rehearsal.what_happens -->"
END = "<!-- until here -->"

ROWS = (
    "good",
    "crashes",
    "expand-fails",
    "contract-fails",
    "breaking",
    "stopped-by-preflight",
    "no-room",
    "alarm",
    "somebody-else",
    "scaled-to-zero",
    "killed-migrating",
    "killed-rolling",
    "lambda-dies",
    "denied",
    "way-back-fails",
)
HEADS = ("when", "services run", "schedules run", "it ends", "people get", "the next push")
AT_ONCE = "in the ECS console now"
SCHEDULE = "orders-nightly"
PAUSE = 60.0


@dataclass(frozen=True)
class Row:
    when: str
    services: str
    schedules: str
    outcome: str
    told: str
    following: str

    def __str__(self):
        cells = (self.when, self.services, self.schedules, self.outcome, self.told, self.following)
        return f"| {' | '.join(cells)} |"


def row(stem):
    """Play a scenario to its end, then push another image, which is good."""
    path = SCENARIOS / f"what-{stem}.yaml"
    loaded = read(path)
    with course(loaded.applications, loaded.scenario) as made:
        found = made.play(loaded.scenario.timeline)
        (ended,) = found.deployments
        cells = (
            _services(made.invariants.story, found.services),
            _schedules(made.world),
            _outcome(made.world, ended),
            _told(found.mail),
        )
        followed = made.play([Push(at=PAUSE, push="orders:v3")]).deployments[-1]
        assert made.invariants.broken() == [], stem
    when = f"[{loaded.scenario.name}]({path.relative_to(ROOT)})"
    return Row(when, *cells, _following(followed))


def _services(story: Story, found):
    touched = {
        each.arguments["service"]
        for each in story.calls.named("ecs:UpdateService")
        if each.answer is not None
    }
    named = {name: _image(story.world, name) for name in found}
    stand = {
        name.partition("/")[2]: _service(each, named[name], name.replace("/", "-") in touched)
        for name, each in found.items()
    }
    if len(set(stand.values())) == 1:
        return next(iter(stand.values()))
    return "; ".join(f"{key}: {word}" for key, word in stand.items())


def _service(found, named, touched):
    """Say in words what a service runs, and what it is set to."""
    if not touched:
        return "the image before, untouched"
    if named == "v2":
        words = {("v2",): "it", (): "nothing, set to it"}
        return words.get(tuple(found["runs"]), "the image before, set to it")
    return "the image before, again" if named == "v1" else "what somebody else deployed"


def _image(world, name):
    """Return the tag of the image that a service is set to."""
    service = world.service(*name.split("/"))
    return _tag(world, service["taskDefinition"])


def _tag(world, definition):
    definitions = world.scheduler.region(ACCOUNT, REGION).definitions
    image = definitions.find(definition).containers[0]["image"]
    tags = ("v1", "v2")
    return next((each for each in tags if image.endswith((_digest(world, each), f":{each}"))), "")


def _digest(world, tag):
    return world.digest("orders", tag)


def _schedules(world):
    """Return what a schedule would run now, by the image that its target's revision names."""
    ((_, target),) = world.schedules.targets(SCHEDULE)
    tag = _tag(world, target["EcsParameters"]["TaskDefinitionArn"])
    return {"v1": "the image before", "v2": "it"}[tag]


def _outcome(world, ended):
    reason = (ended["reason"] or {}).get("code")
    record = world.item("orders", f"deployment#{int(ended['number']):06d}")
    standing = record.get("condition")
    if standing:
        return f"`{ended['outcome']}`, and `{standing}` stands"
    more = f" (`{reason}`)" if reason not in (None, ended["outcome"]) else ""
    return f"`{ended['outcome']}`{more}"


def _told(mail):
    count = "a mail" if len(mail) == 1 else f"{len(mail)} mails"
    return f"{count}: look at once" if any(AT_ONCE in each for each in mail) else count


def _following(ended):
    words = {"Promoted": "deploys", "Rejected": "is held"}
    return words.get(ended["outcome"], f"ends `{ended['outcome']}`")


def table(rows):
    rule = "|".join("---" for _ in HEADS)
    return "\n".join([f"| {' | '.join(HEADS)} |", f"|{rule}|", *map(str, rows)])


def told_in(text):
    """Return the table as it stands in the README."""
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def written(text, rows):
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{table(rows)}\n{END}{rest.partition(END)[2]}"


def main():
    log_to(sys.stderr)
    readme = ROOT / "README.md"
    readme.write_text(written(readme.read_text(), [row(each) for each in ROWS]))


if __name__ == "__main__":
    main()
