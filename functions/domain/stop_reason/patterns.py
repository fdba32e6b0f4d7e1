"""Which words of ECS, its agent and the registries name which cause?

None of these texts is contractual, and their wording has changed three times, so a rule looks for
words that carry meaning and never for whole sentences. The first rule that holds decides.
"""

import re

from functions.domain.reason import Code

Rule = tuple[re.Pattern[str], Code]


def _rules(*lines: tuple[str, Code]) -> tuple[Rule, ...]:
    return tuple((re.compile(pattern), code) for pattern, code in lines)


NETWORK = (
    r"time(d )?[ -]?out|dial (tcp|udp)|connection|deadline|cancell?ed|no such host|x509|tls:|"
    r"\beof\b|context cancel|network|unreachable|send request failed|requesterror|misbehaving|"
    r"temporary failure|no route|signal: killed"
)
THROTTLED = r"throttl|rate exceeded|rate limit|too ?many ?requests|requestlimitexceeded|pull rate"
DENIED = r"not authorized|accessdenied|forbidden|\b403\b|explicit deny"

PULLS = re.compile(
    r"cannot ?pull(?! secrets)|can't pull the image|pull image|pulling image|ref pull|"
    r"inspect image|ecr registry auth|registry auth from amazon ecr|pull access denied|"
    r"ecr:(get|batch)\w+|getauthorizationtoken|manifest unknown|username or password"
)
PULL = _rules(
    (THROTTLED + r"|(code|status):? 429", Code.IMAGE_PULL_RATE_LIMIT),
    (
        r"descriptor matching|no matching manifest|platform|exec format|operating system|"
        r"incompatible with|media[ -]?type|unsupported manifest",
        Code.IMAGE_PLATFORM_MISMATCH,
    ),
    (r"devicemapper|dm_task_run|register layer|untar|docker\.sock|daemon run", Code.HOST_FAILURE),
    (r"invalid reference|could not parse|must be lowercase|object required", Code.CONFIG_INVALID),
    (DENIED + r"|role has the permissions|token has expired", Code.IMAGE_PULL_AUTH),
    # Registries say so of what does not exist, too.
    (
        r"access denied|access to the resource is denied|may require|insufficient_scope",
        Code.IMAGE_NOT_FOUND,
    ),
    (
        r"unauthorized|\b401\b|basic auth|credentials?\b|denied|username or password|"
        r"security token|authentication required",
        Code.IMAGE_PULL_AUTH,
    ),
    (
        r"not found|notfound|manifest unknown|not exist|n't exist|no such image|name unknown|"
        r"image exists|\b404\b|repo digest matching",
        Code.IMAGE_NOT_FOUND,
    ),
    (NETWORK, Code.IMAGE_PULL_NETWORK),
    # What is left was cut off: the network and S3 fail while something is done or copied.
    (r"failed to do request|failed to copy", Code.IMAGE_PULL_NETWORK),
    (r"failed to resolve ref", Code.IMAGE_NOT_FOUND),
    (r"", Code.IMAGE_PULL_NETWORK),
)

SECRETS = re.compile(
    r"secrets? (data|resource|value|from|with|or registry auth)|secrets? ?manager|json key|"
    r"from (asm|ssm)|\basm\b|ssm parameter|parameter store|systems manager|getsecretvalue|"
    r"ssm:getparam|the secret\b|retrieve secret|env(ironment)? ?files?\b|invalid parameters:"
)
SECRET = _rules(
    (THROTTLED, Code.THROTTLED),
    (
        r"malformed|arn format|invalid arn|valid arn|invalid name|validationexception|"
        r"invalidparameterexception|satisfy constraint|bucket and key|"
        r"version ?(id|stage) .{0,60}(invalid|must|match)",
        Code.CONFIG_INVALID,
    ),
    (
        DENIED + r"|access denied|access to kms|can't decrypt|kms ?key|unauthorized|security token|"
        r"credentials|decryptionfailure",
        Code.SECRET_ACCESS_DENIED,
    ),
    (
        r"notfound|not found|can't find|cannot find|not exist|n't exist|secret exists|"
        r"invalid (ssm )?parameters|json key|can't retrieve the secret|invalid character|"
        r"unmarshal|end of json|for deletion|nosuchkey|\b404\b|missing secret value|empty secret",
        Code.SECRET_MISSING,
    ),
    (NETWORK + r"|retried [2-9]", Code.SECRET_NETWORK),
    # Cut off: a service that answers is asked once, one that does not several times.
    (r"retried 1 ", Code.SECRET_ACCESS_DENIED),
    (r"", Code.SECRET_NETWORK),
)

FIRST = _rules(
    (
        r"logger args|logging driver|log driver|log configuration|awslogs|cloudwatch log|"
        r"firelens",
        Code.LOG_DRIVER,
    ),
    (r"run concurrently|above your limit|limit on the number", Code.CAPACITY_FARGATE),
    (
        r"(unable to|could not|cannot) assume|sts:assumerole|passrole|trust relationship|"
        r"iam permissions policies|linked role",
        Code.ROLE_ASSUME,
    ),
)

DISK = _rules(
    (r"no space left|thin pool|not enough space|disk (is )?full|disk quota", Code.DISK_FULL)
)

