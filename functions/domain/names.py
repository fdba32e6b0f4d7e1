"""What the names in a catalogue may look like.

The limits are those of AWS, except for our own words: an application and a service key are short,
since names of executions, rules and parameters are made of them.
"""

import re

from functions.domain.fields import Shape

APPLICATION = Shape(
    re.compile(r"(?=.{1,32}\Z)[a-z](-?[a-z0-9])*"),
    "a name of at most 32 lower-case letters, digits and single -",
    "orders",
)
ECS = Shape(
    re.compile(r"[A-Za-z0-9_-]{1,255}"),
    "a name in ECS (letters, digits, - and _, at most 255; no ARN)",
    "orders-web",
)
CLUSTER = Shape(ECS.pattern, "the name of a cluster (no ARN)", "production")
ROLE = Shape(
    re.compile(r"([\w+=,.@-]{1,64}/)*[\w+=,.@-]{1,64}", re.ASCII),
    "the name of an IAM role (at most 64 characters, its path before it; no ARN)",
    "orders-task",
)
ALARM = Shape(
    re.compile(r"[^\x00-\x1f]{1,255}"),
    "the name of an alarm (at most 255 characters)",
    "orders-5xx",
)
SCHEDULE = Shape(
    re.compile(r"([\w.-]{1,64}/)?[\w.-]{1,64}", re.ASCII),
    "the name of a schedule (letters, digits, . - and _; its group may stand before it with a /)",
    "orders-nightly",
)
TAG = Shape(
    re.compile(r"!?[\w.*-]{1,300}", re.ASCII),
    "a tag filter (letters, digits, . _ - and *; a leading ! excludes)",
    '"v*"',
)
SCALING_GROUP = Shape(
    re.compile(r"[^\x00-\x1f:*]{1,255}"),
    "the name of an EC2 Auto Scaling group (no ARN)",
    "ecs-production",
)
VARIABLE = Shape(
    re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,254}"),
    "the name of an environment variable",
    "RAILS_ENV",
)
ARGUMENT = Shape(re.compile(r"(?s).+"), "an argument of a command", "rake")
# Whether it names something is seen once all services are read.
REFERENCE = Shape(re.compile(r"(?s).*"), "a service key", "web")
# A star alone would let a state write to everything in the account.
PATTERN = Shape(
    re.compile(r"(?=.*[^*])[\w+=,.@/#:*-]{1,512}", re.ASCII),
    "a name or a pattern of names with *, but not * alone",
    '"orders-*"',
)
_COMPONENT = r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = Shape(
    re.compile(
        r"((?P<account>[0-9]{12})\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)"
        r"\.(amazonaws\.com(\.cn)?|on\.aws)/)?"
        rf"(?P<name>(?=.{{2,256}}\Z)(?!.*\.amazonaws\.){_COMPONENT}(/{_COMPONENT})*)"
    ),
    "the name of an ECR repository or <account>.dkr.ecr.<region>.amazonaws.com/<name>, without tag",
    "orders",
)
