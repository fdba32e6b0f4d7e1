"""Does a secret that a program prints ever reach a person, and does the rest stay readable?"""

import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.domain.evidence.redaction import HIDDEN, LONGEST, lines, redacted

LETTERS = string.ascii_letters + string.digits
ODD = LETTERS + "!$%^*()_+|~-={}[]:<>.,/#@'"
"""What a generated password may hold where nothing says where it ends but white space."""
BASE64 = LETTERS + "+/"


def texts(alphabet: str, least: int = 8, most: int = 40) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=max(least, most))


def capital(alphabet: str, least: int = 8, most: int = 40) -> st.SearchStrategy[str]:
    """Return texts that nothing around them holds by chance."""
    return texts(alphabet, least - 1, most - 1).map(lambda text: f"Q{text}")


# Words of prose after a colon stay, so what is taken for a password has a digit, as they do.
def passwords(alphabet: str = ODD) -> st.SearchStrategy[str]:
    return texts(alphabet).map(lambda text: f"S3{text}x9")


WITHIN_QUOTES = passwords(ODD.replace("'", "") + " ;&?")
PLAIN = passwords(LETTERS + "-_.~!*")
SPELLINGS = {
    "postgres://orders:{}@db.internal:5432/orders": passwords(),
    "could not connect to postgres://orders:{}@db/orders?sslmode=require": passwords(),
    "redis://:{}@cache.internal:6379/0": passwords(),
    '"url": "amqp://orders:{}@mq.internal/"': passwords(),
    "https://deploy:{}@git.internal/@scope/orders.git": passwords(
        ODD.replace("/", "").replace("#", "")
    ),
    "https://{}@sentry.internal/17": capital(LETTERS, 24),
    "orders:{}@tcp(db.internal:3306)/orders": passwords(),
    "jdbc:oracle:thin:orders/{}@//db.internal:1521/x": passwords(),
    "jdbc:postgresql://db.internal/orders?user=orders&password={}&ssl=true": passwords(),
    "jdbc:sqlserver://db.internal;databaseName=orders;password={};encrypt=true": passwords(),
    "Server=db;User Id=orders;Password={};Database=orders": passwords(ODD + " "),
    "AccountName=orders;AccountKey={};EndpointSuffix=core.windows.net": capital(BASE64),
    "password={}": passwords(),
    "DB_PASSWORD={} STAGE=production": passwords(),
    "db.pwd = {}": passwords(),
    "user=orders pass={} host=db": passwords(),
    "user=orders passwd={} host=db.internal": passwords(),
    "password: {}": PLAIN,
    "spring.datasource.password: {}": PLAIN,
    '{{"password": "{}", "user": "orders"}}': WITHIN_QUOTES,
    '{{\\"api_key\\":\\"{}\\",\\"user\\":\\"orders\\"}}': passwords(LETTERS + "-_."),
    "{{'client_secret': '{}', 'user': 'orders'}}": WITHIN_QUOTES,
    'Settings(host="db", password="{}")': WITHIN_QUOTES,
    'cut off: password="{}': WITHIN_QUOTES,
    "{{:password => '{}'}}": WITHIN_QUOTES,
    "migrate --password {} --verbose": passwords(),
    "migrate --db-password={} --verbose": passwords(),
    "migrate --token '{}'": WITHIN_QUOTES,
    '["migrate", "--password", "{}", "--verbose"]': WITHIN_QUOTES,
    "mysql -u orders -p{} orders": passwords(ODD.replace("'", "")),
    "curl -u orders:{} https://api.internal": passwords(ODD.replace("'", "")),
    "x-api-key: {}": PLAIN,
    "Authorization: Bearer {}": PLAIN,
    "authorization=Basic {}": capital(BASE64),
    '"Authorization": "token {}"': PLAIN,
    "authorization: {}": PLAIN,
    "Authorization: AWS4-HMAC-SHA256 Credential=x/y, Signature={}": capital(LETTERS),
    "sent Bearer {} to the API": PLAIN,
    "Set-Cookie: session={}; Secure": PLAIN,
    "aws_secret_access_key = {}": capital(BASE64, 40, 40),
    "SecretAccessKey: {}": capital(BASE64, 38, 38).map(lambda text: f"{text}/9"),
    "AKIAIOSFODNN7EXAMPLE {}": capital(BASE64, 40, 40),
    "key AKIA{} is not active": capital(string.ascii_uppercase + string.digits, 16, 16),
    "role ASIA{} is not active": capital(string.ascii_uppercase + string.digits, 16, 16),
    "got eyJhbGciOiJIUzI1NiJ9.{}.c2lnbmF0dXJl back": capital(LETTERS, 20),
    "using ghp_{}": capital(LETTERS, 36, 36),
    "using github_pat_{}": capital(LETTERS, 36, 36),
    "using xoxb-{}": capital(string.digits + "-", 24),
    "using sk_live_{}": capital(LETTERS, 24),
    "https://hooks.slack.com/services/T0/B0/{}": capital(LETTERS, 24),
    "https://b.s3.amazonaws.com/k?X-Amz-Signature={}&x=1": capital(LETTERS, 32),
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----": capital(BASE64, 64, 64),
    "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----": capital(BASE64, 64, 64),
    "-----BEGIN EC PRIVATE KEY-----\n{}": capital(BASE64, 64, 64),
    "{}\n-----END PRIVATE KEY-----": capital(BASE64, 20, 64),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
@settings(deadline=None)
@given(
    data=st.data(),
    before=texts(string.ascii_lowercase + " ", 0),
    after=texts(string.ascii_lowercase, 0),
)
def test_a_secret_never_comes_through(
    spelling: str, data: st.DataObject, before: str, after: str
) -> None:
    secret = data.draw(SPELLINGS[spelling])
    text = f"{before}\n{spelling.format(secret)}\n{after}"
    shown = redacted(text)
    assert secret not in shown
    assert secret.strip() not in "".join(lines([text], 10))
    assert HIDDEN in shown
    assert redacted(shown) == shown


@given(st.text())
def test_what_is_redacted_is_redacted(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://u:s@db:5432/orders?ssl=1", "postgres://u:***@db:5432/orders?ssl=1"),
        ("amqp://u:s@one,amqp://u:t@two", "amqp://u:***@one,amqp://u:***@two"),
        ("Server=db;Password=s e;Database=o", "Server=db;Password=***;Database=o"),
        ('{"password": "s", "user": "u"}', '{"password": "***", "user": "u"}'),
        ("password=s host=db", "password=*** host=db"),
        ("Config(password=s, host=db)", "Config(password=***, host=db)"),
        ("Authorization: Bearer abc.def failed", "Authorization: Bearer *** failed"),
        ("key AKIAIOSFODNN7EXAMPLE is off", "key AKIA*** is off"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nthen",
         "-----BEGIN PRIVATE KEY----- ***\nthen"),
    ],
)  # fmt: skip
def test_what_stands_around_a_secret_stays(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "listening on 8080",
        "KeyError: 'DATABASE_URL'",
        'FATAL: password authentication failed for user "orders"',
        "postgres://orders@db.internal/orders is not reachable",
        "GET http://10.0.0.1:8080/users/a@b.com 500",
        "http://localhost:3000/@vite/client",
        "git clone ssh://git@github.com/orders/orders.git",
        "failed to fetch anonymous token: unexpected status: 403 Forbidden",
        "SyntaxError: Unexpected token < in JSON at position 0",
        "max_tokens: 512, tokens=3",
        "password=None, token: null",
        'password=""',
        '{"secret": {"name": "orders"}, "token": ["a"]}',
        "Error: basic authentication is required",
        "ResourceInitializationError: unable to pull secrets: AccessDeniedException: not "
        "authorized to perform: secretsmanager:GetSecretValue on resource: "
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/db-AbCdEf",
        "failed to fetch secret arn:aws:secretsmanager:us-west-2:*:secret:DBPasswordSecret-* from",
        "CannotPullContainerError: pull access denied for 123456789012.dkr.ecr.eu-west-1."
        "amazonaws.com/orders@sha256:" + "a" * 64,
        "sha256:" + "a" * 64,
        "b" * 64,
        "(service orders-web) (deployment ecs-svc/1234567890123456789) deployment failed.",
    ],
)
def test_what_holds_no_secret_stays_as_it_is(text: str) -> None:
    assert redacted(text) == text


