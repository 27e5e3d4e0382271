"""Every sentence our pages say, in each language we speak: a small typed catalogue.

A language that lacks a sentence cannot be constructed, so the first import finds it. Placeholders
in braces are filled by `str.format`. Labels and buttons hold no full stop; sentences do. To add a
language, add a `Words` below and name it in `CATALOGUE`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from newsletter.compose.typography import french

__all__ = ["CATALOGUE", "Words"]


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    language_name: str  # as it calls itself

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
    past_issues_of: str  # {title}
    optional: str

    # Sign-up
    signup_title: str  # {title}
    address: str
    address_hint: str
    name: str
    topics: str
    topics_hint: str
    cadence: str
    alerts: str
    alerts_hint: str
    also: str
    also_said: str  # {titles}: the same as a sentence, kept as evidence
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
    retention_text: str
    rights: str
    rights_text: str
    more_privacy: str

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
    everything: str
    language: str
    language_of_list: str
    pause: str
    pause_hint: str
    paused: str  # {date}
    save: str
    saved: str
    neither_or_bad: str
    leave_this: str  # {title}
    more_lists: str
    data_title: str
    data_lead: str
    data_button: str
    data_sent_title: str
    data_sent: str
    nothing_title: str
    nothing_lead: str

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
    internal: str
    busy: str
    bad_link: str
    old_link_title: str
    old_link: str
    bad_address: str
    no_list: str
    bad_value: str
    home: str


_ENGLISH = Words(
    language_name="English",
    skip="Skip to the page",
    privacy="Privacy",
    published_by="Published by {site}",
    to_site="Back to {site}",
    lists_title="Newsletters",
    lists_lead="News from {site}, in your inbox. Choose what you would like to read: leaving again "
    "takes one click.",
    lists_none="There is no newsletter to subscribe to at the moment.",
    subscribe="Subscribe",
    subscribe_to="Subscribe to {title}",
    past_issues="Past issues",
    past_issues_of="Past issues of {title}",
    optional="optional",
    signup_title="Subscribe to {title}",
    address="E-mail address",
    address_hint="We use it for this newsletter and for nothing else.",
    name="Name",
    topics="Topics",
    topics_hint="Leave them all empty to get everything.",
    cadence="How often",
    alerts="Urgent alerts as well",
    alerts_hint="Rare, and only when it cannot wait for the next issue.",
    also="I would also like to receive",
    also_said="I would also like to receive: {titles}.",
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
    purpose_text="To send you the newsletters you ask for. We do not track what you open or click.",
    retention="For how long",
    retention_text="Until you leave. A sign-up that is never confirmed is deleted.",
    rights="Your rights",
    rights_text="You can see, correct, download and erase your data at any time, by a link in "
    "every message. Leaving takes one click.",
    more_privacy="More on how we protect your data",
    sent_title="Check your mail",
    sent_lead="We have written to {address}.",
    sent_next="Open that message and follow its link: only then does your subscription begin.",
    sent_missing="Nothing there after a few minutes? Have a look in the spam folder.",
    sent_again="We write to the same address once a day at most, so an earlier message of today "
    "counts too. If the address has a mistake in it, just start again.",
    confirm_title="One click to go",
    confirm_lead="Subscribe {address} to {titles}?",
    confirm_button="Yes, subscribe me",
    confirm_not_you="If you did not ask for this, simply close this page: without the button, "
    "nothing happens.",
    confirmed_title="You are subscribed",
    confirmed_lead="Thank you. From now on you will receive {titles}.",
    confirmed_next="Choose what I get",
    gone_title="This sign-up no longer stands",
    gone_lead="It has been replaced by a newer one, or taken back. You can sign up again.",
    again_button="Send me a new link",
    leave_title="Leave {title}?",
    leave_lead="{address} will receive no more messages from “{title}”.",
    leave_button="Unsubscribe me",
    leave_all_title="Or leave them all",
    leave_all_lead="No more messages from {site} at all, whatever the newsletter.",
    leave_all_button="Unsubscribe me from everything",
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
    preferences_title="Choose what you get",
    preferences_lead="These are the settings for {address}.",
    digests="Regular issues",
    everything="Everything",
    language="Language",
    language_of_list="As each newsletter is written",
    pause="Pause until",
    pause_hint="Going away? Nothing comes before that day. Leave it empty for mail as usual.",
    paused="Paused until {date}.",
    save="Save",
    saved="Saved.",
    neither_or_bad="Nothing was saved: keep regular issues or alerts of each newsletter (or leave "
    "it), and pause for a year at most.",
    leave_this="Leave {title}",
    more_lists="Other newsletters",
    data_title="Your personal data",
    data_lead="To change your name, download your data or have them erased, we send you a fresh "
    "link: messages get forwarded, and only you should open that page.",
    data_button="Send me a link",
    data_sent_title="Check your mail",
    data_sent="We have sent a link to your address. It works for one hour.",
    nothing_title="No subscription here",
    nothing_lead="This address is not subscribed to anything at the moment, or the subscription "
    "this link belonged to is no longer kept.",
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
    archive_title="Past issues of {title}",
    archive_none="No issue has appeared yet.",
    number="No. {number}",
    error_title="That did not work",
    not_found="There is no such page. The link may be incomplete: copy it whole.",
    method="This page cannot be used like that. Go back, and use its button.",
    too_large="That was more than we can take in at once.",
    invalid="Something in that form could not be read. Go back, and try once more.",
    internal="Something went wrong on our side, and nothing was changed. Please try again later.",
    busy="We are busy just now, and nothing was changed. Please try again in a moment.",
    bad_link="This link is incomplete, or not one of ours. Copy it whole from the message.",
    old_link_title="This link is too old",
    old_link="For your safety it works for a limited time only. We can send you a new one.",
    bad_address="This is not an e-mail address. Write it like name@example.org.",
    no_list="Choose at least one newsletter.",
    bad_value="Something here cannot be kept as written: shorten it, and keep it on one line.",
    home="See all newsletters",
)

# Written with the plain spaces of a keyboard; `french` sets them. No sentence says whether the
# reader is a man or a woman.
_FRENCH = Words(
    language_name="Français",
    skip="Aller au contenu",
    privacy="Protection des données",
    published_by="Publié par {site}",
    to_site="Retour à {site}",
    lists_title="Lettres d’information",
    lists_lead="Les nouvelles de {site}, dans votre boîte aux lettres. Choisissez ce que vous "
    "aimez lire : pour partir, un clic suffit.",
    lists_none="Aucune lettre n’est ouverte à l’inscription en ce moment.",
    subscribe="S’abonner",
    subscribe_to="S’abonner à {title}",
    past_issues="Numéros précédents",
    past_issues_of="Numéros précédents de {title}",
    optional="facultatif",
    signup_title="S’abonner à {title}",
    address="Adresse électronique",
    address_hint="Elle ne sert qu’à cette lettre, et à rien d’autre.",
    name="Nom",
    topics="Rubriques",
    topics_hint="Ne cochez rien pour tout recevoir.",
    cadence="À quel rythme",
    alerts="Aussi les alertes urgentes",
    alerts_hint="Rares, et seulement quand cela ne peut attendre le prochain numéro.",
    also="Je souhaite aussi recevoir",
    also_said="Je souhaite aussi recevoir : {titles}.",
    consent="Je souhaite recevoir « {title} » par courrier électronique, de la part de {site}. "
    "Je peux partir à tout moment, en un clic.",
    consent_alerts="Je souhaite recevoir « {title} », alertes urgentes comprises, par courrier "
    "électronique, de la part de {site}. Je peux partir à tout moment, en un clic.",
    with_alerts="alertes urgentes comprises",
    signup_button="Je m’abonne",
    what_happens="Nous vous enverrons un message avec un lien à suivre pour confirmer. Sans "
    "confirmation, vous ne recevrez rien d’autre.",
    closed="« {title} » n’accepte pas de nouvelles inscriptions en ce moment.",
    who="Qui est responsable",
    who_text="{site} conserve votre adresse et vous envoie ces messages.",
    purpose="Pour quoi faire",
    purpose_text="Pour vous envoyer les lettres que vous demandez. Nous ne suivons ni vos lectures "
    "ni vos clics.",
    retention="Combien de temps",
    retention_text="Jusqu’à votre départ. Une inscription jamais confirmée est effacée.",
    rights="Vos droits",
    rights_text="Vous pouvez consulter, corriger, télécharger et faire effacer vos données à tout "
    "moment, par un lien présent dans chaque message. Partir se fait en un clic.",
    more_privacy="En savoir plus sur la protection de vos données",
    sent_title="Regardez votre courrier",
    sent_lead="Nous avons écrit à {address}.",
    sent_next="Ouvrez ce message et suivez son lien : votre abonnement ne commence qu’à ce moment.",
    sent_missing="Rien après quelques minutes ? Regardez parmi les messages indésirables.",
    sent_again="Nous écrivons au plus une fois par jour à la même adresse : un message reçu plus "
    "tôt aujourd’hui est valable aussi. Si l’adresse contient une faute, recommencez simplement.",
    confirm_title="Encore un clic",
    confirm_lead="Abonner {address} à {titles} ?",
    confirm_button="Oui, je m’abonne",
    confirm_not_you="Si vous n’avez rien demandé, fermez simplement cette page : sans le bouton, "
    "rien ne se passe.",
    confirmed_title="C’est fait",
    confirmed_lead="Merci. Vous recevrez désormais {titles}.",
    confirmed_next="Choisir ce que je reçois",
    gone_title="Cette demande n’est plus valable",
    gone_lead="Une autre l’a remplacée, ou elle a été retirée. Vous pouvez en faire une nouvelle.",
    again_button="M’envoyer un nouveau lien",
    leave_title="Quitter {title} ?",
    leave_lead="{address} ne recevra plus de messages de « {title} ».",
    leave_button="Me désabonner",
    leave_all_title="Ou tout quitter",
    leave_all_lead="Plus aucun message de {site}, quelle que soit la lettre.",
    leave_all_button="Me désabonner de tout",
    leave_less="C’est simplement trop ?",
    leave_less_link="Choisir ce que vous recevez, et à quel rythme",
    left_title="Désabonnement enregistré",
    left_lead="Vous ne recevrez plus de messages de « {title} ».",
    left_all_lead="Vous ne recevrez plus aucune lettre de {site}.",
    left_already="Vous aviez déjà quitté « {title} ». Il n’y a rien d’autre à faire.",
    left_queue="Un message qui partait à cet instant peut encore vous parvenir.",
    undo_button="Annuler : garder mon abonnement",
    undo_hint="Si c’était une erreur, vous avez un jour pour revenir.",
    undone_title="Vous revoilà",
    undone_lead="Votre abonnement à « {title} » continue comme si de rien n’était.",
    undo_late="Il est trop tard pour annuler. Vous pouvez bien sûr vous inscrire à nouveau.",
    why_title="Nous direz-vous pourquoi ?",
    why_lead="Seulement si vous le voulez ; cela nous aide à faire mieux.",
    why_often="Trop de messages",
    why_dull="Ce n’était pas ce que j’attendais",
    why_never="Je n’ai jamais rien demandé",
    why_other="Autre chose",
    why_words="Avec vos mots",
    why_button="Envoyer",
    why_thanks_title="Merci",
    why_thanks="Votre réponse est enregistrée. Nous la lirons.",
    preferences_title="Choisir ce que je reçois",
    preferences_lead="Voici les réglages de {address}.",
    digests="Numéros réguliers",
    everything="Tout",
    language="Langue",
    language_of_list="Celle de chaque lettre",
    pause="Suspendre jusqu’au",
    pause_hint="Vous partez ? Rien n’arrivera avant ce jour. Laissez vide pour tout recevoir "
    "normalement.",
    paused="Suspendu jusqu’au {date}.",
    save="Enregistrer",
    saved="C’est enregistré.",
    neither_or_bad="Rien n’a été enregistré : gardez les numéros réguliers ou les alertes de "
    "chaque lettre (ou quittez-la), et une pause dure un an au plus.",
    leave_this="Quitter {title}",
    more_lists="Autres lettres",
    data_title="Vos données personnelles",
    data_lead="Pour changer votre nom, télécharger vos données ou les faire effacer, nous vous "
    "envoyons un lien neuf : un message se transfère, et cette page n’est que pour vous.",
    data_button="M’envoyer un lien",
    data_sent_title="Regardez votre courrier",
    data_sent="Nous avons envoyé un lien à votre adresse. Il est valable une heure.",
    nothing_title="Aucun abonnement ici",
    nothing_lead="Cette adresse n’est abonnée à rien en ce moment, ou l’abonnement auquel ce lien "
    "appartenait n’est plus conservé.",
    settings_title="Vos données personnelles",
    settings_lead="Voici ce que nous conservons au sujet de {address}.",
    name_save="Enregistrer le nom",
    download_title="Télécharger mes données",
    download_lead="Tout ce que nous conservons à votre sujet, en un fichier (JSON).",
    download_button="Télécharger",
    erase_title="M’effacer",
    erase_lead="Votre nom, votre adresse et vos choix sont effacés pour de bon, et plus aucun "
    "message n’arrivera. Nous ne gardons qu’une empreinte illisible, pour ne jamais vous réécrire "
    "par erreur.",
    erase_check="Oui, effacer tout ce qui me concerne",
    erase_button="M’effacer",
    erase_unchecked="Rien n’a été effacé : cochez d’abord la case, pour que cela n’arrive pas par "
    "accident.",
    erased_title="Tout est effacé",
    erased_lead="Nous ne savons plus qui vous êtes. Merci de votre lecture.",
    archive_title="Numéros précédents de {title}",
    archive_none="Aucun numéro n’a encore paru.",
    number="Nº {number}",
    error_title="Cela n’a pas fonctionné",
    not_found="Cette page n’existe pas. Le lien est peut-être incomplet : copiez-le en entier.",
    method="Cette page ne s’utilise pas ainsi. Revenez en arrière, et servez-vous de son bouton.",
    too_large="C’est plus que nous ne pouvons recevoir en une fois.",
    invalid="Une partie du formulaire est illisible. Revenez en arrière, et essayez encore.",
    internal="Une erreur s’est produite chez nous, et rien n’a été changé. Réessayez plus tard.",
    busy="Nous sommes très occupés, et rien n’a été changé. Réessayez dans un instant.",
    bad_link="Ce lien est incomplet, ou n’est pas de nous. Copiez-le en entier depuis le message.",
    old_link_title="Ce lien est trop ancien",
    old_link="Pour votre sécurité, sa durée est limitée. Nous pouvons vous en envoyer un nouveau.",
    bad_address="Ce n’est pas une adresse électronique. Écrivez-la comme nom@exemple.fr.",
    no_list="Choisissez au moins une lettre.",
    bad_value="Ceci ne peut être conservé tel quel : écrivez plus court, et sur une seule ligne.",
    home="Voir toutes les lettres",
)


def _set_in_french(words: Words) -> Words:
    return Words(**{key: french(sentence) for key, sentence in asdict(words).items()})


CATALOGUE: dict[str, Words] = {"en": _ENGLISH, "fr": _set_in_french(_FRENCH)}
"""The languages our pages speak, by their primary subtag (BCP 47)."""
