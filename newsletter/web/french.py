"""The sentences of our pages in French, set as French is."""

from __future__ import annotations

from dataclasses import asdict

from newsletter.compose.typography import french
from newsletter.web.words import Words

# Written with the plain spaces of a keyboard; `french` sets them. No sentence says whether the
# reader is a man or a woman.
_PLAIN = Words(
    language_name="Français",
    written_in="en {language}",
    # Around every page
    skip="Aller au contenu",
    privacy="Protection des données",
    published_by="Publié par {site}",
    to_site="Retour au site : {site}",
    # The lists
    lists_title="Lettres d’information",
    lists_lead="{site}, dans votre boîte de réception. Choisissez ce que vous aimez lire : pour "
    "partir, un clic suffit.",
    lists_none="Aucune lettre n’est ouverte à l’inscription en ce moment.",
    subscribe="S’abonner",
    subscribe_to="S’abonner à « {title} »",
    past_issues="Numéros précédents",
    optional="facultatif",
    # Sign-up
    signup_title="S’abonner à « {title} »",
    address="Adresse électronique",
    address_hint="Elle ne sert qu’à ces envois, et à rien d’autre.",
    name="Nom",
    topics="Rubriques",
    topics_hint="Ne cochez rien pour tout recevoir.",
    cadence="À quel rythme",
    alerts="Aussi les alertes urgentes",
    alerts_of="Les alertes urgentes de « {title} »",
    alerts_alone="Alertes urgentes",
    alerts_hint="Rares, et seulement quand cela ne peut attendre le prochain numéro.",
    also="Je souhaite aussi recevoir",
    also_said="Je souhaite aussi recevoir : {titles}.",
    topics_said="Rubriques : {topics}.",
    cadence_said="À quel rythme : {cadence}.",
    consent="Je souhaite recevoir « {title} » par courrier électronique, envoyé par {site}. "
    "Je peux partir à tout moment, en un clic.",
    consent_alerts="Je souhaite recevoir « {title} », alertes urgentes comprises, par courrier "
    "électronique, envoyé par {site}. Je peux partir à tout moment, en un clic.",
    with_alerts="alertes urgentes comprises",
    signup_button="Je m’abonne",
    what_happens="Nous vous enverrons un message avec un lien à suivre pour confirmer. Sans "
    "confirmation, vous ne recevrez rien d’autre.",
    closed="« {title} » n’accepte pas de nouvelles inscriptions en ce moment.",
    who="Qui est responsable",
    who_text="{site} conserve votre adresse et vous envoie ces messages.",
    purpose="Pour quoi faire",
    purpose_text="Pour vous envoyer, avec votre accord, les lettres que vous demandez. Nous ne "
    "suivons ni vos lectures ni vos clics.",
    retention="Combien de temps",
    retention_text="Jusqu’à votre départ. Ensuite nous gardons votre adresse, votre nom et la "
    "preuve de votre accord et de votre départ (dates, adresse IP), pour respecter votre choix, "
    "{until}.",
    until_erased="jusqu’à ce que vous les fassiez effacer",
    until_days="pendant {days} jours ; puis tout cela est effacé",
    retention_erased="Après un effacement, nous gardons sous un pseudonyme ce qui avait été "
    "accordé et quand, sans adresse IP, {kept}, et une empreinte illisible de l’adresse, pour ne "
    "plus jamais vous écrire.",
    kept_days="pendant {days} jours",
    kept_ever="sans limite de temps",
    retention_unconfirmed="Une inscription jamais confirmée est effacée après {days} jours.",
    rights="Vos droits",
    rights_text="Vous pouvez consulter, corriger, télécharger et faire effacer vos données à tout "
    "moment, par un lien présent dans chaque message. Partir se fait en un clic. Une plainte peut "
    "être portée devant l’autorité de protection des données.",
    more_privacy="En savoir plus sur la protection de vos données",
    trap="Laissez ce champ vide",
    # One more step, before a sign-up is taken
    step_title="Relisez, puis validez",
    step_lead="Rien n’est encore enregistré. Si tout est juste, appuyez sur « Je m’abonne ».",
    step_many="Beaucoup d’inscriptions nous arrivent en ce moment, d’où cette étape de plus.",
    step_quick="Le formulaire a été envoyé trop vite : appuyez encore une fois.",
    step_change="Corriger",
    too_many="Beaucoup trop d’inscriptions nous arrivent en ce moment, et rien n’a été enregistré. "
    "Réessayez dans {minutes}\u00a0min.",
    late_title="Revenez un peu plus tard",
    late_button="Gardez cette page ouverte : son bouton fonctionnera alors.",
    # Check your mail
    sent_title="Regardez votre courrier",
    sent_lead="Nous avons écrit à {address}.",
    sent_next="Ouvrez ce message et suivez son lien : votre abonnement ne commence qu’à ce moment.",
    sent_missing="Rien après quelques minutes ? Regardez parmi les messages indésirables.",
    sent_again="Nous écrivons au plus une fois par jour à la même adresse : un message reçu plus "
    "tôt aujourd’hui est valable aussi, avec les choix faits alors ; son lien propose les lettres "
    "demandées depuis. Si l’adresse contient une faute, recommencez simplement.",
    # Confirm
    confirm_title="Encore un clic",
    confirm_lead="Abonner {address} à {titles} ?",
    confirm_button="Oui, je m’abonne",
    confirm_not_you="Si vous n’avez rien demandé, fermez simplement cette page : sans le bouton, "
    "rien ne se passe.",
    further="Demandé aussi pour cette adresse",
    further_hint="Cochez ce que vous voulez recevoir. Ce qui reste vide ne commence pas.",
    confirmed_title="C’est fait",
    confirmed_lead="Merci. Vous recevrez désormais {titles}.",
    confirmed_next="Choisir ce que je reçois",
    gone_title="Cette demande n’est plus valable",
    gone_lead="Une autre l’a remplacée, ou elle a été retirée. Vous pouvez en faire une nouvelle.",
    again_button="M’envoyer un nouveau lien",
    # Leave
    leave_title="Quitter « {title} » ?",
    leave_lead="{address} ne recevra plus de messages de « {title} ».",
    leave_button="Me désabonner",
    leave_all_title="Ou tout quitter",
    leave_all_lead="{site} ne vous enverra plus rien, quelle que soit la lettre.",
    leave_all_button="Me désabonner de tout",
    less_title="Ou recevoir moins",
    keep_alerts="Seulement les alertes urgentes",
    keep_alerts_lead="De « {title} », ne plus recevoir que les alertes urgentes : rares, et "
    "seulement quand cela ne peut attendre.",
    keep_digests="Seulement les numéros réguliers",
    keep_digests_lead="Continuer à recevoir les numéros réguliers de « {title} », sans ses alertes "
    "urgentes.",
    kept_title="C’est enregistré",
    kept_alerts="De « {title} », vous ne recevrez plus que les alertes urgentes.",
    kept_digests="Vous recevrez les numéros réguliers de « {title} », sans ses alertes urgentes.",
    leave_less="C’est simplement trop ?",
    leave_less_link="Choisir ce que vous recevez, et à quel rythme",
    left_title="Désabonnement enregistré",
    left_lead="Vous ne recevrez plus de messages de « {title} ».",
    left_all_lead="{site} ne vous enverra plus aucune lettre.",
    left_already="Vous aviez déjà quitté « {title} ». Il n’y a rien d’autre à faire.",
    left_queue="Un message qui partait à cet instant peut encore vous parvenir.",
    undo_button="Annuler : garder mon abonnement",
    undo_hint="Si c’était une erreur, vous avez un jour pour revenir.",
    undone_title="Vous revoilà",
    undone_lead="Votre abonnement à « {title} » continue comme si de rien n’était.",
    undone_pending="Encore à confirmer",
    undone_pending_lead="Votre abonnement à « {title} » est à confirmer : ouvrez le message que "
    "nous vous avons envoyé pour cela, et suivez son lien.",
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
    # Preferences
    preferences_title="Choisir ce que je reçois",
    preferences_lead="Voici les réglages de {address}.",
    digests="Numéros réguliers",
    language="Langue",
    language_of_list="Celle de chaque lettre",
    pause="Suspendre jusqu’au",
    pause_hint="Vous partez ? Rien n’arrivera avant ce jour, et ce qui aura paru ne sera pas "
    "renvoyé ensuite. Laissez vide pour tout recevoir normalement.",
    paused="Suspendu jusqu’au {date}.",
    save="Enregistrer",
    saved="C’est enregistré.",
    neither_or_bad="Rien n’a été enregistré : gardez les numéros réguliers ou les alertes de "
    "chaque lettre (ou quittez-la), et une pause dure un an au plus.",
    pause_past="Ce jour est passé, la pause n’a pas changé ; le reste est enregistré. Choisissez "
    "un jour à venir, ou laissez vide.",
    leave_this="Quitter « {title} »",
    data_title="Vos données personnelles",
    data_lead="Pour changer de nom ou d’adresse, télécharger vos données ou les faire effacer, "
    "nous vous envoyons un lien neuf : un message se transfère, et cette page n’est que pour vous.",
    data_button="M’envoyer un lien",
    data_sent_title="Regardez votre courrier",
    data_sent="Nous avons envoyé un lien à votre adresse. Il est valable une heure.",
    nothing_title="Aucun abonnement ici",
    nothing_lead="Cette adresse n’est abonnée à rien en ce moment, ou l’abonnement auquel ce lien "
    "appartenait n’est plus conservé.",
    # Joining another list
    join_title="Recevoir aussi",
    joined="C’est fait : vous recevrez désormais « {title} ». Un message vous le confirme.",
    join_sent="Pour nous assurer que c’est bien vous, nous avons écrit à {address}.",
    none_title="Aucun abonnement en ce moment",
    none_lead="{address} ne reçoit rien de nous. Pour revenir, choisissez une lettre.",
    # Personal data
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
    # A new address
    move_title="Changer d’adresse",
    move_lead="Nous écrirons d’abord à la nouvelle adresse, et le changement ne se fait qu’avec "
    "votre accord donné depuis cette adresse. Vos abonnements et vos réglages restent les mêmes.",
    move_address="Nouvelle adresse électronique",
    move_button="Changer d’adresse",
    move_same="C’est déjà votre adresse.",
    move_sent="Nous avons écrit à {address}. Ouvrez ce message et suivez son lien, valable un "
    "jour : d’ici là, rien ne change.",
    move_once="Nous écrivons au plus une fois par jour à la même adresse : un message reçu plus "
    "tôt aujourd’hui est valable aussi.",
    move_confirm_title="Est-ce votre nouvelle adresse ?",
    move_confirm_lead="Nous écrirons désormais à {address}, et non plus à {before}.",
    move_confirm_button="Oui, m’écrire à cette adresse",
    moved_lead="Nous écrivons désormais à {address}. Vos abonnements et vos réglages restent les "
    "mêmes.",
    move_gone="Une autre l’a remplacée, ou cette adresse ne peut plus être prise. Vous pouvez "
    "recommencer depuis la page de vos données.",
    move_old="Il était valable un jour, et rien n’a changé. Vous pouvez recommencer depuis la page "
    "de vos données.",
    # Asking for one's data without a mail at hand
    ask_footer="Vos données",
    ask_lead="Pour consulter, corriger, télécharger ou faire effacer ce que nous conservons à "
    "votre sujet, ou pour changer d’adresse, nous vous envoyons un lien valable une heure.",
    ask_sent="Si {address} nous est connue, un lien valable une heure vient d’y être envoyé.",
    ask_few="Nous n’en envoyons que quelques-uns par jour : un lien reçu il y a quelques minutes "
    "est valable aussi.",
    # Links of another system
    # Archive
    archive_title="Numéros précédents de « {title} »",
    archive_none="Aucun numéro n’a encore paru.",
    number="Nº {number}",
    # What went wrong
    error_title="Cela n’a pas fonctionné",
    not_found="Cette page n’existe pas. Le lien est peut-être incomplet : copiez-le en entier.",
    method="Cette page ne s’utilise pas ainsi. Revenez en arrière, et servez-vous de son bouton.",
    too_large="C’est plus que nous ne pouvons recevoir en une fois.",
    invalid="Une partie du formulaire est illisible. Revenez en arrière, et essayez encore.",
    not_permitted="Ce n’est pas possible, ou ce ne l’est plus, et rien n’a été changé.",
    internal="Une erreur s’est produite chez nous, et rien n’a été changé. Réessayez plus tard.",
    busy="Nous sommes très occupés, et rien n’a été changé. Réessayez dans un instant.",
    bad_link="Ce lien est incomplet, ou n’est pas de nous. Copiez-le en entier depuis le message.",
    old_link_title="Ce lien est trop ancien",
    old_link="Pour votre sécurité, sa durée est limitée. Nous pouvons vous en envoyer un nouveau.",
    bad_address="Ce n’est pas une adresse électronique. Écrivez-la comme nom@exemple.fr.",
    bad_value="Ceci ne peut être conservé tel quel : écrivez plus court, et sur une seule ligne.",
    home="Voir toutes les lettres",
)

FRENCH = Words(**{key: french(sentence) for key, sentence in asdict(_PLAIN).items()})
