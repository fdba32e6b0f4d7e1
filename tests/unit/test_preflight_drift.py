"""What the preflight says of the difference to what runs, of migrations, and of others' hands."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Application, Migration, Migrations
from functions.domain.known import Facts, Known
from functions.domain.migration.ran import Ran, State
from functions.domain.preflight import drift, migrations
from functions.domain.preflight.definitions import Definitions, findings
from functions.domain.preflight.finding import Grade
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.naming import Document
from functions.domain.preflight.notes import notes
from functions.domain.preflight.sight import Unread
from functions.domain.task_definition import BASE, DEPLOYMENT
from tests.factories import (
    NOW,
    a_known,
    a_release,
    a_revision,
    a_service,
    an_application,
    an_image,
    some_facts,
)

DENIED = Unread("ECS answered with AccessDenied.", "ecs:DescribeTaskDefinition")


def a_definition(*containers: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "family": "orders-web",
        "revision": 8,
        "containerDefinitions": list(containers),
        **members,
    }


def an_app(**members: Any) -> dict[str, Any]:
    return {"name": "app", "image": "orders:v1", **members}


def variables(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def web(definition: Document, base: int = 9, runs: int = 12) -> Facts:
    bases = {"base": a_revision("web", base), "runs": a_revision("web", runs)}
    return some_facts("web", definition=definition, **bases)["web"]


def between(runs: Document, base: Document) -> tuple[str, ...]:
    return drift.differences(web(base), runs)


# The difference


@pytest.mark.parametrize(
    ("runs", "base", "line"),
    [
        pytest.param(
            a_definition(an_app(environment=variables(STAGE="staging"))),
            a_definition(an_app(environment=variables(STAGE="production"))),
            "app: environment STAGE: staging → production",
            id="a variable",
        ),
        pytest.param(
            a_definition(an_app()),
            a_definition(an_app(environment=variables(STAGE="production"))),
            "app: environment STAGE: not set → production",
            id="a new variable",
        ),
        pytest.param(
            a_definition(an_app(secrets=[{"name": "DB", "valueFrom": "/orders/db"}])),
            a_definition(an_app()),
            "app: secrets DB: /orders/db → not set",
            id="a secret that goes",
        ),
        pytest.param(
            a_definition(an_app(), cpu="256"),
            a_definition(an_app(), cpu="512"),
            "cpu: 256 → 512",
            id="the size",
        ),
        pytest.param(
            a_definition(an_app(portMappings=[{"containerPort": 80, "hostPort": 80}])),
            a_definition(an_app(portMappings=[{"containerPort": 80, "hostPort": 0}])),
            "app: portMappings 80: 80 → 0",
            id="a port",
        ),
        pytest.param(
            a_definition(an_app(command=["rake", "run"])),
            a_definition(an_app(command=["rake", "serve"], essential=True)),
            "app: command: rake run → rake serve",
            id="a command",
        ),
        pytest.param(
            a_definition(an_app(essential=False)),
            a_definition(an_app(essential=True)),
            "app: essential: false → true",
            id="a switch",
        ),
        pytest.param(
            a_definition(an_app(), {"name": "proxy", "image": "nginx:1"}),
            a_definition(an_app(), {"name": "proxy", "image": "nginx:2"}),
            "proxy: image: nginx:1 → nginx:2",
            id="the image of somebody else",
        ),
        pytest.param(
            a_definition(an_app()),
            a_definition(an_app(), {"name": "proxy"}),
            "proxy: not set → a container",
            id="a container",
        ),
        pytest.param(
            a_definition(an_app(), volumes=[{"name": "data"}]),
            a_definition(an_app()),
            "volumes data: there → not set",
            id="a volume",
        ),
        pytest.param(
            a_definition(an_app(), odd=[{"a": 1}, {"b": 2}]),
            a_definition(an_app(), odd=[{"a": 1}, {"b": 3}]),
            "odd #2: 2 → 3",
            id="entries without a name",
        ),
        pytest.param(
            a_definition(an_app(), runtimePlatform={"cpuArchitecture": "X86_64"}),
            a_definition(an_app(), runtimePlatform={"cpuArchitecture": "ARM64"}),
            "runtimePlatform cpuArchitecture: X86_64 → ARM64",
            id="the platform",
        ),
    ],
)
def test_a_difference_is_a_line_that_people_read(runs: Document, base: Document, line: str) -> None:
    assert line in between(runs, base)


def test_what_is_new_in_every_revision_is_no_difference() -> None:
    runs = a_definition(
        an_app(image="orders@sha256:a", secrets=[]),
        revision=9,
        tags=[{"key": "a"}],
        status="INACTIVE",
    )
    assert between(runs, a_definition(an_app())) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [("DB_PASSWORD", "correct horse"), ("URL", "postgres://orders:correct@db/orders")],
)
def test_what_looks_like_a_secret_is_never_shown(name: str, value: str) -> None:
    (line,) = between(
        a_definition(an_app()), a_definition(an_app(environment=variables(**{name: value})))
    )
    assert "correct" not in line
    assert "***" in line


def test_a_name_that_is_taken_for_a_secret_hides_its_value() -> None:
    (line,) = between(
        a_definition(an_app()),
        a_definition(an_app(environment=variables(**{"AKIA" + "A" * 16: "yes"}))),
    )
    assert line.endswith("not set → ***")


def test_long_values_are_cut() -> None:
    (line,) = between(
        a_definition(an_app()), a_definition(an_app(environment=variables(TEXT="a b " * 40)))
    )
    assert line.endswith("...")
    assert len(line) < 130


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(st.text(max_size=3), max_size=3),
        st.lists(st.dictionaries(st.sampled_from(["name", "value"]), inner), max_size=3),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=10,
)


@given(JSON, JSON)
def test_a_definition_is_never_different_from_itself(one: Any, other: Any) -> None:
    document = a_definition(an_app(one=one), other=other)
    assert between(document, document) == ()


def test_many_differences_are_told_in_short() -> None:
    many = a_definition(an_app(environment=variables(**{f"V{each:02}": "x" for each in range(20)})))
    facts = web(many)
    (finding,) = drift.findings({"web": facts}, {"web": a_definition(an_app())})
    assert (finding.grade, finding.subject) == (Grade.WARN, "web")
    assert finding.message.startswith("web: the base orders-web:9 differs from orders-web:12, ")
    assert finding.message.endswith("app: environment V11: not set → x; and 8 more.")


def test_no_difference_is_ok_and_nothing_to_compare_says_nothing() -> None:
    facts = web(a_definition(an_app()))
    (finding,) = drift.findings({"web": facts}, {"web": a_definition(an_app())})
    assert finding.grade is Grade.OK
    assert list(drift.findings(some_facts("web"), {})) == []


def test_what_cannot_be_read_is_unknown() -> None:
    facts = web(a_definition(an_app()))
    (finding,) = drift.findings({"web": facts}, {"web": DENIED})
    assert finding.grade is Grade.UNKNOWN


# Whose base it is


def known(base: int = 1) -> Known:
    """Return that release #11 is stable: orders-web:11, made of a base."""
    release = a_release(11, "web")
    part = replace(release.parts["web"], base=a_revision("web", base))
    return a_known(replace(release, parts={"web": part}), a_release(10, "web"))


