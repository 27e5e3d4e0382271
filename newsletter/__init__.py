"""Collects new articles into digests and mails them to people who asked for them."""

__version__ = "0.1.0"
