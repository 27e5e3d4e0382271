"""The sentences of our pages in English."""

from __future__ import annotations

from newsletter.web.words import Words

ENGLISH = Words(
    language_name="English",
    written_in="in {language}",
    # Around every page
    skip="Skip to the page",
    privacy="Privacy",
    published_by="Published by {site}",
    to_site="Back to {site}",
    # The lists
    lists_title="Newsletters",
    lists_lead="News from {site}, in your inbox. Choose what you would like to read: leaving again "
    "takes one click.",
    lists_none="There is no newsletter to subscribe to at the moment.",
    subscribe="Subscribe",
    subscribe_to="Subscribe to {title}",
    past_issues="Past issues",
    optional="optional",
    # Sign-up
    signup_title="Subscribe to {title}",
    address="E-mail address",
    address_hint="We use it for these mails and for nothing else.",
    name="Name",
    topics="Topics",
    topics_hint="Leave them all empty to get everything.",
    cadence="How often",
    alerts="Urgent alerts as well",
    alerts_of="The urgent alerts of “{title}”",
    alerts_alone="Urgent alerts",
    alerts_hint="Rare, and only when it cannot wait for the next issue.",
    also="I would also like to receive",
    also_said="I would also like to receive: {titles}.",
    topics_said="Topics: {topics}.",
    cadence_said="How often: {cadence}.",
    consent="I would like to receive “{title}” by e-mail from {site}. I can leave at any time, "
    "with one click.",
    consent_alerts="I would like to receive “{title}”, urgent alerts included, by e-mail from "
    "{site}. I can leave at any time, with one click.",
    with_alerts="urgent alerts included",
    signup_button="Subscribe",
    what_happens="We will send you a message with a link to confirm. Nothing else comes until you "
    "have confirmed.",
    closed="“{title}” does not take new subscribers at the moment.",
    who="Who is responsible",
    who_text="{site} keeps your address and sends you these messages.",
    purpose="What for",
    purpose_text="To send you, with your consent, the newsletters you ask for. We do not track "
    "what you open or click.",
    retention="For how long",
    retention_text="Until you leave. After that we keep your address, your name and the proof that "
    "you agreed and that you left (dates, IP address), so as to respect your choice, {until}.",
    until_erased="until you have them erased",
    until_days="for {days} days; then they are erased",
    retention_erased="Once they are erased, we keep what was agreed to and when, under a pseudonym "
    "and without IP addresses, {kept}, and a seal of the address that cannot be read back, so as "
    "never to write to you again.",
    kept_days="for {days} days",
    kept_ever="without limit of time",
    retention_unconfirmed="A sign-up that is never confirmed is deleted after {days} days.",
    rights="Your rights",
    rights_text="You can see, correct, download and erase your data at any time, by a link in "
    "every message. Leaving takes one click. You may complain to your data protection authority.",
    more_privacy="More on how we protect your data",
    trap="Leave this field empty",
    # One more step, before a sign-up is taken
    step_title="Look it over, then subscribe",
    step_lead="Nothing has been kept yet. If everything is right, press “Subscribe”.",
    step_many="Many people are signing up just now, hence this one more step.",
    step_quick="The form was sent too quickly: press once more.",
    step_change="Change something",
    too_many="Far too many people are signing up just now, and nothing was kept. Please try again "
    "in {minutes} min.",
    late_title="Come back a little later",
    late_button="Keep this page open: its button will work then.",
    # Check your mail
    sent_title="Check your mail",
    sent_lead="We have written to {address}.",
    sent_next="Open that message and follow its link: only then does your subscription begin.",
    sent_missing="Nothing there after a few minutes? Have a look in the spam folder.",
    sent_again="We write to the same address once a day at most, so an earlier message of today "
    "counts too, with the choices made then; its link offers further lists asked for since. If the "
    "address has a mistake in it, just start again.",
    # Confirm
    confirm_title="One click to go",
    confirm_lead="Subscribe {address} to {titles}?",
    confirm_button="Yes, subscribe me",
    confirm_not_you="If you did not ask for this, simply close this page: without the button, "
    "nothing happens.",
    further="Also asked for, for this address",
    further_hint="Tick what you want to receive. What you leave empty does not begin.",
    confirmed_title="You are subscribed",
    confirmed_lead="Thank you. From now on you will receive {titles}.",
    confirmed_next="Choose what I get",
    gone_title="This sign-up no longer stands",
    gone_lead="It has been replaced by a newer one, or taken back. You can sign up again.",
    again_button="Send me a new link",
    # Leave
    leave_title="Leave {title}?",
    leave_lead="{address} will receive no more messages from “{title}”.",
    leave_button="Unsubscribe me",
    leave_all_title="Or leave them all",
    leave_all_lead="No more messages from {site} at all, whatever the newsletter.",
    leave_all_button="Unsubscribe me from everything",
    less_title="Or get less",
    keep_alerts="Urgent alerts only",
    keep_alerts_lead="Of “{title}”, get nothing but the urgent alerts: rare, and only when it "
    "cannot wait.",
    keep_digests="Regular issues only",
    keep_digests_lead="Go on getting the regular issues of “{title}”, without its urgent alerts.",
    kept_title="Saved",
    kept_alerts="Of “{title}”, you will get nothing but the urgent alerts.",
    kept_digests="You will get the regular issues of “{title}”, without its urgent alerts.",
    leave_less="Is it just too much?",
    leave_less_link="Choose what you get, and how often",
    left_title="You have left",
    left_lead="You will receive no more messages from “{title}”.",
    left_all_lead="You will receive no more newsletters from {site}.",
    left_already="You had already left “{title}”. There is nothing more to do.",
    left_queue="A message that was leaving this very moment may still arrive.",
    undo_button="Undo: keep my subscription",
    undo_hint="If it was a mistake, you have one day to take it back.",
    undone_title="You are back",
    undone_lead="Your subscription to “{title}” goes on as if nothing had happened.",
    undone_pending="Still to be confirmed",
    undone_pending_lead="Your subscription to “{title}” waits for you to confirm it: open the "
    "message that we sent you for that, and follow its link.",
    undo_late="It is too late to take that back. You are welcome to sign up again.",
    why_title="Would you tell us why?",
    why_lead="Only if you like; it helps us do better.",
    why_often="Too many messages",
    why_dull="Not what I was hoping for",
    why_never="I never asked for it",
    why_other="Something else",
    why_words="In your own words",
    why_button="Send",
    why_thanks_title="Thank you",
    why_thanks="We have kept your answer. We will read it.",
    # Preferences
    preferences_title="Choose what you get",
    preferences_lead="These are the settings for {address}.",
    digests="Regular issues",
    language="Language",
    language_of_list="As each newsletter is written",
    pause="Pause until",
    pause_hint="Going away? Nothing comes before that day, and what appeared meanwhile is not "
    "sent later. Leave it empty for mail as usual.",
    paused="Paused until {date}.",
    save="Save",
    saved="Saved.",
    neither_or_bad="Nothing was saved: keep regular issues or alerts of each newsletter (or leave "
    "it), and pause for a year at most.",
    pause_past="That day is past, so the pause is as it was; the rest is saved. Choose a day to "
    "come, or leave it empty.",
    leave_this="Leave {title}",
    data_title="Your personal data",
    data_lead="To change your name or address, download your data or have them erased, we send "
    "you a fresh link: messages get forwarded, and only you should open that page.",
    data_button="Send me a link",
    data_sent_title="Check your mail",
    data_sent="We have sent a link to your address. It works for one hour.",
    nothing_title="No subscription here",
    nothing_lead="This address is not subscribed to anything at the moment, or the subscription "
    "this link belonged to is no longer kept.",
    # Joining another list
    join_title="Get more",
    joined="Done: from now on you will receive “{title}”. A message confirms it.",
    join_sent="To make sure that it is you, we have written to {address}.",
    none_title="No subscription at the moment",
    none_lead="{address} gets nothing from us. To come back, choose a newsletter.",
    # Personal data
    settings_title="Your personal data",
    settings_lead="This is what we keep about {address}.",
    name_save="Save name",
    download_title="Download my data",
    download_lead="All that we keep about you, in one file (JSON).",
    download_button="Download",
    erase_title="Erase me",
    erase_lead="Your name, your address and your choices are erased for good, and no message will "
    "come any more. We keep only a seal that cannot be read back, so as never to write to you "
    "again by mistake.",
    erase_check="Yes, erase everything about me",
    erase_button="Erase me",
    erase_unchecked="Nothing was erased: tick the box first, so that it cannot happen by accident.",
    erased_title="You have been erased",
    erased_lead="We no longer know who you are. Thank you for reading us.",
    # A new address
    move_title="Change your address",
    move_lead="We first write to the new address, and nothing changes unless you confirm from "
    "there. Your subscriptions and settings stay as they are.",
    move_address="New e-mail address",
    move_button="Change address",
    move_same="That is your address already.",
    move_sent="We have written to {address}. Open that message and follow its link, which works "
    "for one day: until then, nothing changes.",
    move_once="We write to the same address once a day at most, so an earlier message of today "
    "counts too.",
    move_confirm_title="Is this your new address?",
    move_confirm_lead="From now on we write to {address}, and no longer to {before}.",
    move_confirm_button="Yes, write to me here",
    moved_lead="We now write to {address}. Your subscriptions and settings are the same.",
    move_gone="It has been replaced by a newer one, or the address cannot be taken any more. You "
    "can start again from the page of your data.",
    move_old="It worked for one day, and nothing has changed. You can start again from the page of "
    "your data.",
    # Asking for one's data without a mail at hand
    ask_footer="Your data",
    ask_lead="To see, correct, download or erase what we keep about you, or to change your "
    "address, we send you a link that works for one hour.",
    ask_sent="If we know {address}, a link that works for one hour has just been sent there.",
    ask_few="We send only a few of them a day: a link of some minutes ago works, too.",
    # Links of another system
    # Archive
    archive_title="Past issues of {title}",
    archive_none="No issue has appeared yet.",
    number="No. {number}",
    # What went wrong
    error_title="That did not work",
    not_found="There is no such page. The link may be incomplete: copy it whole.",
    method="This page cannot be used like that. Go back, and use its button.",
    too_large="That was more than we can take in at once.",
    invalid="Something in that form could not be read. Go back, and try once more.",
    not_permitted="That cannot be done, or no longer, and nothing was changed.",
    internal="Something went wrong on our side, and nothing was changed. Please try again later.",
    busy="We are busy just now, and nothing was changed. Please try again in a moment.",
    bad_link="This link is incomplete, or not one of ours. Copy it whole from the message.",
    old_link_title="This link is too old",
    old_link="For your safety it works for a limited time only. We can send you a new one.",
    bad_address="This is not an e-mail address. Write it like name@example.org.",
    bad_value="Something here cannot be kept as written: shorten it, and keep it on one line.",
    home="See all newsletters",
)