@pytest.mark.parametrize(
    ("facts", "base"),
    [
        pytest.param(web({}, base=9, runs=9), 9, id="the base itself"),
        pytest.param(web({}, runs=11), 3, id="what is stable"),
        pytest.param(web({}, runs=10), 1, id="another release"),
        pytest.param(web({}, runs=7), None, id="what nobody knows"),
    ],
)
def test_the_base_of_what_runs_is_in_the_ledger(facts: Facts, base: int | None) -> None:
    expected = None if base is None else a_revision("web", base)
    assert drift.base_of(facts, known(3)) == expected


def test_without_anything_stable_the_releases_tell() -> None:
    alone = Known({}, (a_release(10, "web"), a_release(9, "worker")))
    assert drift.base_of(web({}, runs=10), alone) == a_revision("web", 1)


@pytest.mark.parametrize(
    ("facts", "read"),
    [
        pytest.param(web({"a": 1}, base=1, runs=11), (), id="of the same base"),
        pytest.param(web({"a": 1}, base=9, runs=11), ("web",), id="of another base"),
        pytest.param(web({"a": 1}, runs=7), ("web",), id="of none that is known"),
        pytest.param(web({}, runs=7), (), id="there is nothing to compare with"),
    ],
)
def test_what_runs_is_read_where_its_base_is_another(facts: Facts, read: tuple[str, ...]) -> None:
    assert drift.to_compare({"web": facts}, known()) == read


