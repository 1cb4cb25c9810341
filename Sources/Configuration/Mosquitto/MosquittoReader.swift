/// A mosquitto.conf, read as far as it is about bridges.
struct MosquittoReader {
    let reading: Reading
    var connections: [MosquittoConnection] = []
    private(set) var listeners: [MosquittoListener] = []
    /// Without a name; mosquitto 2 asks who names a listener to say so expressly.
    private(set) var letsAnybodyIn = true
    private(set) var accessFileLine: Int?
    /// About the file as such.
    private(set) var remarks: [MosquittoConnection.Remark] = []

    init(_ text: String, _ reading: Reading) {
        self.reading = reading
        var allowsAnonymous: Bool?
        for (index, text) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            guard let line = MosquittoLine(text, number: index + 1) else { continue }
            guard !text.unicodeScalars.contains(where: { Names.isControl($0) && $0 != "\t" }) else {
                reading.error(line.origin, "a line of a mosquitto.conf has no control characters")
                continue
            }
            switch line.option {
            case "connection": begin(line)
            case "listener": listen(line)
            case "port": if let port = line.number(0...65_535, reading) { add(line, port, place: nil) }
            case "protocol": if line.value == "websockets" { changeListener { $0.isWebSocket = true } }
            case "certfile", "psk_hint": changeListener { $0.usesTLS = true }
            case "allow_anonymous": allowsAnonymous = line.bool(reading)
            case "acl_file": accessFileLine = line.number
            case "include_dir":
                remarks.append(.init(line, "is not followed: import the files in it one by one"))
            default:
                var reader = MosquittoOptionReader(reading: reading, connection: connections.last)
                reader.read(line)
                if let connection = reader.connection { connections[connections.count - 1] = connection }
            }
        }
        letsAnybodyIn = allowsAnonymous ?? listeners.isEmpty
        for connection in connections where connection.addresses.isEmpty {
            reading.error(connection.origin, "the connection \(Words.shown(connection.name)) has no `address`")
        }
        for index in connections.indices { connections[index].remarkPasswordsWithoutUser() }
        guard connections.isEmpty, !reading.hasErrors else { return }
        reading.error(.wholeFile, "there is no `connection`: nothing here is about a bridge")
    }

    private mutating func begin(_ line: MosquittoLine) {
        guard line.words.count == 1, let name = line.words.first?.text else {
            reading.error(line.origin, "expected `connection NAME`, with one word")
            return
        }
        guard !connections.contains(where: { $0.name == name }) else {
            reading.error(line.valueOrigin, "the connection \(Words.shown(name)) is there twice")
            return
        }
        connections.append(MosquittoConnection(name: name, origin: line.origin))
    }

    // MARK: Listeners

    private mutating func listen(_ line: MosquittoLine) {
        guard let port = line.words.first.flatMap({ Int($0.text) }), (0...65_535).contains(port) else {
            reading.error(line.valueOrigin, "expected `listener PORT`, and perhaps an address or a socket's path")
            return
        }
        add(line, port, place: line.words.count > 1 ? line.words[1].text : nil)
    }

    private mutating func add(_ line: MosquittoLine, _ port: Int, place: String?) {
        listeners.append(MosquittoListener(line: line.number, port: port, place: place))
    }

    private mutating func changeListener(_ change: (inout MosquittoListener) -> Void) {
        guard !listeners.isEmpty else { return }
        change(&listeners[listeners.count - 1])
    }
}

extension MosquittoLine {
    /// What the option is set to, as a number; nil is reported.
    func number(_ range: ClosedRange<Int>, _ reading: Reading) -> Int? {
        guard let number = Int(value), range.contains(number) else {
            let words = "expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            reading.error(valueOrigin, path: option, "\(words), not \(value.isEmpty ? "nothing" : Words.shown(value))")
            return nil
        }
        return number
    }

    func bool(_ reading: Reading) -> Bool? {
        switch value {
        case "true", "1": return true
        case "false", "0": return false
        default:
            reading.error(
                valueOrigin,
                path: option,
                "expected `true` or `false`, not \(value.isEmpty ? "nothing" : Words.shown(value))"
            )
            return nil
        }
    }

    /// Not empty; nil is reported.
    func text(_ reading: Reading) -> String? {
        guard value.isEmpty else { return value }
        reading.error(origin, path: option, "nothing is behind it")
        return nil
    }
}
