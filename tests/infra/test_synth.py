"""Does any catalogue become a template that AWS takes, or a sentence that says why not?"""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import pytest

from functions.domain.catalogue import OnFailure, Strategy, Unarmed, Unsure
from infra.build import build
from infra.cache import cached
from infra.catalogue import CatalogueError
from infra.functions import ROOT
from infra.policies import LONGEST


def renamed(application, name, service_name="{name}-{key}"):
    """Return the application as if it were another one, with repository, roles and services."""
    return replace(
        application,
        application=name,
        repository=replace(application.repository, name=name),
        roles=(f"{name}-task", f"{name}-execution"),
        log_groups=(f"/ecs/{name}-*",),
        services=tuple(
            replace(
                each,
                service=service_name.format(name=name, key=each.key),
                family=service_name.format(name=name, key=each.key),
            )
            for each in application.services
        ),
    )


def many(sample, count, service_name="{name}-{key}"):
    largest = max(sample, key=lambda each: len(each.services))
    return [renamed(largest, f"application-{n:03}", service_name) for n in range(count)]


def size(document):
    """Return the characters that IAM counts, with values as long as they come."""
    text = json.dumps(document, separators=(",", ":")).replace('{"Fn::Sub":', "")
    for name, longest in LONGEST.items():
        text = text.replace(name, longest)
    return len(text.replace('"}', '"'))


@pytest.fixture(scope="module")
def hundred(sample, tmp_path_factory):
    template = build(many(sample, 100), outdir=tmp_path_factory.mktemp("hundred"))
    return json.loads(template.read_text())["Resources"]


def test_a_hundred_applications_fit_into_one_stack(hundred):
    assert len(hundred) <= 500
    kinds = Counter(resource["Type"] for resource in hundred.values())
    assert kinds["AWS::SSM::Parameter"] == 100
    assert kinds["AWS::Events::Rule"] == 205


def test_their_permissions_fit_into_the_policies_of_a_role(hundred):
    managed = [each for each in hundred.values() if each["Type"] == "AWS::IAM::ManagedPolicy"]
    assert managed
    assert max(size(each["Properties"]["PolicyDocument"]) for each in managed) <= 6_144
    roles = Counter(role["Ref"] for each in managed for role in each["Properties"]["Roles"])
    assert max(roles.values()) <= 10


def test_what_a_role_of_its_own_policy_holds_stays_small(hundred):
    roles = [each for each in hundred.values() if each["Type"] == "AWS::IAM::Role"]
    own = [policy for each in roles for policy in each["Properties"].get("Policies", ())]
    assert max(size(each["PolicyDocument"]) for each in own) <= 10_240


def test_every_application_is_reached(hundred):
    text = json.dumps(hundred)
    for n in range(100):
        assert f"service/production/application-{n:03}-*" in text
        assert f"role/application-{n:03}-task" in text


def test_too_many_policies_are_refused_with_their_number(sample, tmp_path):
    long = "{key}-of-the-team-that-owns-the-application-called-{name}"
    with pytest.raises(CatalogueError) as refused:
        build(many(sample, 86, service_name=long), outdir=tmp_path)
    # Two roles and nothing else: neither the template nor the stack is too large.
    assert str(refused.value).splitlines() == [
        f"What the states of pilothouse-production-{workflow} may do takes {count} policies, AWS "
        "attaches 10 to a role; let services and families begin with the name of the application "
        "and a -, or move some applications to a second environment."
        for workflow, count in (("roll", 12), ("deploy", 11))
    ]


def test_an_environment_that_is_no_name_is_refused(sample, tmp_path):
    with pytest.raises(CatalogueError) as refused:
        build(sample, environment="Prod_1", outdir=tmp_path)
    assert str(refused.value) == (
        'The environment "Prod_1" cannot be part of a name: use up to 20 small letters, '
        "digits and hyphens, for example production."
    )


def test_two_environments_share_no_name(sample, template, tmp_path):
    staging = json.loads(build(sample, environment="staging", outdir=tmp_path).read_text())
    assert not names(staging) & names(template)


def names(template):
    keys = ("FunctionName", "StateMachineName", "LogGroupName", "Name")
    return {
        resource["Properties"][key]
        for resource in template["Resources"].values()
        for key in keys
        if isinstance(resource["Properties"].get(key), str)
    }


def app(tmp_path, **context):
    """Run app.py as the CDK's own tool does."""
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(tmp_path / "out"),
            "CDK_CONTEXT_JSON": json.dumps({**settings, **context}),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_is_deployed_is_what_was_rehearsed_byte_for_byte(sample, tmp_path):
    done = app(tmp_path, layer="none")
    assert done.returncode == 0
    assert "The layer is empty: run `make layer` before you deploy." in done.stderr
    rehearsed = cached(sample)
    assert (tmp_path / "out" / rehearsed.name).read_bytes() == rehearsed.read_bytes()


def test_a_template_that_another_text_is_put_into_is_the_one_that_would_be_made(sample, tmp_path):
    rules = {"minutes": 3, "min_requests": 7, "unarmed": Unarmed.BLOCK, "error": Unsure.PROMOTE}
    changed = [
        replace(
            application,
            log_lines=3,
            on_failure=OnFailure.HOLD,
            order=replace(application.order, first="web", max_parallel=2),
            migrations=replace(
                application.migrations,
                expand=application.migrations.expand
                and replace(application.migrations.expand, cpu=512, breaking=True),
            ),
            services=tuple(
                replace(
                    service,
                    after=(),
                    strategy=Strategy.RECREATE,
                    bake=replace(service.bake, **rules),
                    deadlines=replace(service.deadlines, overall_seconds=9, capacity_seconds=8),
                )
                for service in application.services
            ),
        )
        for application in sample
    ]
    taken = cached(changed, folder=tmp_path / "templates")
    made = build(changed, outdir=tmp_path / "made")
    assert taken.read_bytes() == made.read_bytes()


def test_a_mistake_in_the_catalogue_is_a_sentence_and_no_traceback(tmp_path):
    wrong = tmp_path / "catalogue"
    wrong.mkdir()
    (wrong / "orders.yaml").write_text("application: orders\nrepositori: orders\n")
    done = app(tmp_path, catalogue=str(wrong))
    assert done.returncode == 1
    assert "catalogue/orders.yaml:2: repositori" in done.stderr
    assert "Traceback" not in done.stderr
