"""Errors whose text a person can act on: what is wrong, where, which value, what is allowed."""


class ErpError(Exception):
    """Something a user can put right; the message is shown to them as it stands."""

    status = 422


class NotAllowedError(ErpError):
    """The person lacks the permission named in the message."""

    status = 403


class NotFoundError(ErpError):
    """The thing asked for does not exist (any more)."""

    status = 404


class ConflictError(ErpError):
    """Somebody else changed the same thing first, or the state forbids the step."""

    status = 409


class ConfigError(ErpError):
    """settings.toml or the environment cannot be used; names the key and an example."""


class PluginError(ErpError):
    """A plugin cannot be loaded; names the plugin, the file and the reason."""
