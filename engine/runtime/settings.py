"""What can be configured, from the environment and a `.env` file; nothing else reads either.

Temporal's own connection settings are Temporal's standard ones (`TEMPORAL_ADDRESS` and so on);
they are read by `engine.runtime.temporal`.
"""

import difflib
import os
import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "PHASELINE_"
ENV_FILE = ".env"
# What the tests are told; it is none of the product's business.
_OF_TESTS = "PHASELINE_TEST_"
# A password may hold anything but an @, as SQLAlchemy reads it.
_DATABASE = re.compile(
    r"sqlite(\+aiosqlite)?:///.*"
    r"|postgres(ql)?(\+asyncpg)?://([^:/@]*(:[^@]*)?@)?(\[[^]]+\]|[^:/?\[]*)(:[0-9]+)?([/?].*)?"
)
# As `phaseline secret key` makes it: 32 bytes in base64 for addresses.
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_WHO_SIGNS_IN = re.compile(r"//[^@]*@")


class SettingsError(Exception):
    """The configuration cannot be used; one line for each thing that is wrong."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Every setting, with its default; the name in the environment has `PHASELINE_` before it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=ENV_FILE, extra="ignore", frozen=True, validate_default=True
    )

    data: Path = Field(
        default=Path("data"),
        description="The data folder: the embedded database and Temporal store, attachments.",
    )
    database_url: str | None = Field(
        default=None,
        description="The database, `postgresql+asyncpg://user@host/name`; without it SQLite in the"
        " data folder.",
    )
    host: str = Field(
        default="127.0.0.1", description="The address on which the API and the pages listen."
    )
    port: int = Field(
        default=8000, ge=1, le=65535, description="The port on which the API and the pages listen."
    )
    public_url: str | None = Field(
        default=None,
        description="The address under which people reach the pages, for links in messages;"
        " without it the one that is listened on.",
    )
    embed_on: str = Field(
        default="",
        pattern=r"^(https?://[A-Za-z0-9.:*-]+( https?://[A-Za-z0-9.:*-]+)*)?$",
        description="The sites that may show public start forms in a frame, with a space between"
        " them: `https://www.example.com`; without it none.",
    )
    task_queue: str = Field(
        default="phaseline",
        min_length=1,
        description="The Temporal task queue of the cards; the same for every process.",
    )
    build_id: str | None = Field(
        default=None,
        min_length=1,
        description="The build that a worker runs, for Temporal's worker versioning: `phaseline"
        " release` hands the cards to it. Without it workers take whatever is there.",
    )
    command_seconds: float = Field(
        default=8.0,
        gt=0,
        le=60,
        description="How long a command may take before its sender is told to try again.",
    )
    runs_kept_days: int = Field(
        default=90,
        ge=1,
        le=36_500,
        description="For how many days runs of automations that have ended are kept.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe messages that are logged."
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="Logs for people (`console`) or for programs (`json`)."
    )
    cached_cards: int = Field(
        default=2500,
        ge=1,
        description="How many cards a worker keeps in memory; each takes about 70 KiB.",
    )
    reply_address: str | None = Field(
        default=None,
        pattern=r"^[^@+\s]+@[^@\s]+$",
        description="The mailbox to which people reply, `replies@example.com`: what comes to"
        " `replies+…@example.com` is read there by workers, or piped to `phaseline receive-mail`."
        " Without it replies go nowhere.",
    )
    secrets_key: SecretStr | None = Field(
        default=None,
        description="The key with which secrets of webhooks are kept, as `phaseline secret key`"
        " makes it; several with commas between, the newest first. Without it, and without a"
        " database of its own, one is made in the data folder.",
    )
    allowed_networks: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = Field(
        default=(),
        description="Networks that are not public and that webhooks and requests may reach all"
        " the same, such as `10.1.0.0/16`, with commas between.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="The OpenID Connect provider by which people sign in, `https://login.example.com`;"
        " without it only by password.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="What the provider calls this installation."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret shared with the provider, if it has given one."
    )
    oidc_name: str = Field(
        default="OpenID Connect",
        min_length=1,
        max_length=60,
        description="What people call the provider: the sign-in says “Sign in with …”.",
    )
    oidc_creates_people: bool = Field(
        default=False,
        description="Whether somebody whom the provider knows gets an account as a member when they"
        " first come; otherwise an admin has to have made one with their e-mail address.",
    )
    largest_upload: int = Field(
        default=50_000_000,
        ge=1_000,
        description="How many bytes of files one request may bring, and so the largest file.",
    )
    largest_public_upload: int = Field(
        default=10_000_000,
        ge=0,
        description="The same for people without an account, on public start forms; 0 takes no"
        " files from them.",
    )
    clamd: str | None = Field(
        default=None,
        pattern=r"^(unix:/.+|[^\s/]+:[0-9]{1,5})$",
        description="The ClamAV daemon that looks into each file before it is kept,"
        " `clamav.example.com:3310` or `unix:/run/clamav/clamd.ctl`; while it does not answer no"
        " files are taken. Without it nobody looks.",
    )
    s3_bucket: str | None = Field(
        default=None,
        min_length=3,
        description="The bucket in which files are kept; without it they are in the data folder."
        " Who may use it is told by `AWS_ACCESS_KEY_ID` and the other variables of Amazon's tools.",
    )
    s3_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+$",
        description="Where the bucket is, if not at Amazon: `https://minio.example.com`.",
    )
    s3_region: str = Field(default="us-east-1", description="The region of the bucket.")
    s3_prefix: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9._/-]*$",
        description="What stands before the names of the objects in the bucket, such as"
        " `phaseline/`.",
    )
    smtp_host: str | None = Field(
        default=None,
        description="The mail server that mails are handed to; without it they are kept and shown"
        " to admins on the mailbox page.",
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="The mail server's port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="How the way to the mail server is protected; `none` only where it is on the"
        " same machine or in a network of one's own.",
    )
    smtp_user: str | None = Field(
        default=None, description="The user at the mail server; without it nobody signs in there."
    )
    smtp_password: SecretStr | None = Field(default=None, description="The password of that user.")
    mail_from: str = Field(
        default="Phaseline <phaseline@localhost>",
        pattern=r"^[^\r\n]*[^\s@<>]+@[^\s@<>]+>?$",
        description="The sender of mails: an address, or `Name <address>`.",
    )
    imap_host: str | None = Field(
        default=None,
        description="The server on which workers read the mailbox to which people reply, by IMAP;"
        " it is read by nobody else. Without it nothing is read.",
    )
    imap_port: int = Field(default=993, ge=1, le=65535, description="That server's port.")
    imap_security: Literal["tls", "starttls", "none"] = Field(
        default="tls",
        description="How the way to that server is protected; `none` only where it is on the same"
        " machine or in a network of one's own.",
    )
    imap_user: str | None = Field(default=None, description="The user who reads the mailbox.")
    imap_password: SecretStr | None = Field(default=None, description="The password of that user.")
    imap_folder: str = Field(
        default="INBOX", min_length=1, description="The folder to which replies come."
    )
    metrics_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="The port on which a worker answers Prometheus; without it none. The API has"
        " `/metrics` of its own.",
    )
    temporal_ui_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="The port of Temporal's own pages, of the embedded server; without it none.",
    )

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _split(cls, given: object) -> object:
        """Reads a list as people write it into an environment."""
        if not isinstance(given, str):
            return given
        return tuple(part.strip() for part in given.split(",") if part.strip())

    @field_validator("database_url")
    @classmethod
    def _is_of_a_kind_that_is_known(cls, given: str | None) -> str | None:
        if given is not None and not _DATABASE.fullmatch(given):
            raise ValueError(
                "Write it as postgresql://user:password@host:5432/name, or sqlite:///path/of/file"
            )
        return given

    @field_validator("secrets_key")
    @classmethod
    def _holds_keys(cls, given: SecretStr | None) -> SecretStr | None:
        parts = [] if given is None else given.get_secret_value().split(",")
        if not all(_KEY.fullmatch(part.strip()) for part in parts):
            raise ValueError("`phaseline secret key` makes one; several have commas between")
        return given

    @field_validator("imap_host")
    @classmethod
    def _needs_addresses(cls, host: str | None, known: ValidationInfo) -> str | None:
        if host is not None and not known.data.get("reply_address"):
            raise ValueError("Replies are read for PHASELINE_REPLY_ADDRESS: set that as well")
        return host

    @property
    def database(self) -> str:
        """The database's URL, whichever way it was given."""
        return self.database_url or f"sqlite:///{self.data / 'phaseline.db'}"

    @property
    def is_secure(self) -> bool:
        """Whether people reach the pages by TLS."""
        return self.address.startswith("https://")

    @property
    def address(self) -> str:
        """Where people reach the pages."""
        return self.public_url or f"http://{self.host}:{self.port}"


