"""What others call it whether somebody is on a list, wants its mail, or must not have any."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from subscribers.models import SubscriptionState, SuppressionReason
from subscribers.transfer.columns import bare

Standing = tuple[SubscriptionState, SuppressionReason | None]

_ACTIVE, _PENDING = SubscriptionState.ACTIVE, SubscriptionState.PENDING
_LEFT = SubscriptionState.UNSUBSCRIBED

_TRUE = "yes y oui o true vrai 1 on x active actif enabled"
_FALSE = "no n non false faux 0 off never jamais"
_YES = f"""{_TRUE} actives actifs subscribed subscriber abonne abonnee inscrit inscrite confirmed
    confirme confirmee optin optedin verified"""
_WAITING = """pending unconfirmed notconfirmed nonconfirme nonconfirmee enattente attente
    nonsubscribed transactional unverified"""
_NO = f"""{_FALSE} unsubscribed unsubscribe unsub desabonne desabonnee desinscrit desinscrite left
    parti partie optout optedout inactive inactif disabled removed deleted supprime supprimee
    cancelled canceled notsubscribed nonabonne nonabonnee noninscrit refused refuse declined
    archived"""
_BARRED = "blocked bloque blocklisted blacklisted suppressed donotcontact donotemail"
_BOUNCED = "bounced bounce cleaned hardbounce hardbounced invalid invalide rebond undeliverable"
_COMPLAINED = "complained complaint spam spamcomplaint abuse abused reported plainte"

_MEANINGS: Mapping[str, Standing] = MappingProxyType(
    {
        word: meaning
        for words, meaning in (
            (_YES, (_ACTIVE, None)),
            (_WAITING, (_PENDING, None)),
            (_NO, (_LEFT, None)),
            (_BARRED, (_LEFT, SuppressionReason.ADMIN)),
            (_BOUNCED, (_ACTIVE, SuppressionReason.BOUNCE)),
            (_COMPLAINED, (_LEFT, SuppressionReason.COMPLAINT)),
        )
        for word in words.split()
    }
)
_ASKS = ("status", "statut", "subscri", "abonn", "inscri", "optin", "optedin", "consent", "rgpd",
         "gdpr", "newsletter", "marketing", "mailing")  # fmt: skip
_ASKS_WHOLLY = (
    *("etat", "active", "actif", "enabled", "confirmed", "confirme", "isactive", "isconfirmed"),
    "verified",
)
_SAYS_NO = {
    **dict.fromkeys(("bounce", "hardbounce", "cleaned"), "bounced"),
    "complain": "complained",
    **dict.fromkeys(("blocked", "blocklist", "blacklist", "suppressed", "donot"), "blocked"),
    **dict.fromkeys(("unsub", "isunsub", "desabonn", "desinscri"), "unsubscribed"),
    **dict.fromkeys(("optout", "optedout", "emailoptout", "hasoptedout"), "unsubscribed"),
    **dict.fromkeys(("disabled", "noemail"), "unsubscribed"),
}
"""How columns begin that are filled in for those who want no mail, and what that means of them."""


def meaning(word: str) -> Standing | None:
    """The state, and what stands against them, that a word of whatever system means; None: neither.

    Case, accents and punctuation do not matter.
    """
    return _MEANINGS.get(bare(word))


def says_no(header: str) -> bool:
    """Whether a column of this name is filled in for those who want no mail: `Unsubscribed`."""
    return bare(header).startswith(tuple(_SAYS_NO))


def asks(header: str) -> bool:
    """Whether a column of this name may say who wants no mail: `Status`, `opt_in`."""
    name = bare(header)
    return name in _ASKS_WHOLLY or any(part in name for part in _ASKS) or says_no(header)


def under(header: str, cell: str) -> str:
    """What a cell says of its person in the words of a state, by the name of its column too.

    «true» below `Unsubscribed` is unsubscribed, and so is the day on which they were.
    """
    name, word = bare(header), bare(cell)
    no = next((said for begin, said in _SAYS_NO.items() if name.startswith(begin)), None)
    if no is None:
        return cell
    if word in _FALSE.split():
        return "active"
    return no if word in _TRUE.split() or word not in _MEANINGS else cell


@lru_cache(maxsize=1024)
def objects(header: str, cell: str) -> bool:
    """Whether a cell of such a column says that its person is not, or not yet, on the list."""
    found = meaning(under(header, cell))
    return found is not None and found != (_ACTIVE, None)
