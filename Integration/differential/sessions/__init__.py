"""Every session of the differential test, by subject."""

from . import (bridges, broadcasts, calls, departures, errors, groups, handshake, passwords, passthrough, registration,
               subscriptions, system)

SESSIONS = [each for module in (handshake, registration, groups, calls, broadcasts, passthrough, subscriptions,
                                passwords, departures, errors, system, bridges) for each in module.SESSIONS]
