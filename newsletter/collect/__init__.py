"""From a source's bytes to Entries, and from Entries to articles that are stored once and offered.

    place ── fetch, local ──► bytes ── feeds, pages ──► Entries ── decide, store ──► articles

`reading` is the one door to what is at a place, `store` the one to what is kept of it. What parses
is pure; `fetch`, `polite`, `crew` and `visitor` ask the network.
"""
