"""Starting and stopping: what the hub says to the one who starts it."""

import json
import os
import signal
import stat

import pytest

from support.connection import Connection
from support.hub import Hub, bound_port, run_to_end
from support.waiting import until

SECRET = "correct horse battery staple"


def assert_failed(finished, status, *words):
    """Ended with that status, said nothing on stdout, and one line that helps on stderr."""
    assert finished.returncode == status, finished
    assert finished.stdout == ""
    lines = finished.stderr.strip().splitlines()
    assert lines, "not a word on stderr"
    if status == 69:
        assert len(lines) == 1, lines
    for word in words:
        assert word in finished.stderr, finished.stderr


# Usage: exit status 64

@pytest.mark.parametrize("arguments", [
    [], ["--server-id", "h"], ["--unix", "x"], ["--server-id", "h", "--unix", "{folder}/hub", "--nonsense"],
    ["--server-id", "h", "--unix", "{folder}/hub", "surplus"], ["--server-id", "", "--unix", "{folder}/hub"],
    ["--server-id", "h", "--tcp", "no-port"], ["--server-id", "h", "--tcp", "127.0.0.1:65536"],
    ["--server-id", "h", "--tcp", "127.0.0.1:x"], ["--server-id", "h", "--tls", "127.0.0.1:0"],
    ["--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", "x"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--error-policy", "forgive"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--channel-policy", "forgive"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--lb-policy", "random"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--log-format", "xml"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--idle-timeout", "soon"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--idle-timeout", "-1"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--call-timeout", "-1"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--max-clients", "0"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--max-frame-bytes", "-5"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--unix-mode", "0999"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--unix-mode", "rw"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--channel-password-env", "no-equals-sign"],
    ["--server-id", "h", "--unix", "{folder}/hub", "--secret-env", "HUB_SECRET", "--secret-file", "x"],
], ids=lambda arguments: " ".join(arguments[2:] or arguments) or "nothing")
def test_bad_usage(arguments, short_folder):
    finished = run_to_end(*[each.format(folder=short_folder) for each in arguments], environment={"HUB_SECRET": "s"})
    assert_failed(finished, 64)
    assert not (short_folder / "hub").exists()


# What the machine does not allow: exit status 69, one line

def test_port_in_use(short_folder):
    with bound_port() as taken:
        port = taken.getsockname()[1]
        assert_failed(run_to_end("--server-id", "h", "--tcp", f"127.0.0.1:{port}"), 69, str(port))


def test_one_listener_of_several_fails(short_folder):
    with bound_port() as taken:
        port = taken.getsockname()[1]
        finished = run_to_end("--server-id", "h", "--unix", short_folder / "hub", "--tcp", f"127.0.0.1:{port}")
        assert finished.returncode == 69
        assert not (short_folder / "hub").exists()


def test_unreadable_key(short_folder, certificates):
    finished = run_to_end("--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", certificates / "hub.pem",
                          "--tls-key", short_folder / "none.key")
    assert_failed(finished, 69, "none.key")


def test_a_key_that_is_none(short_folder, certificates):
    (short_folder / "bad.key").write_text("no key\n")
    finished = run_to_end("--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", certificates / "hub.pem",
                          "--tls-key", short_folder / "bad.key")
    assert_failed(finished, 69, "bad.key")


def test_a_key_of_another_certificate(certificates):
    finished = run_to_end("--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", certificates / "hub.pem",
                          "--tls-key", certificates / "client.key")
    assert_failed(finished, 69)


def test_unreadable_certificate_and_authorities(short_folder, certificates):
    finished = run_to_end("--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", short_folder / "none.pem",
                          "--tls-key", certificates / "hub.key")
    assert_failed(finished, 69, "none.pem")
    finished = run_to_end("--server-id", "h", "--tls", "127.0.0.1:0", "--tls-cert", certificates / "hub.pem",
                          "--tls-key", certificates / "hub.key", "--tls-client-ca", short_folder / "none.ca")
    assert_failed(finished, 69, "none.ca")


