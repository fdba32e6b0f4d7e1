"""What the tasks of a release are asked to do."""

from dataclasses import replace

from functions.domain import migrating
from functions.domain.catalogue import Migration, Migrations, OnRollback, RollOrder
from functions.domain.plan import Gate
from tests.factories import a_revision, an_application, some_facts

RAKE = Migration("web", ("rake", "db:migrate"), 900)


def test_a_migration_has_sizes_and_environment_of_its_own() -> None:
    rake = replace(RAKE, cpu=512, memory=2048, environment={"RAILS_ENV": "production", "A": "1"})
    application = an_application(migrations=Migrations(rake, None))
    made = migrating.expand(application, 13, some_facts())
    assert made is not None
    assert made.run["Overrides"] == {
        "Cpu": "512",
        "Memory": "2048",
        "ContainerOverrides": [
            {
                "Name": "app",
                "Command": ["rake", "db:migrate"],
                "Environment": [
                    {"Name": "A", "Value": "1"},
                    {"Name": "RAILS_ENV", "Value": "production"},
                ],
            }
        ],
    }


def test_a_contract_is_none_where_the_catalogue_has_none() -> None:
    assert migrating.contract(an_application(), 13, some_facts()) is None


def test_one_task_of_the_service_comes_up_beside_it_as_it_is() -> None:
    application = an_application(order=RollOrder("", "worker", 5))
    made = migrating.probe(application, 13, some_facts())
    assert made is not None
    assert (made.phase, made.key, made.gate) == ("probe", "worker", Gate.HEALTHY)
    assert made.timeout_seconds == 360
    assert "Overrides" not in made.run


def test_an_undo_runs_its_own_command_on_the_revision_that_migrated() -> None:
    rake = replace(RAKE, cpu=512, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback"))
    application = an_application(migrations=Migrations(rake, None))
    began = migrating.expand(application, 12, some_facts())
    assert began is not None
    made = migrating.undo(application, began, a_revision("web", 12))
    assert made is not None
    assert (made.phase, made.release, made.revision) == ("undo", 12, a_revision("web", 12))
    assert made.run["Overrides"] == {
        "Cpu": "512",
        "ContainerOverrides": [{"Name": "app", "Command": ["rake", "db:rollback"]}],
    }
    assert migrating.undo(an_application(), began, a_revision()) is None
