"""The names of what a reply can be awaited for."""

__all__ = ["DATA", "DOT", "EMPTY", "GROUP", "MAIL", "QUIT", "RCPT", "RSET"]

MAIL, RCPT, DATA, RSET, QUIT = "MAIL", "RCPT", "DATA", "RSET", "QUIT"
DOT = "."  # that ends a message
EMPTY = ""  # the dot of a message that nobody is to get
GROUP = (MAIL, RCPT, DATA)  # what travels together
