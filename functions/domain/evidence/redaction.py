"""What of a text may people read, now that programs print their passwords?

Secrets are known by what stands around them (the name before, the URL they are in) and by their
shape (AWS, GitHub, Slack, JWT). What looks like one is hidden: rather a word too much. User, host
and database stay, since that is what a person looks for.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

HIDDEN = "***"
LONGEST = 200
"""Characters of a log line that reach a person."""
READ = 4_000
"""Characters of a log line that are looked at; a program may print a million without a blank."""
LINES_OF_A_KEY = 60

# Those of terminals first, as a whole; then single ones, among them what turns the reading
# direction or has no width.
_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[@-_]?"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)

_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|sig(?:nature)?"
    r"|(?:api|app|access|account|auth|client|encryption|license|master|private|secret|session"
    r"|shared|signing|storage)[ _.-]?(?:access[ _.-]?)?key|(?<=[_.-])pass|\bpass(?=[ \t]*=)"
)
_KIND = r"(?:[_-]?(?:\d{1,3}|value|string|hash|base64|b64|text|plain|old|new|primary|secondary))?"
# Not the secret of an ARN, behind its account: its name says which one is missing.
_NAME = rf"(?!(?<=[\d*xX>}}]:)secret:)\b[\w.-]{{0,60}}?(?:{_WORDS}){_KIND}"

# What follows a name in a sentence, and says nothing: `Unexpected token: }`.
_PROSE = (
    r"(?:a|an|and|cannot|context|could|denied|error|expected|expired|failed|forbidden|for|get|head"
    r"|in|invalid|is|it|malformed|missing|must|no|none|not|null|nil|of|post|put|required|rpc|should"
    r"|status|the|true|false|unable|unauthorized|undefined|unexpected|unknown|was)"
    r"(?=[\s,;&)}\]\"'.:]|$)"
)

# A bare value ends at white space or before the next name: a password may hold anything else.
_NEXT = (
    r"(?=\s|$|[\"'](?:[\s,;:)\]}]|$)|;[ \t]*[A-Za-z][\w .-]{0,40}=|&[\w.-]{1,60}="
    r"|,[ \t]*[\\\"']{0,2}[A-Za-z][\w.-]{0,60}[\\\"']{0,2}[ \t]*[=:])"
)
_VOID = r"(?:none|null|nil|true|false|undefined)(?=[\s,;&)}\]\"']|$)"
_BARE = rf"(?![\"'`]|\\\"|[{{\[][ \t]*(?:[\"'}}\]]|$)|{_VOID}|(?<=:[ \t]){_PROSE})\S+?{_NEXT}"
_ENCLOSED = (
    r"(?P<quote>\\\"|\"|'|`)(?P<{0}>(?:(?!(?P=quote)|\n)(?:\\[^\n]|[^\n]))+)(?:(?P=quote)|(?=\n|$))"
)


def _rule(pattern: str, shown: str) -> tuple[re.Pattern[str], str]:
    return re.compile(pattern, re.IGNORECASE | re.MULTILINE), shown


_KEY = r"-----(BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10})-----"
_SCHEME = r"\b[a-z][a-z0-9+.-]{0,30}:(?:[a-z0-9]{1,20}:)?//"
_WEB = r"\b(?:https?|wss?)://"
# In a URL of the web nothing before the first / ? # can be but user, password and host; in others
# people leave such characters as they are, so it ends with the last @.
_WITHIN = r"(?:(?![?&][\w.-]{1,60}=|[,;|][a-z][\w+.-]{0,20}://|(?<!\\)\")\S)"
_AFTER_NAME = r"[\\\"']{0,2}\]?[ \t]*(?:=>|:=|=|:)[ \t]*(?:[bu](?=[\"']))?"

RULES = (
    # Keys, whole, cut at either end, or escaped into one line.
    _rule(rf"{_KEY}[\s\S]{{0,9999}}?-----END [A-Z0-9 ]{{0,50}}-----", r"-----\1----- ***"),
    _rule(rf"{_KEY}(?:(?:\s|\\[nr])*[A-Za-z0-9+/=]{{16,}})+", r"-----\1----- ***"),
    _rule(r"^(?:[A-Za-z0-9+/=]+\n)+(-----END [A-Z0-9 ]{0,50}-----)", r"*** \1"),
    _rule(r"^[ \t]*(?![0-9a-f]+$)[A-Za-z0-9+/]{60,}={0,2}[ \t]*$", HIDDEN),
    # Of URLs and what resembles them.
    _rule(rf"({_WEB}[^\s/?#:@\"]{{0,200}}:)[^\s/?#\"]{{0,999}}@", rf"\1{HIDDEN}@"),
    _rule(rf"(?!{_WEB})({_SCHEME}[^\s/?#:@\"]{{0,200}}:){_WITHIN}{{0,999}}@", rf"\1{HIDDEN}@"),
    _rule(rf"({_SCHEME})[\w.~%+-]{{20,}}@", rf"\1{HIDDEN}@"),
    _rule(r"(\b[\w.-]{1,60}:)\S{0,300}(@(?:tcp|udp|unix)\()", rf"\1{HIDDEN}\2"),
    _rule(r"(\bjdbc:oracle:[a-z]{1,10}:[\w.$#-]{1,60}/)\S{0,300}@", rf"\1{HIDDEN}@"),
    _rule(r"(\bhooks\.slack\.com/services/)[\w/-]+", rf"\1{HIDDEN}"),
    # Of headers.
    _rule(
        r"(\b(?:proxy-)?authorization[\\\"']{0,2}[ \t]*[:=][ \t]*[\\\"']{0,2}"
        r"(?:aws4-hmac-sha256|digest)[ \t]+)[^\"'\n]+",
        rf"\1{HIDDEN}",
    ),
    _rule(
        r"(\b(?:proxy-)?authorization[\\\"']{0,2}[ \t]*[:=][ \t]*[\\\"']{0,2}"
        r"(?:[a-z][a-z0-9-]{1,20}[ \t]+(?=\S))?)[^\s\"']+",
        rf"\1{HIDDEN}",
    ),
    _rule(r"(\b(?:bearer|basic)[ \t]+)(?=\S{0,500}\d)[^\s\"',;]{8,}", rf"\1{HIDDEN}"),
    _rule(r"(\b(?:set-)?cookie[\\\"']{0,2}[ \t]*[:=][ \t]*)[^\n]+", rf"\1{HIDDEN}"),
    # Behind their names: JSON and its like, key=value, connection strings, commands.
    _rule(rf"({_NAME}{_AFTER_NAME})" + _ENCLOSED.format("_"), rf"\g<1>\g<quote>{HIDDEN}\g<quote>"),
    _rule(
        rf"(;[ \t]*{_NAME}[ \t]*=[ \t]*)(?![ \t])[^;\"\n]{{1,500}}"
        r"(?=;[ \t]*(?:[A-Za-z][\w .-]{0,40}=|$))",
        rf"\1{HIDDEN}",
    ),
    _rule(rf"({_NAME}{_AFTER_NAME}){_BARE}", rf"\1{HIDDEN}"),
    _rule(
        rf"(--?{_NAME}[\"']?,?[ \t]+)" + _ENCLOSED.format("_"),
        rf"\g<1>\g<quote>{HIDDEN}\g<quote>",
    ),
    _rule(rf"((?<!\S)--?{_NAME}[ \t]+)(?!-){_BARE}", rf"\1{HIDDEN}"),
    _rule(r"(\b(?:mysql|mariadb)[\w-]{0,10}\b[^\n]{0,200}? -p)[^\s\"']+", rf"\1{HIDDEN}"),
    _rule(r"(\bcurl\b[^\n]{0,200}? (?:-u|--user)[ =][\"']?[^\s:\"']+:)[^\s\"']+", rf"\1{HIDDEN}"),
    # By their shape.
    _rule(
        r"((?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}\W{1,5})[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+])",
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?<![A-Z0-9])(AKIA|ASIA)[A-Z0-9]{16,}"), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}"), f"eyJ{HIDDEN}"),
    (
        re.compile(
            r"\b(gh[pousr]_|github_pat_|glpat-|xox[a-z]-|xapp-|[spr]k_(?:live|test)_|whsec_|npm_"
            r"|pypi-|SG\.|AIza|ya29\.|sk-|hv[bs]\.|dop_v1_)[\w.-]{16,}"
        ),
        rf"\1{HIDDEN}",
    ),
)


@lru_cache(maxsize=4_096)
def redacted(text: str) -> str:
    """Return the text with its secrets hidden; what has none stays as it is, to the letter."""
    for pattern, shown in RULES:
        text = pattern.sub(shown, text)
    return text


def lines(texts: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the last lines that say anything, at most so many, each short, clean and redacted.

    Cut after it is redacted: half a secret would be known by nothing any more.
    """
    clean = _CONTROL.sub("", "\n".join(texts).replace("\r\n", "\n"))
    read = [_readable(each) for each in clean.splitlines() if each.strip()]
    # All at once, since a key goes over many lines, and begins before those that are shown.
    whole = redacted("\n".join(read[-most - LINES_OF_A_KEY :]))
    said = [each.strip() for each in whole.splitlines() if each.strip()]
    return tuple(_cut(each) for each in said[max(0, len(said) - most) :])


def _readable(line: str) -> str:
    """Return the beginning of a line, without the word in which it is cut: that may be a secret."""
    return line if len(line) <= READ else re.sub(r"[^\s,;&]*$", "", line[:READ])


def _cut(line: str) -> str:
    line = line.replace("\t", " ")
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