@given(st.lists(texts(string.ascii_letters + " .", 0, 60)))
def test_words_stay_as_they_are(words: list[str]) -> None:
    text = "\n".join(words)
    assert redacted(text) == text


LONG = ["a", "a.", "x://", "x://a:", "password=", ";password=a", "a:b@", "--password ", "\\", "'"]
LONG += ["-----BEGIN PRIVATE KEY-----", '"password": "', "eyJaaaaaa.", "bearer "]


@pytest.mark.parametrize("text", LONG)
def test_a_long_line_does_not_take_long(text: str) -> None:
    began = time.process_time()
    lines([text * (1_000_000 // len(text))], 1)
    assert time.process_time() - began < 5


# Lines


def test_of_a_line_without_end_the_beginning_is_read_up_to_a_word() -> None:
    (line,) = lines(["said " + "x" * 3990 + ",password=s3cret"], 1)
    assert line.startswith("said xxx")
    assert lines(["x" * 5000, "end"], 9) == ("end",)
    assert lines(['"password": "' + "a b" * 2000 + '"'], 1) == ('"password": "***"',)


def test_the_last_lines_that_say_anything_are_taken() -> None:
    assert lines(["one\n\n", "  ", "two\r\nthree", "four"], 3) == ("two", "three", "four")


def test_no_lines_may_be_wanted() -> None:
    assert lines(["one", "two"], 0) == ()


def test_colours_and_control_characters_are_taken_out() -> None:
    assert lines(["\x1b[31merror\x1b[0m:\tno\x00thing\x1b]0;title\x07 \u202eleft"], 9) == (
        "error: nothing left",
    )


def test_a_colour_within_a_name_hides_nothing_from_us() -> None:
    assert lines(["pass\x1b[1mword=s3cret"], 9) == ("password=***",)


def test_a_line_is_cut_after_it_is_redacted() -> None:
    (line,) = lines(["x" * 170 + " postgres://orders:" + "s3cret" * 20 + "@db/orders"], 1)
    assert len(line) == LONGEST
    assert line.startswith("x" * 170)
    assert "s3" not in line
    assert line.endswith("...")


def test_a_key_over_several_lines_is_hidden_whole() -> None:
    key = ["-----BEGIN PRIVATE KEY-----", "a" * 64, "b" * 20, "-----END PRIVATE KEY-----", "done"]
    assert lines(key, 9) == ("-----BEGIN PRIVATE KEY----- ***", "done")


@given(st.lists(st.text()), st.integers(0, 20))
def test_lines_are_short_and_few(given_texts: list[str], most: int) -> None:
    shown = lines(given_texts, most)
    assert len(shown) <= most
    assert all(0 < len(line) <= LONGEST for line in shown)
