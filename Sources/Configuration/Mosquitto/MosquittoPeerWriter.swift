/// The brokers at the two ends of a mosquitto bridge.
struct MosquittoPeerWriter {
    private let conf: MosquittoReader
    private let file: String

    init(_ conf: MosquittoReader, _ file: String) {
        self.conf = conf
        self.file = file
    }

    // MARK: The broker of the file

    /// - Parameter connection: nil where all connections share this peer.
    func local(_ name: String, _ connection: MosquittoConnection?, _ lines: inout YAMLLines) {
        lines.add("  \(YAMLLines.quoted(name)):", comment: "the broker whose configuration \(Words.plain(file)) is")
        let listener = MosquittoListener.best(of: conf.listeners)
        lines.add(
            "    connect: [\(YAMLLines.quoted(listener?.address ?? "mqtt://localhost:1883"))]",
            comment: listener.map { "line \($0.line)" } ?? "no `listener` says otherwise"
        )
        if let listener, listener.usesTLS {
            lines.comment(
                "This listener asks for TLS: `tls: {ca: FILE}` says which authority its certificate is from.",
                indent: 4
            )
        }
        if let listener, listener.isElsewhere {
            lines.comment(
                "The listener is bound to one interface; a second one on 127.0.0.1 would keep this off the network.",
                indent: 4
            )
        }
        if let connection {
            login(connection.local, name: name, isOpen: listener?.isOpenToListeners ?? false, &lines)
            session(connection.local.isClean ?? connection.remote.isClean ?? false, "local_cleansession", &lines)
        }
        guard connection?.local.username == nil else { return }
        if !conf.letsAnybodyIn {
            lines.comment(
                """
                This broker lets nobody in without a name (allow_anonymous), and to it this bridge is a client like others: make it a \
                user (mosquitto_passwd), and give `username` and `password: {file: …}` here.
                """,
                indent: 4
            )
        }
        if let line = conf.accessFileLine {
            lines.comment("Line \(line), acl_file: that user must be let read and write what crosses.", indent: 4)
        }
    }

    // MARK: The other broker

    func remote(_ name: String, _ connection: MosquittoConnection, _ lines: inout YAMLLines) {
        lines.add("  \(YAMLLines.quoted(name)):", comment: "line \(connection.origin.line)")
        let scheme = connection.usesTLS ? "mqtts" : "mqtt"
        let addresses = connection.addresses.map { address in
            let host = address.host.contains(":") ? "[\(address.host)]" : address.host
            return YAMLLines.quoted("\(scheme)://\(host):\(address.port)")
        }
        lines.add("    connect: [\(addresses.joined(separator: ", "))]", comment: "line \(connection.addressLine)")
        if addresses.count > 1 {
            lines.add("    addresses: \(connection.roundRobin ? "round_robin" : "return_to_first")")
        }
        version(connection, &lines)
        login(connection.remote, name: name, isOpen: connection.isOpenToListeners, &lines)
        tls(connection, &lines)
        session(connection.remote.isClean ?? false, "cleansession", &lines)
        numbers(connection, &lines)
    }

    private func version(_ connection: MosquittoConnection, _ lines: inout YAMLLines) {
        switch connection.version {
        case .v5: break
        case .v3_1_1:
            lines.add("    protocol: 3.1.1", comment: "MQTT 5, where the broker knows it, carries properties")
            if connection.triesPrivate == true { lines.add("    bridge_bit: true", comment: "try_private") }
        case nil where connection.remote.password != nil && connection.remote.username == nil: break
        case nil:
            lines.add("    fall_back: true", comment: "mosquitto takes 3.1.1; here MQTT 5 is tried first")
        }
    }

    /// - Parameter isOpen: what is sent there, others may read.
    private func login(
        _ login: MosquittoConnection.Login,
        name: String,
        isOpen: Bool,
        _ lines: inout YAMLLines
    ) {
        if let clientID = login.clientID { lines.add("    client_id: \(YAMLLines.quoted(clientID))") }
        if let username = login.username { lines.add("    username: \(YAMLLines.quoted(username))") }
        guard let password = login.password, login.username != nil else { return }
        let secret = "\(name).password"
        lines.add(
            "    password: {file: \(YAMLLines.quoted(secret))}",
            comment: "line \(password.line); put it there with"
        )
        // The command takes it from the line, so that it is shown nowhere.
        let pattern = "\(password.line)s/^[[:space:]]*\(password.option)[[:space:]]*//p"
        lines.add("    # (umask 077; sed -n '\(pattern)' \(Self.shellQuoted(file)) > \(Self.shellQuoted(secret)))")
        if isOpen {
            lines.add("    allow_plaintext: true", comment: "as it was: others on the network can read the password")
        }
    }

    private func tls(_ connection: MosquittoConnection, _ lines: inout YAMLLines) {
        guard connection.usesTLS else { return }
        var parts: [String] = []
        func add(_ key: String, _ text: String?) {
            if let text { parts.append("\(key): \(YAMLLines.quoted(text))") }
        }
        add("ca", connection.authorityFile)
        add("certificate", connection.certificateFile)
        add("key", connection.keyFile)
        if let name = connection.applicationProtocol { parts.append("alpn: [\(YAMLLines.quoted(name))]") }
        guard !parts.isEmpty else { return }
        lines.add("    tls: {\(parts.joined(separator: ", "))}")
        let files = [connection.authorityFile, connection.certificateFile, connection.keyFile].compactMap { $0 }
        if files.contains(where: { !$0.hasPrefix("/") }) {
            lines.comment("Relative paths begin at the folder of this file.", indent: 4)
        }
    }

    private func session(_ isClean: Bool, _ option: String, _ lines: inout YAMLLines) {
        if isClean { lines.add("    clean_start: true", comment: option) }
    }

    private func numbers(_ connection: MosquittoConnection, _ lines: inout YAMLLines) {
        if let seconds = connection.keepAlive {
            lines.add(
                "    keep_alive: \(min(seconds, 64_800))s",
                comment: seconds > 64_800 ? "the longest there is" : nil
            )
        }
        if let redial = connection.redial {
            lines.add("    redial: {first: \(redial.first)s, longest: \(redial.longest)s}")
        }
        if let bytes = connection.packetByteMaximum, bytes > 0 {
            let taken = min(max(bytes, 4_096), 256 << 20)
            lines.add(
                "    max_packet: \(taken)",
                comment: taken == bytes ? "in both directions" : "4KiB to 256MiB is possible"
            )
        }
        guard connection.version != .v3_1_1 else { return }
        if let seconds = connection.sessionExpiry {
            let longest = Int(DurationText.secondsMaximum)
            lines.add(
                "    session_expiry: \(min(seconds, longest))s",
                comment: seconds > longest ? "the longest there is" : nil
            )
        }
        if let count = connection.receiveMaximum { lines.add("    receive_maximum: \(count)") }
        if let count = connection.topicAliases { lines.add("    topic_aliases: \(count)") }
    }

    private static func shellQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "'\\''") + "'" }
}
