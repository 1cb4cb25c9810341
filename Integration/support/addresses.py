"""A hub with one listener of a chosen transport, and what a client script must know to reach it."""

from .hub import Hub

SECRET = "a secret of several words"


def arguments_of(transport, secret, certificates):
    """The command line and environment of a hub for that transport."""
    arguments, environment = [], {}
    if transport == "tls":
        arguments += ["--tls-cert", certificates / "hub.pem", "--tls-key", certificates / "hub.key",
                      "--tls-client-ca", certificates / "ca.pem"]
    if secret:
        arguments += ["--secret-env", "HUB_SECRET"]
        environment["HUB_SECRET"] = SECRET
    return arguments, environment


def hub_on(transport, secret, folder, certificates, *more, port=True, environment=None):
    arguments, needed = arguments_of(transport, secret, certificates)
    return Hub(*arguments, *more, unix=folder / "hub" if transport == "unix" else None,
               tcp=port if transport == "tcp" else False, tls=port if transport == "tls" else False,
               environment={**needed, **(environment or {})})


def settings_for(hub, transport, secret, certificates):
    """The first argument of a client script."""
    settings = {"secret": SECRET} if secret else {}
    if transport == "unix":
        settings["unix"] = str(hub.unix_path)
    else:
        settings["port"] = hub.port(transport)
    if transport == "tls":
        settings["certificates"] = str(certificates)
    return settings
