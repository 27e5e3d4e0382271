"""The sentences that our pages say, as a type: what every language must have.

A language that lacks a sentence cannot be constructed, so the first import finds it. Placeholders
in braces are filled by `str.format`. Labels and buttons hold no full stop; sentences do. To add a
language, write a module like `english` and name it in `catalogue`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    language_name: str  # as it calls itself
    written_in: str  # {language}

    # Around every page
    skip: str
    privacy: str
    published_by: str  # {site}
    to_site: str  # {site}

    # The lists
    lists_title: str
    lists_lead: str  # {site}
    lists_none: str
    subscribe: str
    subscribe_to: str  # {title}: what the link says to a screen reader, and to everybody
    past_issues: str
    optional: str

    # Sign-up
    signup_title: str  # {title}
    address: str
    address_hint: str
    name: str
    topics: str
    topics_hint: str
    cadence: str
    alerts: str  # under the name of their list
    alerts_of: str  # {title}
    alerts_alone: str  # of a list that has no regular issues
    alerts_hint: str
    also: str
    also_said: str  # {titles}: the same as a sentence, kept as evidence; likewise:
    topics_said: str  # {topics}
    cadence_said: str  # {cadence}
    consent: str  # {title}, {site}
    consent_alerts: str  # {title}, {site}: of a list that has no regular issues
    with_alerts: str
    signup_button: str
    what_happens: str
    closed: str  # {title}
    who: str
    who_text: str  # {site}
    purpose: str
    purpose_text: str
    retention: str
    retention_text: str  # {until}: one of the next two
    until_erased: str
    until_days: str  # {days}
    retention_erased: str  # {kept}: one of the next two
    kept_days: str  # {days}
    kept_ever: str
    retention_unconfirmed: str  # {days}
    rights: str
    rights_text: str
    more_privacy: str
    trap: str  # of a field that nobody sees; who fills it in takes one more step

    # One more step, before a sign-up is taken
    step_title: str
    step_lead: str
    step_many: str
    step_quick: str
    step_change: str
    too_many: str  # {minutes}
    late_title: str  # of the step when there were too many
    late_button: str

    # Check your mail
    sent_title: str
    sent_lead: str  # {address}
    sent_next: str
    sent_missing: str
    sent_again: str

    # Confirm
    confirm_title: str
    confirm_lead: str  # {address}, {titles}
    confirm_button: str
    confirm_not_you: str
    further: str  # over what else was asked for in their name
    further_hint: str
    confirmed_title: str
    confirmed_lead: str  # {titles}
    confirmed_next: str
    gone_title: str
    gone_lead: str
    again_button: str

    # Leave
    leave_title: str  # {title}
    leave_lead: str  # {address}, {title}
    leave_button: str
    leave_all_title: str
    leave_all_lead: str  # {site}
    leave_all_button: str
    less_title: str
    keep_alerts: str
    keep_alerts_lead: str  # {title}: kept as evidence
    keep_digests: str
    keep_digests_lead: str  # {title}
    kept_title: str
    kept_alerts: str  # {title}
    kept_digests: str  # {title}
    leave_less: str
    leave_less_link: str
    left_title: str
    left_lead: str  # {title}
    left_all_lead: str  # {site}
    left_already: str  # {title}
    left_queue: str
    undo_button: str
    undo_hint: str
    undone_title: str
    undone_lead: str  # {title}
    undone_pending: str
    undone_pending_lead: str  # {title}
    undo_late: str
    why_title: str
    why_lead: str
    why_often: str
    why_dull: str
    why_never: str
    why_other: str
    why_words: str
    why_button: str
    why_thanks_title: str
    why_thanks: str

    # Preferences
    preferences_title: str
    preferences_lead: str  # {address}
    digests: str
    language: str
    language_of_list: str
    pause: str
    pause_hint: str
    paused: str  # {date}
    save: str
    saved: str
    neither_or_bad: str
    pause_past: str
    leave_this: str  # {title}
    data_title: str
    data_lead: str
    data_button: str
    data_sent_title: str
    data_sent: str
    nothing_title: str
    nothing_lead: str

    # Joining another list
    join_title: str
    joined: str  # {title}
    join_sent: str  # {address}
    none_title: str
    none_lead: str  # {address}

    # Personal data
    settings_title: str
    settings_lead: str  # {address}
    name_save: str
    download_title: str
    download_lead: str
    download_button: str
    erase_title: str
    erase_lead: str
    erase_check: str
    erase_button: str
    erase_unchecked: str
    erased_title: str
    erased_lead: str

    # A new address
    move_title: str
    move_lead: str
    move_address: str
    move_button: str
    move_same: str
    move_sent: str  # {address}
    move_once: str
    move_confirm_title: str
    move_confirm_lead: str  # {address}, {before}: masked
    move_confirm_button: str
    moved_lead: str  # {address}
    move_gone: str
    move_old: str

    # Asking for one's data without a mail at hand
    ask_footer: str
    ask_lead: str
    ask_sent: str  # {address}
    ask_few: str

    # Links of another system

    # Archive
    archive_title: str  # {title}
    archive_none: str
    number: str  # {number}

    # What went wrong
    error_title: str
    not_found: str
    method: str
    too_large: str
    invalid: str
    not_permitted: str
    internal: str
    busy: str
    bad_link: str
    old_link_title: str
    old_link: str
    bad_address: str
    bad_value: str
    home: str
