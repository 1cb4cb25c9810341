"""A hub is killed and started again: the clients come back by themselves and register anew."""

import pytest

from support import pythons
from support.addresses import hub_on, settings_for
from support.scripts import Script


@pytest.mark.parametrize("transport, secret", [("unix", ""), ("tcp", "secret"), ("tls", "secret")])
@pytest.mark.parametrize("release", pythons.RELEASES)
def test_clients_come_back(release, transport, secret, short_folder, certificates):
    def start(port=True):
        # A password that was set by a client dies with the hub; one given at its start is there again.
        return hub_on(transport, secret, short_folder, certificates, "--channel-password-env", "vault=VAULT", port=port,
                      environment={"VAULT": "open sesame"})

    with start() as hub:
        settings = settings_for(hub, transport, secret, certificates)
        with Script(release, "reconnect", settings) as script:
            assert script.entry("before")["before"] == [2, 4]
            hub.kill()
            with start(port=settings.get("port", True)):
                script.write_line()
                assert script.entry("after") == {"after": [6, 8], "broadcast": "back"}
