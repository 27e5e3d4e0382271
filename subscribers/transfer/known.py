"""The systems whose export files are recognised by their headers."""

from __future__ import annotations

from subscribers.transfer.formats import Format
from subscribers.transfer.ghost import GHOST
from subscribers.transfer.listmonk_csv import LISTMONK
from subscribers.transfer.mailchimp import MAILCHIMP
from subscribers.transfer.mailman import MAILMAN
from subscribers.transfer.substack import SUBSTACK

FORMATS: tuple[Format, ...] = (LISTMONK, GHOST, SUBSTACK, MAILCHIMP, MAILMAN)
"""In the order in which they are asked: the one with the most particular header first."""