def test_unreadable_secret_file(short_folder):
    finished = run_to_end("--server-id", "h", "--unix", short_folder / "hub", "--secret-file", short_folder / "none")
    assert_failed(finished, finished.returncode, "none")
    assert finished.returncode in (64, 69)


@pytest.mark.parametrize("option", [["--secret-env", "NOT_SET"], ["--channel-password-env", "room=NOT_SET"]],
                         ids=" ".join)
@pytest.mark.parametrize("environment", [{}, {"NOT_SET": ""}], ids=["unset", "empty"])
def test_a_variable_that_holds_nothing(short_folder, option, environment):
    """A hub that was meant to be locked must not come up open."""
    finished = run_to_end("--server-id", "h", "--unix", short_folder / "hub", *option, environment=environment)
    assert finished.returncode in (64, 69), finished
    assert "NOT_SET" in finished.stderr


def test_an_empty_secret_file(short_folder):
    (short_folder / "secret").write_text("\n")
    finished = run_to_end("--server-id", "h", "--unix", short_folder / "hub", "--secret-file", short_folder / "secret")
    assert finished.returncode in (64, 69), finished


# Unix sockets

def test_a_stale_socket_is_replaced(short_folder):
    with Hub(unix=short_folder / "hub") as first:
        first.kill()
        assert (short_folder / "hub").exists(), "a hub that is killed leaves its socket"
        with Hub(unix=short_folder / "hub") as second:
            second.assert_serves()


def test_a_live_socket_is_not_taken(short_folder):
    with Hub(unix=short_folder / "hub") as first:
        assert_failed(run_to_end("--server-id", "other", "--unix", short_folder / "hub"), 69, str(short_folder / "hub"))
        first.assert_serves()


def test_a_file_that_is_no_socket_is_left_alone(short_folder):
    (short_folder / "hub").write_text("precious")
    assert_failed(run_to_end("--server-id", "h", "--unix", short_folder / "hub"), 69)
    assert (short_folder / "hub").read_text() == "precious"


def test_a_folder_that_is_not_there(short_folder):
    assert_failed(run_to_end("--server-id", "h", "--unix", short_folder / "none" / "hub"), 69, "none")


def test_a_path_too_long_for_a_socket(short_folder):
    finished = run_to_end("--server-id", "h", "--unix", short_folder / ("x" * 120))
    assert finished.returncode in (64, 69), finished


@pytest.mark.parametrize("arguments, mode", [([], 0o600), (["--unix-mode", "0666"], 0o666),
                                             (["--unix-mode", "660"], 0o660)])
def test_unix_mode(start_hub, arguments, mode):
    hub = start_hub(*arguments)
    assert stat.S_IMODE(os.stat(hub.unix_path).st_mode) == mode


def test_unix_mode_does_not_depend_on_umask(start_hub):
    before = os.umask(0o077)
    try:
        hub = start_hub("--unix-mode", "0666")
    finally:
        os.umask(before)
    assert stat.S_IMODE(os.stat(hub.unix_path).st_mode) == 0o666


def test_a_socket_goes_with_its_hub(short_folder):
    with Hub(unix=short_folder / "hub") as hub:
        assert hub.terminate() == 0
    assert not (short_folder / "hub").exists()


# Ready lines

def test_a_ready_line_for_each_listener(short_folder, certificates):
    with Hub("--unix", short_folder / "second", "--tls-cert", certificates / "hub.pem", "--tls-key",
             certificates / "hub.key", unix=short_folder / "first", tcp=True, tls=True) as hub:
        kinds = sorted(line.split(":")[0] for line in hub.ready)
        assert kinds == ["ready tcp", "ready tls", "ready unix", "ready unix"]
        assert {f"ready unix:{short_folder / name}" for name in ("first", "second")} < set(hub.ready)
        assert hub.port("tcp") > 0 and hub.port("tls") > 0
        assert hub.stdout.lines == hub.ready


