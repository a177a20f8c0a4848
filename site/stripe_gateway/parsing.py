"""Parse Stripe's JSON into frozen models. What Stripe does not promise raises UnexpectedAnswer.

Null and missing are the same to us: Stripe sends null for what an object does not have
(docs.stripe.com/api). Fields that we do not use are ignored, as Stripe may add some at any time
(docs.stripe.com/upgrades#what-changes-does-stripe-consider-to-be-backward-compatible).
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from stripe_gateway.errors import UnexpectedAnswer
from stripe_gateway.policy import LONGEST_TEXT, LONGEST_URL
from text import storable

Json = Mapping[str, Any]

LARGEST = 2**63 - 1  # what PostgreSQL's bigint holds
LATEST = 253_402_300_799  # the last second that Python's datetime knows


def clean_text(value: object) -> object:
    """Make a text storable, at most 255 characters; leave everything else to the type's check."""
    return storable(value, LONGEST_TEXT) if isinstance(value, str) else value


def clean_url(value: object) -> object:
    """Make a URL storable, of any length."""
    return storable(value, LONGEST_URL) if isinstance(value, str) else value


def id_of(value: object) -> object:
    """Return the id of an object that came expanded, else the value
    (docs.stripe.com/api/expanding_objects).
    """
    return clean_text(value.get("id") if isinstance(value, Mapping) else value)


def only_texts(value: object) -> object:
    """Return the entries of a metadata object that are texts, cleaned."""
    if not isinstance(value, Mapping):
        return value
    return {clean_text(key): clean_text(text) for key, text in value.items() if _is_text(key, text)}


def _is_text(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


Text = Annotated[StrictStr, BeforeValidator(clean_text)]
# Null is empty even where the base class does not see it, inside an object that has no model.
NullableText = Annotated[Text, BeforeValidator(lambda value: "" if value is None else value)]
Url = Annotated[StrictStr, BeforeValidator(clean_url)]
Reference = Annotated[StrictStr, BeforeValidator(id_of)]
Metadata = Annotated[dict[str, str], BeforeValidator(only_texts)]
Flag = StrictBool
# Minor units of a currency, or any other whole number.
Amount = Annotated[StrictInt, Field(ge=-LARGEST, le=LARGEST)]
# Unix seconds, before the year 10000.
Timestamp = Annotated[StrictInt, Field(ge=0, le=LATEST)]


class StripeModel(BaseModel):
    """An object of Stripe's, as far as the shop uses it."""

    # Answers contain personal data, and errors are logged.
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def without_nulls(cls, data: object) -> object:
        """Leave out what is null, so that defaults apply."""
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data


Model = TypeVar("Model", bound=StripeModel)


def parse(model: type[Model], data: object) -> Model:
    """Return `data` as an instance of `model`.

    Raises UnexpectedAnswer, which names the field and what is wrong, but not the value.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(map(str, (model.__name__, *first["loc"])))
        got = type(first["input"]).__name__
        raise UnexpectedAnswer(f"{field}: {first['msg']} (Stripe sent: {got}).") from error