# Whose hand it was

SEEN = Definitions(NOW)


def noted(facts: Facts, ledger: Known | None = None, seen: Definitions = SEEN) -> tuple[str, ...]:
    application = an_application(a_service("web"), a_service("worker"))
    return notes(application, {"web": facts}, ledger or known(), seen)


def test_a_base_of_your_own_after_ours_is_noted() -> None:
    (said,) = noted(web({}, base=12, runs=11))
    assert said == (
        "A revision registered by your own tooling after ours (orders-web:12) is the base now."
    )


@pytest.mark.parametrize("base", [1, 9])
def test_a_base_from_before_ours_is_not(base: int) -> None:
    assert noted(web({}, base=base, runs=11)) == ()


def test_a_service_that_runs_a_base_was_switched() -> None:
    (said,) = noted(web({}, base=7, runs=7))
    assert said == (
        "web was switched by hand or by CloudFormation to orders-web:7, which is not the stable "
        "revision."
    )


THEIRS = replace(SEEN, runs={"web": a_definition()})
OF_OURS = replace(
    SEEN, runs={"web": a_definition(tags=[{"key": DEPLOYMENT, "value": "9"}, {"key": BASE}])}
)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        pytest.param(THEIRS, 1, id="without our tags"),
        pytest.param(OF_OURS, 0, id="with our tags"),
        pytest.param(replace(SEEN, runs={"web": DENIED}), 0, id="that could not be read"),
        pytest.param(SEEN, 0, id="that was not read"),
    ],
)
def test_a_revision_that_the_ledger_does_not_know_is_told_by_its_tags(
    seen: Definitions, said: int
) -> None:
    assert len(noted(web({}, base=1, runs=7), seen=seen)) == said


def test_a_release_of_ours_that_failed_and_stayed_is_nobodys_hand() -> None:
    assert noted(web({}, base=1, runs=10), seen=THEIRS) == ()


def test_what_was_adopted_is_the_stable_revision_as_it_is() -> None:
    ledger = known()
    stable = ledger.stables["web"]
    adopted = replace(stable, part=replace(stable.part, base=a_revision("web", 5), revision=None))
    ledger = replace(ledger, stables={"web": adopted})
    assert noted(web({}, base=5, runs=5), ledger) == ()
    assert noted(web({}, base=5, runs=0), ledger) == ()
    assert noted(replace(web({}), base="", runs=""), ledger) == ()


# Migrations


def migrating(
    *, expand: bool = False, breaking: bool = False, contract: bool = False
) -> Application:
    migration = Migration("web", ("rake",), 60)
    return an_application(
        migrations=Migrations(
            replace(migration, breaking=breaking) if expand or breaking else None,
            migration if contract else None,
        )
    )


