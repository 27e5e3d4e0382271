"""Every sentence our mails say, in each language we speak: a small typed catalogue.

A language that lacks a sentence cannot be constructed, so a missing one is found by the first
import, not by a reader. Placeholders in braces are filled by `str.format`. A subject, a label and a
button hold no full stop; a sentence does.

To add a language, add a `Words` below and name it in `CATALOGUE`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from newsletter.compose.typography import french

__all__ = ["CATALOGUE", "Words"]


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    # Around every mail
    browser: str
    preferences: str
    unsubscribe: str
    privacy: str
    archive: str
    why: str  # {address}, {title}: why this mail came
    public: str  # {title}: what this page is, to whoever did not get it as a mail
    subscribe: str
    moment: str  # {date}, {time}

    # Digest
    number: str  # {number}
    digest_subject: str  # {title}, {number}, {first}
    digest_subject_unnumbered: str  # {title}, {first}
    also: str  # {titles}: begins the preheader
    read_more: str  # stands before the article's title, space included
    read_online: str  # the same, where the mail holds all of its text
    by: str  # {author}
    sent_as_alert: str

    # In the archive, where an article was
    withdrawn: str
    withdrawn_alert: str
    withdrawn_page: str  # in place of an issue that cannot be shown without it

    # Alert
    alert: str
    alert_preheader: str  # {title}
    alert_sent: str  # {moment}
    about: str  # stands above the article that the alert points to

    # Confirmation of a sign-up
    confirm_subject: str  # {title}
    confirm_preheader: str  # {title}
    confirm_heading: str
    confirm_lead: str  # {address}, {title}
    confirm_button: str
    confirm_link: str
    confirm_until: str  # {moment}
    confirm_asked: str
    confirm_entered: str  # {title}: asked for by the editors, not in a form
    confirm_with_alerts: str  # beside a title, in brackets
    confirm_when: str
    confirm_where: str
    confirm_not_you: str
    confirm_why: str  # {address}; true of a form and of an entry by the editors alike

    # Welcome
    welcome_subject: str  # {title}
    welcome_preheader: str  # {title}
    welcome_heading: str
    welcome_lead: str  # {title}
    welcome_next: str  # {date}
    welcome_settings: str
    welcome_button: str
    welcome_leave: str

    # Somebody signed up who is subscribed already
    already_subject: str  # {title}
    already_preheader: str  # {title}
    already_heading: str
    already_lead: str  # {address}, {title}
    already_settings: str
    already_button: str
    already_not_you: str

    # A fresh link to one's personal data
    settings_subject: str
    settings_preheader: str
    settings_heading: str
    settings_lead: str  # {site}
    settings_button: str
    settings_until: str  # {moment}
    settings_not_you: str
    settings_why: str  # {address}, {site}

    # To a new address: please confirm it
    move_subject: str
    move_preheader: str
    move_heading: str
    move_lead: str  # {site}, {address}, {before}: the old one, masked
    move_button: str
    move_not_you: str
    move_why: str  # {address}, {site}

    # To the old address: it was changed
    moved_subject: str
    moved_preheader: str
    moved_heading: str
    moved_lead: str  # {moment}, {site}, {address}, {after}: the new one, masked
    moved_same: str
    moved_not_you: str  # {contact}
    moved_why: str  # {address}

    # Somebody has left
    goodbye_subject: str  # {title}
    goodbye_preheader: str  # {title}
    goodbye_heading: str
    goodbye_lead: str  # {address}, {titles} in quotation marks, {moment}
    goodbye_nothing: str
    goodbye_thanks: str
    goodbye_back: str
    goodbye_why: str  # {address}


_ENGLISH = Words(
    browser="View in browser",
    preferences="Choose what I get",
    unsubscribe="Unsubscribe",
    privacy="Privacy",
    archive="Past issues",
    why="You get this message at {address} because this address is subscribed to “{title}”.",
    public="“{title}” is a newsletter by e-mail.",
    subscribe="Subscribe",
    moment="{date} at {time}",
    number="No.\u00a0{number}",
    digest_subject="{title} No.\u00a0{number}: {first}",
    digest_subject_unnumbered="{title}: {first}",
    also="Also in this issue: {titles}",
    read_more="Read more: ",
    read_online="Read on the site: ",
    by="by {author}",
    sent_as_alert="An alert was sent about this",
    withdrawn="An article was withdrawn from this issue.",
    withdrawn_alert="This alert was withdrawn.",
    withdrawn_page="This issue is no longer shown: an article was withdrawn from it.",
    alert="Alert",
    alert_preheader="Alert · {title} ·",
    alert_sent="Sent on {moment}",
    about="About this",
    confirm_subject="Please confirm: {title}",
    confirm_preheader="One click, and “{title}” comes to this address. Without it, nothing will.",
    confirm_heading="One click to go",
    confirm_lead="Someone, most likely you, asked to subscribe {address} to “{title}”. "
    "We write to nobody who has not said yes, so please confirm.",
    confirm_button="Yes, subscribe me",
    confirm_link="If the button does not work, open this address in your browser:",
    confirm_until="The link works until {moment}.",
    confirm_asked="What was asked for",
    confirm_entered="Entered by the editors: {title}",
    confirm_with_alerts="urgent alerts included",
    confirm_when="When",
    confirm_where="From where",
    confirm_not_you="If it was not you, do nothing: unless you confirm, "
    "you will hear no more from us.",
    confirm_why="This message went to {address} because someone, most likely you, "
    "asked for this subscription.",
    welcome_subject="Welcome to {title}",
    welcome_preheader="You are subscribed to “{title}”. This is what comes next, and how to leave.",
    welcome_heading="Welcome",
    welcome_lead="Thank you: your subscription to “{title}” is confirmed.",
    welcome_next="The next issue is due on {date}.",
    welcome_settings="You choose what comes and how often, whenever you like.",
    welcome_button="Choose what I get",
    welcome_leave="Leaving takes one click, at the foot of every message.",
    already_subject="You are already subscribed to {title}",
    already_preheader="“{title}” already comes to this address, and nothing has changed. "
    "Your settings are here.",
    already_heading="You are already subscribed",
    already_lead="Someone, most likely you, asked to subscribe {address} to “{title}”. "
    "This address already gets it: there is nothing to do, and nothing has changed.",
    already_settings="If you wanted to change something, your settings are here.",
    already_button="See my settings",
    already_not_you="If it was not you, do nothing.",
    settings_subject="Your link to your personal data",
    settings_preheader="The link you asked for: change your name or address, download your data, "
    "or have it erased.",
    settings_heading="Your personal data",
    settings_lead="Here is the link you asked for. It opens the page where you can change your "
    "name or address, download all that “{site}” keeps about you, or have it erased.",
    settings_button="Open my data",
    settings_until="The link works until {moment}. Please do not forward this message.",
    settings_not_you="If you did not ask for it, do nothing: nothing changes.",
    settings_why="This message went to {address} because a link to the data of this address "
    "was asked for at “{site}”.",
    move_subject="Please confirm your new address",
    move_preheader="One click, and your newsletters come to this address. Without it, nothing "
    "changes at all.",
    move_heading="Is this your new address?",
    move_lead="Someone, most likely you, asked “{site}” to write to {address} from now on, and no "
    "longer to {before}. Your subscriptions and settings stay as they are.",
    move_button="Yes, write to me here",
    move_not_you="If it was not you, do nothing: unless you confirm, nothing changes, and nothing "
    "more comes to this address.",
    move_why="This message went to {address} because someone, most likely you, gave it as their "
    "new address for what “{site}” sends.",
    moved_subject="Your address has been changed",
    moved_preheader="Your newsletters now go to the new address that you confirmed, and no longer "
    "to this one.",
    moved_heading="Your address has been changed",
    moved_lead="Since {moment}, “{site}” no longer writes to {address} but to {after}, as was "
    "confirmed from there.",
    moved_same="There is nothing to do: your subscriptions and settings are the same. A message "
    "that was ready before may still arrive here.",
    moved_not_you="If it was not you, write to {contact}: we will look into it with you.",
    moved_why="This message went to {address} once, to tell of this change of address.",
    goodbye_subject="You have left {title}",
    goodbye_preheader="“{title}” no longer comes to this address. Thank you for having read us, "
    "and goodbye.",
    goodbye_heading="Goodbye, and thank you",
    goodbye_lead="{address} was unsubscribed from {titles} on {moment}.",
    goodbye_nothing="Nothing more comes, unless it was on its way at that very moment.",
    goodbye_thanks="Thank you for having read us.",
    goodbye_back="If you ever want to come back, this is the place:",
    goodbye_why="This message went to {address} once, to confirm that this address was "
    "unsubscribed.",
)

# Written with the plain spaces of a keyboard; `french` sets them. No sentence says whether the
# reader is a man or a woman: an address is subscribed, a subscription is confirmed.
_FRENCH = Words(
    browser="Voir dans le navigateur",
    preferences="Choisir ce que je reçois",
    unsubscribe="Me désabonner",
    privacy="Protection des données",
    archive="Numéros précédents",
    why="Vous recevez ce message à l’adresse {address} parce qu’elle est abonnée à « {title} ».",
    public="« {title} » est une lettre d’information par courrier électronique.",
    subscribe="S’abonner",
    moment="{date} à {time}",
    number="Nº\u00a0{number}",
    digest_subject="{title} nº\u00a0{number} : {first}",
    digest_subject_unnumbered="{title} : {first}",
    also="Aussi dans ce numéro : {titles}",
    read_more="Lire la suite : ",
    read_online="Lire sur le site : ",
    by="par {author}",
    sent_as_alert="A fait l’objet d’une alerte",
    withdrawn="Un article a été retiré de ce numéro.",
    withdrawn_alert="Cette alerte a été retirée.",
    withdrawn_page="Ce numéro n’est plus affiché : un article en a été retiré.",
    alert="Alerte",
    alert_preheader="Alerte · {title} ·",
    alert_sent="Envoyée le {moment}",
    about="À ce sujet",
    confirm_subject="À confirmer : {title}",
    confirm_preheader="Un clic, et « {title} » arrive à cette adresse. Sans ce clic, rien.",
    confirm_heading="Encore un clic",
    confirm_lead="Quelqu’un, sans doute vous, a demandé à inscrire {address} à « {title} ». "
    "Nous n’écrivons à personne sans son accord : merci de confirmer.",
    confirm_button="Je confirme mon inscription",
    confirm_link="Si le bouton ne fonctionne pas, ouvrez cette adresse dans votre navigateur :",
    confirm_until="Le lien est valable jusqu’au {moment}.",
    confirm_asked="Ce qui a été demandé",
    confirm_entered="Saisie par la rédaction : {title}",
    confirm_with_alerts="alertes urgentes comprises",
    confirm_when="Quand",
    confirm_where="D’où",
    confirm_not_you="Si ce n’était pas vous, ne faites rien : sans confirmation, "
    "nous ne vous écrirons plus.",
    confirm_why="Ce message est adressé à {address} parce que quelqu’un, sans doute vous, "
    "a demandé cet abonnement.",
    welcome_subject="Abonnement confirmé : {title}",
    welcome_preheader="Votre abonnement à « {title} » est confirmé. La suite, et comment partir.",
    welcome_heading="Bienvenue",
    welcome_lead="Merci : votre abonnement à « {title} » est confirmé.",
    welcome_next="Le prochain numéro est prévu pour le {date}.",
    welcome_settings="Vous choisissez ce que vous recevez, et à quel rythme, quand vous voulez.",
    welcome_button="Choisir ce que je reçois",
    welcome_leave="Partir se fait en un clic, au pied de chaque message.",
    already_subject="Vous recevez déjà {title}",
    already_preheader="« {title} » arrive déjà à cette adresse, rien n’a changé. "
    "Voici vos réglages.",
    already_heading="Vous recevez déjà cette lettre",
    already_lead="Quelqu’un, sans doute vous, a demandé à inscrire {address} à « {title} ». "
    "Cette adresse y est déjà abonnée : il n’y a rien à faire, et rien n’a changé.",
    already_settings="Si vous vouliez changer quelque chose, vos réglages sont ici.",
    already_button="Voir mes réglages",
    already_not_you="Si ce n’était pas vous, ne faites rien.",
    settings_subject="Votre lien vers vos données personnelles",
    settings_preheader="Le lien demandé : changer de nom ou d’adresse, télécharger vos données, ou "
    "les faire effacer.",
    settings_heading="Vos données personnelles",
    settings_lead="Voici le lien que vous avez demandé. Il ouvre la page où vous pouvez changer "
    "de nom ou d’adresse, télécharger tout ce que « {site} » conserve à votre sujet, ou le faire "
    "effacer.",
    settings_button="Ouvrir mes données",
    settings_until="Le lien est valable jusqu’au {moment}. Merci de ne pas transférer ce message.",
    settings_not_you="Si vous n’avez rien demandé, ne faites rien : rien ne change.",
    settings_why="Ce message est adressé à {address} parce qu’un lien vers les données de cette "
    "adresse a été demandé à « {site} ».",
    move_subject="À confirmer : votre nouvelle adresse",
    move_preheader="Un clic, et vos lettres arrivent à cette adresse. Sans ce clic, rien ne "
    "change, et rien n’arrive.",
    move_heading="Est-ce votre nouvelle adresse ?",
    move_lead="Quelqu’un, sans doute vous, a demandé à « {site} » d’écrire désormais à {address}, "
    "et non plus à {before}. Vos abonnements et vos réglages restent les mêmes.",
    move_button="Oui, m’écrire ici",
    move_not_you="Si ce n’était pas vous, ne faites rien : sans confirmation, rien ne change, et "
    "plus rien n’arrivera à cette adresse.",
    move_why="Ce message est adressé à {address} parce que quelqu’un, sans doute vous, l’a donnée "
    "comme nouvelle adresse pour les envois de « {site} ».",
    moved_subject="Votre adresse a été changée",
    moved_preheader="Vos lettres arrivent désormais à la nouvelle adresse que vous avez confirmée, "
    "et non plus ici.",
    moved_heading="Votre adresse a été changée",
    moved_lead="Depuis le {moment}, « {site} » n’écrit plus à {address}, mais à {after}, comme "
    "cela a été confirmé depuis cette dernière.",
    moved_same="Il n’y a rien à faire : vos abonnements et vos réglages restent les mêmes. Un "
    "envoi déjà prêt peut encore arriver ici.",
    moved_not_you="Si ce n’était pas vous, écrivez à {contact} : nous verrons cela avec vous.",
    moved_why="Ce message est adressé une seule fois à {address}, pour signaler ce changement.",
    goodbye_subject="Vous avez quitté {title}",
    goodbye_preheader="« {title} » n’arrive plus à cette adresse. Merci de nous avoir lus, "
    "et au revoir.",
    goodbye_heading="Au revoir, et merci",
    goodbye_lead="L’adresse {address} est désabonnée de {titles} depuis le {moment}.",
    goodbye_nothing="Plus rien ne viendra, sauf un envoi qui serait parti à cet instant même.",
    goodbye_thanks="Merci de nous avoir lus.",
    goodbye_back="Si un jour vous souhaitez revenir, c’est ici :",
    goodbye_why="Ce message est adressé une seule fois à {address}, pour confirmer le "
    "désabonnement de cette adresse.",
)


def _set_in_french(words: Words) -> Words:
    return Words(**{key: french(sentence) for key, sentence in asdict(words).items()})


CATALOGUE: dict[str, Words] = {"en": _ENGLISH, "fr": _set_in_french(_FRENCH)}
"""The languages we speak, by their primary subtag (BCP 47)."""
