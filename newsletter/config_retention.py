"""The [signup] and [retention] of config.toml: how much is taken in, and how long it is kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from newsletter.config_values import Section, fail

Days = Annotated[int, Field(ge=0, le=36_500)]  # 0: never

CONFIRM_DAYS = 7  # a link to confirm works for so long (`subscribers.tokens.LIFETIMES`)


class Signup(Section):
    """From how many on within one hour a sign-up takes one more step."""

    per_ip_hour: Annotated[int, Field(ge=1)] = 30  # from one address; an office may share one
    per_domain_hour: Annotated[int, Field(ge=1)] = 200  # beyond as many hundreds as it has readers


class Retention(Section):
    """How long is kept what nobody needs any more; 0 keeps it for ever."""

    never_confirmed: Days = 30  # asked to confirm, and did not; from the last time they were asked
    never_invited: Days = 365  # imported, and never asked
    erased: Days = 1095  # evidence and log of those who were erased; they may be asked for it
    left: Days = 0  # who left all lists is erased, and may come back
    ip: Days = 0  # IP addresses in the evidence
    log: Days = 0  # who did what

    @model_validator(mode="after")
    def _links_still_work(self) -> Retention:
        if 0 < self.never_confirmed <= CONFIRM_DAYS:
            raise fail("expected 0, or 8 or more, in 'never_confirmed': links work for 7 days")
        return self
