"""Reads posted forms, urlencoded or multipart, for handlers that are plain functions."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

MOST_FIELDS = 200


async def _submitted(request: Request) -> FormData:
    """The form; a malformed one, or one with files, is answered 400 by the framework."""
    return await request.form(max_files=0, max_fields=MOST_FIELDS)


async def _understood(request: Request) -> FormData:
    """The same; what cannot be read says nothing, for a POST that means something all by itself."""
    try:
        return await _submitted(request)
    except HTTPException:
        return FormData()


Form = Annotated[FormData, Depends(_submitted)]
FormIfAny = Annotated[FormData, Depends(_understood)]


def one(form: FormData, name: str) -> str:
    """The field's text; "" where it is missing or no text."""
    value = form.get(name)
    return value if isinstance(value, str) else ""


def many(form: FormData, name: str) -> frozenset[str]:
    """All values of a field that may be ticked several times."""
    return frozenset(value for value in form.getlist(name) if isinstance(value, str))
