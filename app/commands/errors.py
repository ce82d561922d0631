"""What a command says when it cannot go on."""

_DISK_FULL = "53100"
_CONNECTION_GONE = ("57P01", "57P02", "57P03", "08000", "08003", "08006")


class CommandError(Exception):
    """One sentence for the person at the terminal; the command ends with 1."""


def sentence_of(error: Exception) -> str | None:
    """Return the sentence for an error that a person can mend, None for a defect of the program.

    Everything is imported late, to keep the commands quick.
    """
    from app.jurisdictions.loader import ProfileError
    from app.services.credentials.signing_keys import SigningKeysUnusable
    from app.services.installation import InstallationError
    from app.storage.database import sqlstate
    from app.storage.key_provider import KeyringUnusable
    from app.storage.postgres_binaries import EmbeddedPostgresError

    told = (CommandError, EmbeddedPostgresError, InstallationError, KeyringUnusable, ProfileError, SigningKeysUnusable)
    if isinstance(error, told):
        return str(error)
    state = sqlstate(error)
    if state == _DISK_FULL:
        return "The disk of the database is full; free some space and start again, what was begun is taken up."
    if state in _CONNECTION_GONE:
        return "The database has ended or was stopped meanwhile; start again."
    return None
