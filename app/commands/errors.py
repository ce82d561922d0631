"""What a command says when it cannot go on."""


class CommandError(Exception):
    """One sentence for the person at the terminal; the command ends with 1."""


def known_errors() -> tuple[type[Exception], ...]:
    """Return the errors whose message is such a sentence already; imported late, to keep the command quick."""
    from app.jurisdictions.loader import ProfileError
    from app.services.credentials.signing_keys import SigningKeysUnusable
    from app.services.installation import InstallationError
    from app.storage.key_provider import KeyringUnusable
    from app.storage.postgres_binaries import EmbeddedPostgresError

    return CommandError, EmbeddedPostgresError, InstallationError, KeyringUnusable, ProfileError, SigningKeysUnusable
