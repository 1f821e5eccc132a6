"""German sentences about settings, certificates and ports: what the IT person reads at the terminal."""

from collections.abc import Mapping

from pydantic import ValidationError

from dms.config import SecretUnreadable

UNSAFE = {
    "config.public_url_missing": "DMS_PUBLIC_URL fehlt: die Adresse, unter der andere Arbeitsplätze Aktenlauf "
    "aufrufen, z. B. https://akten.example.de",
    "config.public_url_http": "DMS_PUBLIC_URL beginnt mit http://; Kennwörter gingen unverschlüsselt durch das Netz. "
    "Nötig ist https://",
    "config.tls_missing": "Es fehlen DMS_TLS_CERT und DMS_TLS_KEY (Zertifikat und Schlüssel) oder DMS_TRUSTED_PROXY "
    "(Adresse des Servers, der die Verschlüsselung übernimmt)",
    "config.tls_pair": "DMS_TLS_CERT und DMS_TLS_KEY gehören zusammen, nur eines von beiden ist gesetzt",
}
CERTIFICATE = {
    "unreadable": "{file} lässt sich nicht lesen ({cause}).",
    "format": "{file} enthält kein brauchbares Zertifikat oder keinen brauchbaren Schlüssel im PEM-Format.",
    "encrypted": "Der Schlüssel {file} ist mit einem Kennwort geschützt. Bitte ohne Kennwort ablegen, nur für den "
    "Dienst lesbar.",
    "mismatch": "Das Zertifikat (DMS_TLS_CERT) und der Schlüssel (DMS_TLS_KEY) gehören nicht zusammen.",
    "expired": "Das Zertifikat {file} ist abgelaufen. Bitte ein neues einsetzen.",
    "not_yet": "Das Zertifikat {file} gilt noch nicht. Stimmt die Uhr dieses Rechners?",
    "host": "Das Zertifikat {file} gilt nicht für {host}, die Adresse aus DMS_PUBLIC_URL.",
    "refused": "Browser werden das Zertifikat {file} nicht annehmen ({cause}).",
}
PORT = {
    "taken": "Port {port} ist schon belegt. Bitte mit --port einen anderen wählen oder das andere Programm beenden.",
    "denied": "Port {port} darf dieser Benutzer nicht öffnen. Bitte mit --port einen ab 1024 wählen.",
    "address": "{host} ist keine Adresse dieses Rechners.",
}
AT_WORK = {
    "rows": "Tabellen",
    "contents": "Inhalte",
    "index": "Der Suchindex wird aufgebaut …",
    "verify": "Jedes Byte wird geprüft …",
}
"""What a backup or its restoring is at."""
SETTINGS = {
    "int_parsing": "„{value}“ ist keine ganze Zahl",
    "int_from_float": "„{value}“ ist keine ganze Zahl",
    "float_parsing": "„{value}“ ist keine Zahl",
    "finite_number": "„{value}“ ist keine Zahl",
    "greater_than_equal": "{value} ist zu klein, mindestens {ge}",
    "less_than_equal": "{value} ist zu groß, höchstens {le}",
    "literal_error": "„{value}“ gibt es nicht, möglich sind {expected}",
    "address": "diese Adresse ist nicht brauchbar; Beispiele: {examples}",
    "origin": "„{value}“ ist keine Adresse wie https://akten.example.de (ohne Pfad und Anmeldung)",
    "proxy_address": "„{value}“ ist keine IP-Adresse (mehrere mit Komma, Netze wie 10.1.2.0/24; nicht alle)",
}


def setting_fault(error: ValidationError) -> str:
    """One sentence on the first setting that cannot be used; addresses may hold a password and are not repeated."""
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else ""
    known: Mapping[str, object] = {**first.get("ctx", {}), "value": first["input"]}
    text = SETTINGS.get(first["type"], "der Wert ist nicht brauchbar").format(**known).replace(" or ", " oder ")
    return f"Einstellung DMS_{name.upper()}: {text}."


def secret_fault(error: SecretUnreadable) -> str:
    """One sentence on a secret that cannot be read."""
    if not error.place:
        return "Eine Adresse enthält {secret}, aber DMS_SECRET_FILE ist nicht gesetzt."
    return f"Das Geheimnis {error.place} (DMS_SECRET_FILE) lässt sich nicht lesen ({error.cause})."
