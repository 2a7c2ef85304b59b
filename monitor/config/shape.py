"""The shape of the file, as pydantic models: which tables there are, which keys they have, what each may hold.

What one value means is read by `values` and `addresses`; what one table says of another is checked by `references`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import time, timedelta
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from monitor.config import addresses, values
from monitor.config.faults import BadValue, shown
from monitor.model.settings import EmptyDigest, Priority, Reaction, SecretRef

V = TypeVar("V")
T = TypeVar("T")

ActorKind = Literal["person", "organisation", "place", "other"]


def told(read: Callable[[V], T]) -> Callable[[V], T]:
    """A reader whose BadValue reaches pydantic's list of errors whole."""

    def run(value: V) -> T:
        try:
            return read(value)
        except BadValue as bad:
            context = {"message": bad.message, "remedy": bad.remedy, "key": bad.key}
            raise PydanticCustomError("bad_value", "{message}", context) from None

    return run


def plain(read: Callable[[Any], Any], given: Any = str) -> PlainValidator:
    """A reader that sees the value as TOML gave it; `given` is its type for the JSON Schema."""
    return PlainValidator(told(read), json_schema_input_type=given)


def choice(options: Iterable[str], what: str) -> PlainValidator:
    """A reader of one word out of a few."""
    names = [str(option) for option in options]
    return plain(values.one_of(names, what), Annotated[str, Field(json_schema_extra={"enum": [*names]})])


def as_list(value: object) -> object:
    """One text where a list of texts may stand."""
    return [value] if isinstance(value, str) else value


