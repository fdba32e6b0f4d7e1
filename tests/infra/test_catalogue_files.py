import json
from pathlib import Path
from textwrap import dedent

import pytest

from functions.domain.catalogue import Application, document
from functions.domain.parsing import parse
from infra.catalogue import CatalogueError, load, minified, read
from infra.limits import check

SHIPPED = Path(__file__).parents[2] / "catalogue"
LEAST = """\
application: {name}
repository: {name}
cluster: production
services:
  web: {{}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(dedent(text))
    return path


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(CatalogueError) as caught:
        load(folder)
    return str(caught.value).splitlines()


def some(count: int, **changes: object) -> list[Application]:
    applications = []
    for number in range(count):
        name = f"app-{number}"
        plain = {"application": name, "repository": name, "cluster": "c", "services": {"web": {}}}
        application = parse({**plain, **changes})
        assert isinstance(application, Application)
        applications.append(application)
    return applications


def test_the_shipped_catalogue_is_right() -> None:
    gateway, orders = load(SHIPPED)
    check((gateway, orders))
    assert (gateway.application, orders.application) == ("gateway", "orders")
    assert [service.key for service in orders.services] == ["web", "worker"]
    assert orders.migrations.expand is not None
    assert orders.migrations.contract is not None


def test_the_file_may_have_another_name(folder: Path) -> None:
    path = write(folder, "shop.yml", LEAST.format(name="orders"))
    assert read(path) == load(folder)[0]
    assert read(path).application == "orders"


def test_every_mistake_of_every_file_is_told_with_its_line(folder: Path) -> None:
    write(
        folder,
        "orders.yaml",
        """\
        application: orders
        repository: orders
        images:
          tags:
            - v*
            - v[0-9]
        clutser: production
        services:
          web:
            bake:
              alarms: []
              minutes: ten
        migrations:
          expand: {service: web}
        """,
    )
    write(folder, "gateway.yaml", "application: gateway\nrepository: [\n")
    assert mistakes(folder) == [
        "catalogue/gateway.yaml:3: cannot be read as YAML: expected the node content, but found "
        "'<stream end>'; mind indentation, quotes and colons",
        "catalogue/orders.yaml:1: cluster: is missing; write for example production",
        'catalogue/orders.yaml:6: images.tags[1]: "v[0-9]" is not a tag filter (letters, digits, '
        '. _ - and *; a leading ! excludes); write for example "v*"',
        "catalogue/orders.yaml:7: clutser: is not a known field; did you mean cluster?",
        'catalogue/orders.yaml:12: services.web.bake.minutes: "ten" is not a whole number from 0 '
        "to 1,440; write for example 10",
        "catalogue/orders.yaml:14: migrations.expand.command: is missing; write for example [rake]",
    ]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", ":1: nothing is not a mapping; begin with application: name"),
        ("- a\n- b\n", ":1: a list is not a mapping"),
        ("a: 1\n---\nb: 2\n", ":2: cannot be read as YAML"),
        ("a: !!int x\n", ":1: cannot be read as YAML"),
        ("a: !!python/name:os.system\n", ":1: cannot be read as YAML"),
        ("? [a]\n: b\n", ":1: cannot be read as YAML"),
        ("a: {b: 1, b: 2}\n", ":1: a.b: is already on line 1; keep one of them"),
        ("services:\n  web: {}\n  web: {}\n", ":3: services.web: is already on line 2"),
        ("services: &a\n  web: *a\n", ":2: cannot be read as YAML: *a stands within &a itself"),
        ("application: 2026-01-01\n", '"2026-01-01" is not a name of at most 32'),
    ],
)
def test_a_file_that_says_nothing_sensible(folder: Path, text: str, what: str) -> None:
    write(folder, "orders.yaml", text)
    assert any(what in mistake for mistake in mistakes(folder))


def test_a_file_in_no_known_encoding(folder: Path) -> None:
    path = folder / "orders.yaml"
    path.write_bytes(b"application: \xff\n")
    with pytest.raises(CatalogueError, match=":1: is no text in UTF-8; save it in UTF-8"):
        read(path)


@pytest.mark.parametrize("name", ["catalogue", "elsewhere"])
def test_a_catalogue_without_files(folder: Path, name: str) -> None:
    (folder / "old.yaml").mkdir()
    (mistake,) = mistakes(folder.parent / name)
    assert mistake.startswith(f"{name}: describes no application; add a file, for example {name}/")


def test_an_application_stands_in_one_file_and_a_service_in_one_application(folder: Path) -> None:
    write(folder, "a.yaml", LEAST.format(name="orders"))
    write(folder, "b.yaml", LEAST.format(name="orders"))
    text = "application: shop\nrepository: shop\ncluster: production\nservices:\n"
    write(folder, "c.yaml", f"{text}  web: {{}}\n  x: {{service: orders-web}}\n")
    claim = 'the service "orders-web" of cluster "production" is already in catalogue/a.yaml'
    assert mistakes(folder) == [
        'catalogue/b.yaml:1: application: "orders" is already in catalogue/a.yaml; '
        "leave it to one of them",
        f"catalogue/b.yaml:5: services.web: {claim}; leave it to one of them",
        f"catalogue/c.yaml:6: services.x: {claim}; leave it to one of them",
    ]


def test_the_parameter_holds_the_document() -> None:
    (application,) = some(1)
    assert json.loads(minified(application)) == document(application)
    assert ": " not in minified(application)


def test_a_hundred_applications_fit() -> None:
    check(some(100))


@pytest.mark.parametrize(
    ("applications", "sentence"),
    [
        (some(101), "The catalogue describes 101 applications, one environment takes 100; move "),
        (some(148), "The applications need 301 rules, an event bus takes 300; move some to a "),
        (
            some(31, images={"tags": ["v*-*"]}),
            "31 applications need wildcards for images.tags, an event bus takes 30 such rules; ",
        ),
        (
            some(1, images={"tags": [f"v{'1' * 99}{number}" for number in range(20)]}),
            "app-0: the pattern of its push rule has 2,3",
        ),
        (
            some(1, services={f"s{n}": {"service": f"{'s' * 99}{n}"} for n in range(9)}),
            "app-0: the pattern of its wake rule has 4,",
        ),
        (
            some(1, services={f"s{number}": {} for number in range(30)}),
            "split its 30 services into two applications.",
        ),
        (
            some(1, commands={"render": {"service": "web", "command": ["{{name}}"]}}),
            "its document holds two opening braces in a row, which a parameter cannot",
        ),
    ],
)
def test_what_passes_a_limit_is_told_with_what_to_split(
    applications: list[Application], sentence: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        check(applications)
    assert sentence in str(caught.value)


def test_thirty_rules_may_have_wildcards() -> None:
    check(some(30, images={"tags": ["v*-*"]}))