def load_settings(*, data: Path | None = None, port: int | None = None) -> Settings:
    """The settings of this process; what is given here counts more than the environment.

    Raises:
        SettingsError: A name is unknown or a value cannot be used.
    """
    problems = _unknown_names()
    try:
        settings = Settings()
    except ValidationError as error:
        problems.extend(_in_words(problem) for problem in error.errors())
        raise SettingsError(tuple(problems)) from None
    if problems:
        raise SettingsError(tuple(problems))
    if settings.oidc_issuer and not settings.oidc_client_id:
        raise SettingsError((f"{PREFIX}OIDC_CLIENT_ID: {PREFIX}OIDC_ISSUER needs it.",))
    given = {"data": data, "port": port}
    return settings.model_copy(
        update={name: value for name, value in given.items() if value is not None}
    )


def _in_words(problem: Mapping[str, Any]) -> str:
    """What is wrong with a value, without the password that may be in it."""
    setting = "".join(str(part) for part in problem["loc"])
    given = _WHO_SIGNS_IN.sub("//…@", repr(problem["input"]))
    if problem["type"] == "string_pattern_mismatch":
        asked = f"It is not written as it has to be. {Settings.model_fields[setting].description}"
        return f"{PREFIX}{setting.upper()}: {asked} It is {given}."
    message = problem["msg"].removeprefix("Value error, ")
    if "SecretStr" in str(Settings.model_fields[setting].annotation):
        return f"{PREFIX}{setting.upper()}: {message}."
    return f"{PREFIX}{setting.upper()}: {message}; it is {given}."


def _unknown_names() -> list[str]:
    known = [PREFIX + name.upper() for name in Settings.model_fields]
    given = {*os.environ, *(dotenv_values(ENV_FILE) if Path(ENV_FILE).is_file() else ())}
    problems = []
    for name in sorted(given):
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith(_OF_TESTS) or upper in known:
            continue
        close = difflib.get_close_matches(upper, known, n=1)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(known)}."
        problems.append(f"{name}: there is no such setting; {hint}")
    return problems


def child_environment(settings: Settings, **variables: str) -> dict[str, str]:
    """The environment of a process that this one starts: it gets the same settings.

    Temporal's variables are not passed on, so that no part of another configuration mixes in.
    """
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")
    }
    chosen = {PREFIX + "DATA": str(settings.data), PREFIX + "PORT": str(settings.port)}
    return {**inherited, **chosen, **variables}
