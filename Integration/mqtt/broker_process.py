"""Brokers of others, each a process with a configuration and a port of its own: mosquitto and nats-server."""

import os
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from support.output import Output
from support.waiting import PATIENCE, until

#: Below the ports that the kernel gives to outgoing connections, so that none of them takes a broker's while that is down.
PORTS = range(20000, 32000)


def free_port():
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def find(name):
    """A server's program; Debian has them where a user's PATH does not look."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


class Broker:
    """A broker's process; it runs inside `with`. Stopped or killed, it can be started again on the same port."""

    def __init__(self, folder, name):
        self.name = name
        self.folder = Path(folder) / name
        self.folder.mkdir()
        self.port = free_port()
        self.process = None

    def _launch(self, *command, ready):
        self.process = subprocess.Popen(list(map(str, command)), text=True, errors="replace", stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.log = Output(self.process.stderr)
        until(lambda: any(ready in line for line in list(self.log.lines)) or self.process.poll() is not None,
              what=f"{self.name}: {ready}", pause=0.002)
        assert self.process.poll() is None, f"{self.name} ended at once: {self.log.finish()}"
        return self

    def stop(self):
        """SIGTERM, which saves everything."""
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(PATIENCE)

    def kill(self):
        """SIGKILL, whatever it was doing."""
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)

    def connection(self, **more):
        """What a client's `connect` says to reach it."""
        return {"host": "127.0.0.1", "port": self.port, **more}

    def configured(self, port=None, **more):
        """Its entry under `hubs`; behind a proxy with the proxy's port."""
        return {"connect": [f"mqtt://127.0.0.1:{port or self.port}"], **more}

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process:
            self.stop()


class Mosquitto(Broker):
    """`lines` are further lines of its configuration."""

    def __init__(self, folder, name, *lines, is_persistent=False, is_unix=False, certificates=None, password=None, access=None):
        super().__init__(folder, name)
        self.is_persistent = is_persistent
        self.unix_path = self.folder / "socket" if is_unix else None
        self.certificates = certificates
        self.more = lines
        #: (username, password): nobody else is let in.
        self.password = password
        #: Lines of an access list.
        self.access = access

    def _text(self):
        lines = ["user root"] if os.geteuid() == 0 else []
        lines += ["log_dest stderr", "log_type error", "log_type warning", "log_type notice", "log_type information",
                  "max_queued_messages 0", "set_tcp_nodelay true"]
        if self.is_persistent:
            lines += ["persistence true", f"persistence_location {self.folder}/", "autosave_on_changes true", "autosave_interval 1"]
        if self.password:
            passwords = self.folder / "passwords"
            passwords.touch(mode=0o600)
            subprocess.run([find("mosquitto_passwd"), "-b", passwords, *self.password], check=True, capture_output=True)
            lines += [f"password_file {passwords}", "allow_anonymous false"]
        else:
            lines += ["allow_anonymous true"]
        if self.access:
            (self.folder / "access").write_text("\n".join(self.access) + "\n")
            lines += [f"acl_file {self.folder}/access"]
        lines += [f"listener {self.port} 127.0.0.1"]
        if self.certificates:
            lines += [f"cafile {self.certificates}/ca.pem", f"certfile {self.certificates}/hub.pem",
                      f"keyfile {self.certificates}/hub.key", "require_certificate true"]
        if self.unix_path:
            lines += [f"listener 0 {self.unix_path}"]
        return "\n".join([*lines, *self.more]) + "\n"

    def start(self):
        configuration = self.folder / "mosquitto.conf"
        configuration.write_text(self._text())
        if self.unix_path:
            self.unix_path.unlink(missing_ok=True)
        # It says that it runs before it listens on nothing only when it cannot: then it ends.
        return self._launch(find("mosquitto"), "-c", configuration, ready=" running")

    def kill_in_step(self, *peers):
        """SIGKILL at a moment at which what mosquitto said and what it saved agree; `peers` are the processes that talk to it.

        mosquitto 2.0 answers before it saves, and not everything that it answers makes it save (`autosave_on_changes` does not
        count an incoming QoS 2 message): killed at any other moment it has lost messages that it acknowledged, whoever sent
        them. So its peers are stopped in the middle of whatever they do, it takes in what they sent, saves, and is killed.
        """
        for peer in peers:
            peer.send_signal(signal.SIGSTOP)
        try:
            until(lambda: not self._unread() and state_of(self.process.pid) == "S", what=f"{self.name} at rest", pause=0.001)
            saved = self._saved()
            self.process.send_signal(signal.SIGUSR1)
            until(lambda: self._saved() not in (saved, None), what=f"what {self.name} saves", pause=0.001)
            self.kill()
        finally:
            for peer in peers:
                peer.send_signal(signal.SIGCONT)

    def _saved(self):
        """Which file its database is: it writes another one and renames that."""
        try:
            found = (self.folder / "mosquitto.db").stat()
            return found.st_ino, found.st_mtime_ns
        except FileNotFoundError:
            return None

    def _unread(self):
        """Bytes that wait in its connections' receive queues."""
        mine = f":{self.port:04X}"
        rows = (row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return sum(int(row[4].split(":")[1], 16) for row in rows if row[1].endswith(mine) and row[3] == "01")


def state_of(pid):
    """R, S, T ...: proc(5)."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


class Nats(Broker):
    """nats-server with its MQTT side: 3.1.1, and at most QoS 1 in the releases before 2.10."""

    def start(self):
        configuration = self.folder / "nats.conf"
        configuration.write_text(f'server_name: {self.name}\nlisten: "127.0.0.1:-1"\njetstream {{ store_dir: "{self.folder}" }}\n'
                                 f'mqtt {{ listen: "127.0.0.1:{self.port}" }}\n')
        return self._launch(find("nats-server"), "-c", configuration, ready="Server is ready")