STARTING = _rules(
    (
        r"outofmemory|out of memory|\boom\b|oom-?killed|due to memory usage|"
        r"cannot allocate memory|memory\.limit_in_bytes",
        Code.OUT_OF_MEMORY,
    ),
    (
        r"exec format error|does not match the (host )?operating system|"
        r"cannot be used on this platform|no matching manifest|descriptor matching",
        Code.IMAGE_PLATFORM_MISMATCH,
    ),
    (
        r"unable to find user|no matching entries in passwd|unable to find group",
        Code.CONFIG_INVALID,
    ),
    (
        r"executable file not found|exec: |exec user process|no command specified|chdir to cwd|"
        r"process: exec|caused: exec|command .{0,80}not found|start command|"
        r"cannot find the (file|path) specified",
        Code.ENTRYPOINT_INVALID,
    ),
    (
        r"port is already allocated|external connectivity|address already in use|"
        r"already using a port|resource(:| type )ports?|(insufficient|too many|not enough) ports?",
        Code.CAPACITY_PORT,
    ),
    (r"cgroup|docker\.sock|docker daemon|devicemapper|dm_task_run|untar", Code.HOST_FAILURE),
    (
        r"device information|nvidia|running (prestart )?hook|unknown runtime|sysctl|rlimit|"
        r"ulimit|seccomp|apparmor|minimum memory|range of cpus|credentialspec|capabilit",
        Code.CONFIG_INVALID,
    ),
    (
        r"\befs|\bnfs|rootfs|\bmount|volume|\bebs\b|fsx|s3 ?files|bind source|failed to chown|"
        r"ephemeral ?storage",
        Code.VOLUME_MOUNT,
    ),
)

PLACING = _rules(
    (r"tasks provisioning capacity limit|rate limit exceeded|requestlimit", Code.THROTTLED),
    (
        r"network interface|\benis?\b|resource:eni|freeaddresses|(private )?ip address|"
        r"device index|network namespace|\bcni\b|invalidsubnet",
        Code.NETWORK_INTERFACE,
    ),
    (THROTTLED, Code.THROTTLED),
    (
        r"launch instance|instancecapacity|vcpulimit|spotinstancecount|unfulfillable",
        Code.CAPACITY_CPU_MEMORY,
    ),
    (r"spot ?(task|instance|interruption)", Code.SPOT_INTERRUPTION),
    (
        r"error .?agent|\bagent\.?$|ecs agent|agent (is )?(not )?(dis)?connected",
        Code.HOST_FAILURE,
    ),
    (r"by (the |a )?user", Code.USER_STOPPED),
    (
        r"host ec2|maintenance|draining state|underlying|hardware|retire|"
        r"instance .{0,60}(terminated|stopped|deregistered|impaired)|host is impaired|^inactive$",
        Code.HOST_FAILURE,
    ),
    (r"failed to (de)?register targets|platformunknown", Code.CONFIG_INVALID),
    (
        r"elb health|health checks? failed|is unhealthy in|not healthy in|target is not found|"
        r"load balancer|vpc lattice",
        Code.HEALTH_CHECK_ELB,
    ),
    (r"container health|healthcheck|health check", Code.HEALTH_CHECK_CONTAINER),
    (
        r"attribute|memberof|constraint|healthypercent|maximumpercent|\blocation$|incompatible|"
        r"deployment configuration",
        Code.CONFIG_INVALID,
    ),
    (
        r"(insufficient|not enough) (cpu|memory|gpu|resource)|resource:(cpu|memory|gpu|\*)|"
        r"could not launch .{0,20}tasks|capacity provider|active instances|container instance",
        Code.CAPACITY_CPU_MEMORY,
    ),
    (
        r"resource:fargate|account is (currently )?blocked|"
        r"(no|insufficient|enough|lack of) [\w ]{0,20}capacity|"
        r"capacity (is |was )?(un|not )available",
        Code.CAPACITY_FARGATE,
    ),
    (
        r"scaling activity|scale[ -]in\b|stopped .{0,60}rebalanc|due to .{0,30}rebalanc",
        Code.SCALE_IN,
    ),
)

LAST = _rules(
    (
        r"internal ?(server )?error|could not transition|timed out after waiting|dockertimeout|"
        r"cannot(inspect|stop|remove|describe|list|get)\w*(container|client|image|plugin)|"
        r"containerruntime(timeout)?error|container status|dockerstate|vanished|taskstateerror|"
        r"no ?such ?container|container not found|name .{0,90}already in use|serviceunavailable",
        Code.AWS_INTERNAL,
    ),
    (
        r"invalidparameter|invalid parameter|clientexception|unsupported|not supported|malformed|"
        r"not valid|invalid (value|link|header|argument)|does not exist|no fargate configuration|"
        r"configuration_failure|greater than|\bmissing$",
        Code.CONFIG_INVALID,
    ),
    # What came first ended the task; what waited for it says so afterwards.
    (r"dependency|depends ?on", Code.DEPENDENCY_FAILED),
)

_ANY = re.compile("")
TABLES: tuple[tuple[re.Pattern[str], tuple[Rule, ...]], ...] = (
    (_ANY, FIRST),
    (_ANY, DISK),
    (PULLS, PULL),
    (SECRETS, SECRET),
    (_ANY, STARTING),
    (_ANY, PLACING),
    (_ANY, LAST),
)
