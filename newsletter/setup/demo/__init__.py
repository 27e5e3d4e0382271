"""The demo: the whole journey of an article on this machine, with embedded parts only."""
