import MQTTProtocol

/// The configuration that does what the bridges of a mosquitto.conf did.
struct MosquittoWriter {
    private let conf: MosquittoReader
    private let file: String
    private var lines = YAMLLines()
    private var names = MosquittoNames()

    init(_ conf: MosquittoReader, file: String) {
        self.conf = conf
        self.file = file
    }

    /// A bridge with the names of its two peers.
    private struct Bridge {
        let connection: MosquittoConnection
        let local: String
        let remote: String
    }

    func text() -> String {
        var writer = self
        return writer.write()
    }

    private mutating func write() -> String {
        let shared = names.name(for: "local")
        var usesShared = false
        var bridges: [Bridge] = []
        for connection in conf.connections {
            let remote = names.name(for: connection.name)
            let local = connection.needsOwnLocal ? names.name(for: "local-\(connection.name)") : shared
            if local == shared { usesShared = true }
            bridges.append(Bridge(connection: connection, local: local, remote: remote))
        }
        head()
        lines.add("hubs:")
        if usesShared { MosquittoPeerWriter(conf, file).local(shared, nil, &lines) }
        for bridge in bridges {
            let peers = MosquittoPeerWriter(conf, file)
            if bridge.local != shared { peers.local(bridge.local, bridge.connection, &lines) }
            peers.remote(bridge.remote, bridge.connection, &lines)
        }
        lines.add("")
        lines.add("bridges:")
        for bridge in bridges { write(bridge) }
        remarks()
        return lines.text
    }

    private mutating func head() {
        lines.comment("Made from \(Words.plain(file)) by `stinger-bridge import-mosquitto`.")
        lines.comment(
            """
            Take the `connection` sections out of mosquitto.conf and restart mosquitto before this bridge starts: two bridges \
            with one client identifier throw each other out.
            """
        )
        lines.add("")
    }

    // MARK: Bridges

    private mutating func write(_ bridge: Bridge) {
        let connection = bridge.connection
        let id = YAMLLines.quoted(bridge.remote)
        lines.add("  - id: \(id)", comment: "line \(connection.origin.line)")
        lines.add("    between: [\(YAMLLines.quoted(bridge.local)), \(id)]")
        stateTopic(connection)
        guard !connection.topics.isEmpty else {
            lines.add("    topics: []", comment: "the connection has no `topic`")
            return
        }
        lines.add("    topics:")
        for topic in connection.topics {
            lines.add("      - {\(rule(topic, connection))}", comment: "line \(topic.line)")
        }
        if !connection.keepsRetainOut, connection.topics.contains(where: { $0.direction == "both" }) {
            lines.comment(
                "`bridge_outgoing_retain false` was for one direction; `retain: live` is for both.",
                indent: 6
            )
        }
    }

    private func rule(_ topic: MosquittoConnection.Topic, _ connection: MosquittoConnection) -> String {
        var parts: [String] = []
        func add(_ key: String, _ text: String) { parts.append("\(key): \(YAMLLines.quoted(text))") }
        if topic.pattern.isEmpty {
            add("filter", topic.localPrefix)
            if topic.remotePrefix != topic.localPrefix { add("as", topic.remotePrefix) }
        } else {
            add("filter", topic.pattern)
            if !topic.localPrefix.isEmpty { add("first_prefix", topic.localPrefix) }
            if !topic.remotePrefix.isEmpty { add("second_prefix", topic.remotePrefix) }
        }
        parts.append("direction: \(topic.direction)")
        parts.append("qos: \(topic.qos)")
        if !connection.keepsRetainOut, topic.direction != "in" { parts.append("retain: live") }
        return parts.joined(separator: ", ")
    }

    private mutating func stateTopic(_ connection: MosquittoConnection) {
        guard connection.notifies else {
            lines.add("    state_topic: none", comment: "notifications false")
            return
        }
        guard let topic = connection.notificationTopic else {
            lines.comment(
                """
                mosquitto told its state on $SYS/broker/connection/…/state, where only a broker can publish; here it is \
                \(StateTopic.standard.template).
                """,
                indent: 4
            )
            return
        }
        if topic.hasPrefix("$") || !TopicName.isValid(topic) {
            lines.comment(
                "notification_topic: only a broker can publish to \(Words.plain(topic)); here it is \(StateTopic.standard.template).",
                indent: 4
            )
        } else {
            lines.add("    state_topic: \(YAMLLines.quoted(topic))", comment: "notification_topic")
        }
    }

    // MARK: Remarks

    private mutating func remarks() {
        let remarks = (conf.remarks + conf.connections.flatMap(\.remarks)).sorted { $0.line < $1.line }
        guard !remarks.isEmpty else { return }
        lines.add("")
        lines.comment("What has no equal here, or not quite:")
        for remark in remarks { lines.comment("line \(remark.line): \(remark.words).") }
    }
}
