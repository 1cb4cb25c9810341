/// One option of a bridge section.
struct MosquittoOptionReader {
    let reading: Reading
    /// nil: none has begun.
    var connection: MosquittoConnection?

    mutating func read(_ line: MosquittoLine) {
        guard var bridge = connection else {
            if Self.isBridgeOption(line.option) {
                reading.error(
                    line.origin,
                    path: line.option,
                    "stands before any `connection`, to which it would belong"
                )
            }
            return
        }
        readAddress(line, &bridge)
        connection = bridge
    }

    private static let bridgeOptions: Set<String> = [
        "address", "addresses", "topic", "remote_username", "remote_password", "remote_clientid", "local_username",
        "local_password", "local_clientid", "cleansession", "local_cleansession", "keepalive_interval", "notifications",
        "notification_topic", "notifications_local_only", "try_private", "round_robin", "restart_timeout", "start_type",
        "idle_timeout", "threshold",
    ]

    private static func isBridgeOption(_ option: String) -> Bool {
        bridgeOptions.contains(option) || option.hasPrefix("bridge_")
    }

    // MARK: Where to, and what

    private func readAddress(_ line: MosquittoLine, _ bridge: inout MosquittoConnection) {
        switch line.option {
        case "address", "addresses":
            bridge.addressLine = line.number
            if line.words.isEmpty { _ = line.text(reading) }
            for word in line.words {
                if let address = address(word, line) { bridge.addresses.append(address) }
            }
        case "topic":
            if let topic = MosquittoTopicReader(reading: reading).read(line) { bridge.topics.append(topic) }
        case "round_robin": bridge.roundRobin = line.bool(reading) ?? false
        case "restart_timeout": bridge.redial = restartTimeout(line)
        default: readLogin(line, &bridge)
        }
    }

    private func address(_ word: MosquittoLine.Word, _ line: MosquittoLine) -> MosquittoConnection.Address? {
        let origin = Origin(line: line.number, column: word.column)
        let colon = word.text.lastIndex(of: ":")
        var host = colon.map { String(word.text[..<$0]) } ?? word.text
        let port = colon.map { Int(word.text[word.text.index(after: $0)...]) } ?? 1_883
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        let isPlain = host.unicodeScalars.allSatisfy { !"@/[]\"".unicodeScalars.contains($0) }
        guard let port, (1...65_535).contains(port), !host.isEmpty, isPlain else {
            // Not shown: somebody may have put a password into it.
            reading.error(origin, path: line.option, "expected HOST or HOST:PORT")
            return nil
        }
        return MosquittoConnection.Address(host: host, port: port)
    }

    private func restartTimeout(_ line: MosquittoLine) -> (first: Int, longest: Int)? {
        let numbers = line.words.map { Int($0.text) }
        guard (1...2).contains(numbers.count), let first = numbers[0], let longest = numbers[numbers.count - 1],
            1 <= first, first <= longest, longest <= 3_600
        else {
            reading.error(
                line.valueOrigin,
                path: line.option,
                "expected one or two numbers of seconds, the lower one first"
            )
            return nil
        }
        return (first, longest)
    }

    // MARK: Who

    private func readLogin(_ line: MosquittoLine, _ bridge: inout MosquittoConnection) {
        switch line.option {
        case "remote_username", "username": bridge.remote.username = line.text(reading)
        case "remote_password", "password":
            if line.text(reading) != nil { bridge.remote.password = (line.option, line.number) }
        case "remote_clientid", "clientid": bridge.remote.clientID = line.text(reading)
        case "local_username": bridge.local.username = line.text(reading)
        case "local_password":
            if line.text(reading) != nil { bridge.local.password = (line.option, line.number) }
        case "local_clientid": bridge.local.clientID = line.text(reading)
        case "cleansession": bridge.remote.isClean = line.bool(reading)
        case "local_cleansession": bridge.local.isClean = line.bool(reading)
        default: readSession(line, &bridge)
        }
    }

    // MARK: How

    private func readSession(_ line: MosquittoLine, _ bridge: inout MosquittoConnection) {
        switch line.option {
        case "bridge_protocol_version": readVersion(line, &bridge)
        case "keepalive_interval": bridge.keepAlive = line.number(5...65_535, reading)
        case "try_private": bridge.triesPrivate = line.bool(reading)
        case "notifications": bridge.notifies = line.bool(reading) ?? true
        case "notification_topic": bridge.notificationTopic = line.text(reading)
        case "bridge_max_packet_size": bridge.packetByteMaximum = line.number(0...Int(UInt32.max), reading)
        case "bridge_session_expiry_interval": bridge.sessionExpiry = line.number(0...Int(UInt32.max), reading)
        case "bridge_max_topic_alias": bridge.topicAliases = line.number(0...65_535, reading)
        case "bridge_receive_maximum": bridge.receiveMaximum = line.number(1...65_535, reading)
        case "bridge_outgoing_retain": bridge.keepsRetainOut = line.bool(reading) ?? true
        default: readTLS(line, &bridge)
        }
    }

    private func readVersion(_ line: MosquittoLine, _ bridge: inout MosquittoConnection) {
        switch line.value {
        case "mqttv50": bridge.version = .v5
        case "mqttv311": bridge.version = .v3_1_1
        case "mqttv31":
            bridge.version = .v3_1_1
            bridge.remarks.append(.init(line, "has become 3.1.1; MQTT 3.1 is not spoken here"))
        default:
            reading.error(line.valueOrigin, path: line.option, "expected `mqttv50`, `mqttv311` or `mqttv31`")
        }
    }

    // MARK: TLS

    private func readTLS(_ line: MosquittoLine, _ bridge: inout MosquittoConnection) {
        switch line.option {
        case "bridge_cafile":
            bridge.usesTLS = true
            bridge.authorityFile = line.text(reading)
        case "bridge_capath":
            bridge.usesTLS = true
            guard line.value.hasPrefix("/etc/ssl/certs") else {
                bridge.remarks.append(
                    .init(line, "is a folder, and `tls.ca` takes a file: `cat` its certificates into one")
                )
                return
            }
        case "bridge_tls_use_os_certs": if line.bool(reading) == true { bridge.usesTLS = true }
        case "bridge_certfile": bridge.certificateFile = line.text(reading)
        case "bridge_keyfile": bridge.keyFile = line.text(reading)
        case "bridge_alpn": bridge.applicationProtocol = line.text(reading)
        default:
            if line.option == "bridge_psk" { bridge.usesTLS = true }
            if let remark = MosquittoRemarks.remark(for: line) { bridge.remarks.append(remark) }
        }
    }
}