@pytest.mark.parametrize(
    ("application", "kind", "grade"),
    [
        (migrating(), "none", Grade.OK),
        (migrating(expand=True), "expand", Grade.OK),
        (migrating(breaking=True), "expand, breaking", Grade.WARN),
        (migrating(contract=True), "contract", Grade.OK),
        (migrating(expand=True, contract=True), "expand + contract", Grade.OK),
        (migrating(breaking=True, contract=True), "expand, breaking + contract", Grade.WARN),
    ],
)
def test_migrations_are_of_a_class(application: Application, kind: str, grade: Grade) -> None:
    finding = migrations.finding(application, some_facts("web"), known())
    assert finding.message.startswith(f"Migrations: {kind}. ")
    assert finding.grade is grade


def ran(release: int, started_at: str = "2026-11-21T10:00:00.000Z") -> Ran:
    return Ran(release, "contract", State.PASSED, 1, release, started_at)


@pytest.mark.parametrize(
    ("ledger", "grade"),
    [
        pytest.param(replace(known(), migrations=(ran(12),)), Grade.WARN, id="of a later release"),
        pytest.param(replace(known(), migrations=(ran(11),)), Grade.OK, id="of its own"),
        pytest.param(replace(known(), migrations=(ran(10),)), Grade.OK, id="of one before"),
        pytest.param(
            replace(known(), migrations=(ran(12, "2026-11-19T10:00:00.000Z"),)),
            Grade.OK,
            id="before its last bake",
        ),
        pytest.param(Known({}, (), migrations=(ran(12),)), Grade.OK, id="nothing is stable"),
    ],
)
def test_a_schema_that_what_is_stable_does_not_bear_closes_the_way_back(
    ledger: Known, grade: Grade
) -> None:
    finding = migrations.finding(migrating(), some_facts("web"), ledger)
    assert finding.grade is grade
    if grade is Grade.WARN:
        assert "The contract migration of release #12 has begun" in finding.message
        assert (
            "v42 (release #11) does not bear it, so nothing can be rolled back." in finding.message
        )


def two_stables() -> Known:
    """Return what is known where worker is still at a release from before a contract of web."""
    old, new = a_release(10, "worker"), a_release(12, "web")
    ledger = Known({**old.stables(), **new.stables()}, (new, old))
    return replace(ledger, migrations=(ran(12),))


def test_one_service_from_before_the_contract_closes_the_way_back() -> None:
    facts = some_facts("web", "worker")
    finding = migrations.finding(migrating(), facts, two_stables())
    assert finding.grade is Grade.WARN
    assert "(release #10) does not bear it" in finding.message


def test_several_releases_from_before_are_each_named() -> None:
    ledger = replace(two_stables(), migrations=(ran(13),))
    finding = migrations.finding(migrating(), some_facts("web", "worker"), ledger)
    assert "(release #10), " in finding.message
    assert "(release #12) do not bear it" in finding.message


def test_a_service_at_zero_or_gone_from_the_catalogue_closes_nothing() -> None:
    zero = some_facts("web") | some_facts("worker", service={"desiredCount": 0})
    for facts in (zero, some_facts("web")):
        assert migrations.finding(migrating(), facts, two_stables()).grade is Grade.OK


# All of it


def test_a_release_that_needs_nothing_is_ok_everywhere() -> None:
    facts = {"web": web(a_definition(an_app()), base=1, runs=11)}
    seen = Definitions(NOW, manifest=Manifest())
    found = findings(an_application(a_service("web")), facts, known(), an_image(), seen)
    assert {each.grade for each in found} == {Grade.OK}
    assert [each.check for each in found] == [
        "image",
        "log groups",
        "lifecycle",
        "drift",
        "migrations",
    ]


def test_on_the_way_back_no_image_is_asked_for() -> None:
    facts = some_facts("web")
    found = findings(an_application(a_service("web")), facts, known(), None, SEEN)
    assert "image" not in [each.check for each in found]
    assert "image" not in [
        each.check for each in findings(an_application(), facts, known(), an_image(), SEEN)
    ]
