"""Gates before a broker: one lets only 3.1.1 pass, as brokers from before MQTT 5 do; one hangs up at a word, as some do that refuse a message."""

import socket
import threading

#: How such brokers refuse: with 3.1.1's own return code, with the reason that MQTT 5 asks for, or by hanging up.
REFUSALS = {"3.1.1's return code": b"\x20\x02\x00\x01", "MQTT 5's reason code": b"\x20\x03\x00\x84\x00", "hanging up": b""}


class Gatekeeper:
    """Listens on a port of its own; a client that speaks 3.1.1 is passed on to the broker."""

    def __init__(self, target, refusal):
        self.target, self.refusal = target, refusal
        self.levels = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            head = connection.recv(1 << 16)
            at = head.find(b"\x00\x04MQTT")
            if at < 0:
                return
            self.levels.append(head[at + 6])
            if head[at + 6] == 5 and self.refusal is not None:
                connection.sendall(self.refusal)
                return
            with socket.create_connection(("127.0.0.1", self.target)) as broker:
                broker.sendall(head)
                back = threading.Thread(target=self._pump, args=(broker, connection), daemon=True)
                back.start()
                self._pump(connection, broker)
                back.join()

    def may_pass(self, data):
        return True

    def _pump(self, source, destination):
        try:
            while (data := source.recv(1 << 16)) and self.may_pass(data):
                destination.sendall(data)
        except OSError:
            pass
        for each in (source, destination):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


class Bouncer(Gatekeeper):
    """Ends the connection instead of passing bytes on that hold a word."""

    def __init__(self, target, word):
        self.word = word
        super().__init__(target, None)

    def may_pass(self, data):
        return self.word not in data
