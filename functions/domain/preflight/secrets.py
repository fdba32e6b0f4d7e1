"""Are the secrets and parameters there that the base task definitions name?

Only that they are there: values are never read, so a JSON key inside a secret may still be missing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from functions.domain.known import Facts
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.naming import credentials, secrets
from functions.domain.preflight.sight import Seen, Sight, Unread, listed, unknown

CHECK = "secrets"
ASM = "/aws/reference/secretsmanager/"
"""Parameters of such a name stand for a secret of Secrets Manager."""
PUBLIC = "/aws/"
"""Parameters of such a name are those of AWS itself, which it does not list."""


class Kind(StrEnum):
    PARAMETER = "parameter"
    SECRET = "secret"  # noqa: S105  a kind, no password


@dataclass(frozen=True, slots=True)
class Reference:
    """What is to be asked for: any of the `names`; region and account are empty for our own.

    The ARN of a parameter does not tell `db` from `/db`.
    """

    kind: Kind
    names: tuple[str, ...]
    region: str = ""
    account: str = ""

    @property
    def public(self) -> bool:
        return self.kind is Kind.PARAMETER and self.names[0].startswith(PUBLIC)


def references(facts: Mapping[str, Facts]) -> dict[str, Reference]:
    """Return what to ask for, by how the task definitions write it."""
    injected = {each: reference(each) for each in secrets(facts)}
    return injected | {each: reference(each, Kind.SECRET) for each in credentials(facts)}


def reference(text: str, bare: Kind = Kind.PARAMETER) -> Reference:
    """Read an ARN or a name; `bare` is what a name without an ARN means (API: Secret.valueFrom)."""
    parts = text.split(":")
    if parts[0] != "arn" or len(parts) < 6:
        return (
            _named(text.partition(":")[0]) if bare is Kind.PARAMETER else Reference(bare, (text,))
        )
    region, account = parts[3], parts[4]
    if parts[2] == "secretsmanager":
        # Behind the name stand the JSON key, the stage and the id of a version.
        return Reference(Kind.SECRET, (":".join(parts[:7]),), region, account)
    name = parts[5].removeprefix("parameter/")
    either = (f"/{name}",) if "/" in name else (name, f"/{name}")
    found = _named(either[0])
    names = found.names if found.kind is Kind.SECRET else either
    return Reference(found.kind, names, region, account)


def findings(facts: Mapping[str, Facts], seen: Mapping[str, Seen]) -> Iterator[Finding]:
    named = {**secrets(facts), **credentials(facts)}
    bad = tuple(_findings(named, references(facts), seen))
    yield from bad
    if named and not bad:
        many = f"{len(named)} secrets and parameters" if len(named) > 1 else "The one secret"
        said = f"{many} that the task definitions name {'are' if len(named) > 1 else 'is'} there."
        yield Finding(CHECK, Grade.OK, "", said)


def _findings(
    named: Mapping[str, Sequence[str]],
    asked: Mapping[str, Reference],
    seen: Mapping[str, Seen],
) -> Iterator[Finding]:
    for text, by in sorted(named.items()):
        found, kind = seen[text], asked[text].kind
        what = f"the {kind} {text} ({listed(by)})"
        if isinstance(found, Unread):
            yield unknown(CHECK, text, f"Whether {what} is there", found)
        elif found is Sight.MISSING:
            advice = f"Create the {kind}, or correct its name in the task definition."
            message = f"{what[:1].upper()}{what[1:]} does not exist."
            yield Finding(CHECK, Grade.STOP, text, message, advice)
        elif found is Sight.GOING:
            message = (
                f"{what[:1].upper()}{what[1:]} is scheduled for deletion: no task can read it."
            )
            advice = "Restore it (secretsmanager restore-secret), or name another one."
            yield Finding(CHECK, Grade.STOP, text, message, advice)


def _named(name: str) -> Reference:
    if name.startswith(ASM):
        return Reference(Kind.SECRET, (name.removeprefix(ASM),))
    return Reference(Kind.PARAMETER, (name,))