Id = Annotated[str, plain(values.identifier)]
Line = Annotated[str, AfterValidator(told(values.line_of_text))]
Item = Annotated[str, AfterValidator(told(values.item))]
Items = Annotated[list[Item], Field(min_length=1)]
Group = Annotated[
    Items,
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Duration = Annotated[timedelta, plain(values.duration)]
Pause = Annotated[timedelta, plain(values.pause)]
Size = Annotated[int, plain(values.size, int | str)]
Zone = Annotated[str, plain(values.zone)]
Language = Annotated[str, plain(values.language)]
Secret = Annotated[SecretRef, plain(values.secret)]
ClockTime = Annotated[time, plain(values.clock_time)]
Count = Annotated[int, Field(ge=1)]


class Shape(BaseModel):
    """A table: no unknown keys, no conversion of types."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


class PacingShape(Shape):
    interval: Duration | None = Field(default=None, examples=["60m"])
    floor: Duration | None = Field(default=None, examples=["15m"])
    adaptive: bool | None = None
    ceiling: Duration | None = Field(default=None, examples=["4h"])
    polls: Count | None = None
    feed_pause: Pause | None = Field(default=None, examples=["2s"])
    pages: Count | None = None
    page_pause: Pause | None = Field(default=None, examples=["2s"])
    page_wait: Pause | None = Field(default=None, examples=["60s"])
    page_wait_max: Pause | None = Field(default=None, examples=["90s"])
    deadline: Duration | None = Field(default=None, examples=["30s"])
    feed_bytes: Size | None = Field(default=None, examples=["10MB"])
    page_bytes: Size | None = Field(default=None, examples=["5MB"])
    worker_deadline: Duration | None = Field(default=None, examples=["20s"])
    worker_memory: Size | None = Field(default=None, examples=["1.5GB"])
    workers: Count | None = None


class ServiceShape(Shape):
    state: Line | None = Field(default=None, examples=["state"])
    timezone: Zone = Field(default="UTC", examples=["Africa/Cairo"])
    contact: Annotated[str, plain(addresses.contact)] | None = Field(
        default=None, examples=["https://example.org/about"]
    )
    proxy: Annotated[str, plain(addresses.proxy_url)] | None = Field(
        default=None, examples=["http://proxy.example.org:3128"]
    )
    ca_file: Line | None = Field(default=None, examples=["ca.pem"])
    allow_private: list[Annotated[str, plain(values.network)]] = Field(default=[], examples=[["192.168.0.0/16"]])
    pacing: PacingShape = Field(default_factory=PacingShape)


class EmailShape(Shape):
    kind: Literal["email"]
    smtp: Annotated[addresses.Smtp, plain(addresses.smtp)] = Field(examples=["smtps://desk@mail.example.org"])
    username: Line | None = Field(default=None, examples=["desk@example.org"])
    password: Secret | None = Field(default=None, examples=["env:MAIL_PASSWORD"])
    sender: Annotated[str, plain(addresses.mailbox)] | None = Field(
        default=None, alias="from", examples=["monitor@example.org"]
    )
    from_name: Line | None = Field(default=None, examples=["News monitor"])
    timeout: Duration | None = Field(default=None, examples=["30s"])
    neutral_subjects: bool = False


class WebhookShape(Shape):
    kind: Literal["webhook"]
    secrets: Annotated[
        list[Secret],
        BeforeValidator(as_list),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
    ] = Field(default=[], examples=["env:HOOK_SECRET"])
    timeout: Duration | None = Field(default=None, examples=["20s"])


class FileShape(Shape):
    kind: Literal["file"]


class ConsoleShape(Shape):
    kind: Literal["console"]


ChannelShape = EmailShape | WebhookShape | FileShape | ConsoleShape
CHANNEL_SHAPES: dict[str, type[Shape]] = {
    "email": EmailShape,
    "webhook": WebhookShape,
    "file": FileShape,
    "console": ConsoleShape,
}


class DigestShape(Shape):
    name: Line | None = Field(default=None, examples=["Morning digest"])
    at: ClockTime = Field(default=time(7), examples=["07:00"])
    days: list[Annotated[int, plain(values.weekday)]] | None = Field(
        default=None, min_length=1, examples=[["mon", "tue", "wed", "thu", "fri"]]
    )
    rules: Items = Field(default=["*"], examples=[["*"]])
    timezone: Zone | None = Field(default=None, examples=["Africa/Cairo"])
    empty: Annotated[str, choice(EmptyDigest, "a choice")] = Field(default="always", examples=["always"])


class OwnDigestShape(DigestShape):
    """A recipient's digest, written in place."""

    id: Id | None = Field(default=None, examples=["desk-morning"])


class RecipientShape(Shape):
    id: Id = Field(examples=["desk"])
    name: Line | None = Field(default=None, examples=["Gaza desk"])
    endpoints: Annotated[list[Item], Field(min_length=1)] = Field(examples=[["mail:desk@example.org"]])
    timezone: Zone | None = Field(default=None, examples=["Africa/Cairo"])
    languages: list[Language] = Field(default=[], examples=[["en", "ar"]])
    alerts: list[Item] = Field(default=["*"], examples=[["*"]])
    digest: OwnDigestShape | None = Field(default=None, examples=[{"at": "07:00", "rules": ["*"]}])
    digests: list[Item] = Field(default=[], examples=[["morning"]])
    alarms: bool = True


class AuthShape(Shape):
    """One of three: `user` and `password`, `bearer`, `header` and `value`."""

    user: Line | None = None
    password: Secret | None = None
    bearer: Secret | None = None
    header: Annotated[str, plain(values.header_name)] | None = None
    value: Secret | None = None

    @model_validator(mode="after")
    def one_form(self) -> Self:
        forms = ({"user", "password"}, {"bearer"}, {"header", "value"})
        if self.model_fields_set not in forms:
            message = "not one of the three ways to log in"
            remedy = (
                'write { user = "NAME", password = "env:NAME" }, { bearer = "env:NAME" } '
                'or { header = "X-Api-Key", value = "env:NAME" }'
            )
            raise PydanticCustomError("bad_value", "{message}", {"message": message, "remedy": remedy, "key": ""})
        return self


class FeedShape(Shape):
    url: Annotated[str, plain(addresses.feed_url)] = Field(examples=["https://example.org/world.rss"])
    id: Id | None = Field(default=None, examples=["example-world"])
    name: Line | None = Field(default=None, examples=["Example World"])
    language: Language | None = Field(default=None, examples=["en"])
    group: Line | None = Field(default=None, examples=["agencies"])
    interval: Duration | None = Field(default=None, examples=["30m"])
    own: bool = False
    auth: AuthShape | None = Field(default=None, examples=[{"bearer": "env:FEED_TOKEN"}])
    backfill: Annotated[int | None, plain(values.backfill, int | Literal["all"])] = Field(default=20, examples=[20])
    robots: bool = True
    excerpt: bool = True
    retry_after: Annotated[Literal["host", "feed"], choice(("host", "feed"), "a scope")] = Field(
        default="host", examples=["feed"]
    )
    drop_validators: Duration | None = Field(default=None, examples=["7d"])


class ActorShape(Shape):
    name: Line = Field(examples=["Ismail Haniyeh"])
    kind: Annotated[ActorKind, choice(get_args(ActorKind), "a kind of actor")] = Field(
        default="other", examples=["person"]
    )
    aliases: list[Item] = Field(default=[], examples=[["Haniyeh", "Haniya"]])
    variants: bool = Field(default=True, examples=[False])


class TopicShape(Shape):
    name: Line | None = Field(default=None, examples=["Truce"])
    terms: Items = Field(examples=[["truce", "ceasefire"]])


class AtLeastShape(Shape):
    count: Count = Field(examples=[2])
    of: Items = Field(examples=[["truce", "hostages", "talks"]])

    @model_validator(mode="after")
    def can_be_reached(self) -> Self:
        total = sum(map(_weight, set(self.of)))
        if self.count > total:
            message = f"{shown(self.count)} different items can never be found among {total}"
            context = {"message": message, "remedy": "lower it or add items to `of`", "key": "count"}
            raise PydanticCustomError("bad_value", "{message}", context)
        return self


def _weight(item: str) -> int:
    """What an item of `of` counts: `@haniyeh ^3` counts three."""
    weight = item.rpartition(" ^")[2]
    return int(weight) if " ^" in item and weight.isdecimal() else 1


class RuleShape(Shape):
    id: Id = Field(examples=["truce"])
    name: Line | None = Field(default=None, examples=["Truce talks"])
    all: list[Group] = Field(default=[], examples=[["Gaza", ["truce", "ceasefire"]]])
    any: list[Item] = Field(default=[], examples=[["truce", "ceasefire"]])
    at_least: AtLeastShape | None = Field(default=None, examples=[{"count": 2, "of": ["truce", "hostages", "talks"]}])
    none: list[Item] = Field(default=[], examples=[["football"]])
    near: Annotated[int | str, plain(values.near, int | str)] | None = Field(default=None, examples=[12])
    query: Item | None = Field(default=None, examples=["Gaza AND (truce OR ceasefire)"])
    priority: Annotated[str, choice(Priority, "a priority")] = Field(default="normal", examples=["high"])
    subject: Annotated[str, choice(Reaction, "a reaction")] = Field(default="alert", examples=["alert"])
    mention: Annotated[str, choice(Reaction, "a reaction")] = Field(default="digest", examples=["digest"])
    description: str = ""


class Document(Shape):
    """The whole file."""

    service: ServiceShape = Field(default_factory=ServiceShape)
    channels: dict[Id, Annotated[ChannelShape, Field(discriminator="kind")]] = {}
    recipients: list[RecipientShape] = []
    digests: dict[Id, DigestShape] = {}
    feeds: list[FeedShape] = []
    actors: dict[Id, ActorShape] = {}
    topics: dict[Id, TopicShape] = {}
    rules: list[RuleShape] = []


def shape_at(path: tuple[str | int, ...], kind: str = "") -> type[Shape] | None:
    """The model of the table at `path`; `kind` is that of the channel the path leads through."""
    if path[:1] == ("channels",) and len(path) > 1:
        return CHANNEL_SHAPES.get(kind) if len(path) == 2 else None
    return _SHAPES.get(tuple("*" if number == 1 or isinstance(part, int) else part for number, part in enumerate(path)))


_SHAPES: dict[tuple[str, ...], type[Shape]] = {
    (): Document,
    ("service",): ServiceShape,
    ("service", "*"): PacingShape,
    ("recipients", "*"): RecipientShape,
    ("recipients", "*", "digest"): OwnDigestShape,
    ("digests", "*"): DigestShape,
    ("feeds", "*"): FeedShape,
    ("feeds", "*", "auth"): AuthShape,
    ("actors", "*"): ActorShape,
    ("topics", "*"): TopicShape,
    ("rules", "*"): RuleShape,
    ("rules", "*", "at_least"): AtLeastShape,
}
