"""German sentences for why a case is proposed."""

from dms.records.filing import RECENT, REFERENCE, SENDER, SUBJECT, Reason


def sentence(reason: Reason) -> str:
    """What a clerk reads under a proposed case."""
    count = reason.params.get("count")
    many = "ein früheres" if count == 1 else f"{count} frühere"
    return {
        SENDER: f"wie {many} Schreiben dieses Absenders",
        REFERENCE: f"das Zeichen {reason.params.get('reference')} steht auf dem Dokument",
        SUBJECT: f"ähnlicher Betreff: „{reason.params.get('subject')}“",
        RECENT: "ein neuerer Vorgang dieses Amtes",
    }[reason.code]