def test_ready_means_ready(short_folder):
    with Hub(unix=short_folder / "hub", tcp=True) as hub:
        for connection in (Connection.unix(hub.unix_path), Connection.tcp(hub.port("tcp"))):
            with connection:
                assert connection.identify(f"client-{id(connection)}")["type"] == "identified"


# Stopping

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_signals_stop_it(hub, number):
    with hub.client("client") as client:
        hub.process.send_signal(number)
        client.until_closed()
        assert hub.wait() == 0


def test_what_waits_is_sent_before_the_end(hub):
    count = 300
    with hub.client("late") as late, hub.client("sender") as sender:
        late.ask({"type": "register", "channel": "room"}, "1")
        sender.send(*[{"type": "broadcast", "channel": "room", "event": "e", "data": [number, "x" * 10_000]}
                      for number in range(count)])
        sender.quiet()
        hub.process.send_signal(signal.SIGTERM)
        got = [message["data"][0] for message in late.until_closed() if message["type"] == "broadcast"]
        assert got == list(range(count))
        assert hub.wait() == 0


def test_one_who_never_reads_does_not_hold_it_up(hub):
    with hub.client("never") as never, hub.client("sender") as sender:
        never.ask({"type": "register", "channel": "room"}, "1")
        sender.send(*[{"type": "broadcast", "channel": "room", "event": "e", "data": "x" * 10_000}] * 300)
        sender.quiet()
        assert hub.terminate() == 0


# Secrets and logs

@pytest.mark.parametrize("log_format", ["text", "json"])
def test_secrets_are_never_written(start_hub, log_format):
    password = "hunter2 hunter2"
    hub = start_hub("--secret-env", "HUB_SECRET", "--channel-password-env", "vault=VAULT", "--log-format", log_format,
                    "--verbose", "--error-policy", "broadcast",
                    environment={"HUB_SECRET": SECRET, "VAULT": password})
    with hub.connect() as wrong:
        assert wrong.identify("wrong", secret="x")["type"] == "error"
    with hub.client("right", secret=SECRET) as right:
        right.send({"type": "register", "channel": "vault", "request_id": "1"},
                   {"type": "register", "channel": "room", "request_id": "2"},
                   {"type": "set_password", "channel": "room", "password": password + password, "request_id": "3"},
                   {"type": "set_password", "channel": "room", "password": "", "request_id": "4"})
        right.quiet()
    hub.terminate()
    written = hub.stdout.text + hub.log.text
    assert SECRET not in written and "hunter2" not in written


def test_a_secret_from_a_file(start_hub, short_folder):
    """Editors end the last line; the secret is what stands before that."""
    (short_folder / "secret").write_text(SECRET + "\n")
    hub = start_hub("--secret-file", short_folder / "secret")
    with hub.client("client", secret=SECRET) as client:
        assert client.drain() == []
    with hub.connect() as wrong:
        assert wrong.identify("wrong", secret=SECRET + "\n")["type"] == "error"


def test_json_logs_are_json(start_hub):
    hub = start_hub("--log-format", "json", "--verbose")
    with hub.client("client") as client, hub.connect() as broken:
        client.quiet()
        broken.send(b'"\xc1')
        broken.until_closed()
    hub.terminate()
    assert hub.log.lines
    assert all(isinstance(json.loads(line), dict) for line in hub.log.lines)


def test_an_id_cannot_forge_log_lines(start_hub):
    hub = start_hub("--verbose")
    with hub.connect() as connection:
        connection.identify("x\n2000-01-01 forged\x1b[31m")
        connection.finish_sending()
        connection.until_closed()
    hub.terminate()
    assert not any(line.startswith("2000-01-01") for line in hub.log.lines)
    assert "\x1b" not in hub.log.text


def test_verbose_tells_who_comes_and_goes(start_hub):
    hub = start_hub("--verbose")
    with hub.client("somebody"):
        pass
    until(lambda: sum("somebody" in line for line in hub.log.lines) >= 2, what="a line for coming and one for going")
