import MessagePack

/// What a value's `init(from:)` is given.
struct ValueDecoder: Decoder {
    let place: DecodingPlace
    var codingPath: [any CodingKey] { place.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(try Keyed<Key>(place))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try Unkeyed(place) }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(place: place) }
}

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    private let place: DecodingPlace
    /// Where each key's value begins; of two equal keys the later one counts, as in Python.
    private let offsets: [String: Int]

    var codingPath: [any CodingKey] { place.codingPath }
    var allKeys: [Key] { offsets.keys.compactMap { Key(stringValue: $0) } }

    init(_ place: DecodingPlace) throws {
        let source = place.source
        let head = try source.head(at: place.offset)
        guard head.kind == .map else { throw place.mismatch([String: MessagePackValue].self) }
        var offsets: [String: Int] = [:]
        var at = head.contentStart
        for _ in 0..<head.contentCount {
            let key = try source.head(at: at)
            let valueStart = key.contentStart + key.contentCount
            offsets[String(decoding: source.bytes[key.contentStart..<valueStart], as: UTF8.self)] = valueStart
            at = try source.end(ofValueAt: valueStart)
        }
        self.place = place
        self.offsets = offsets
    }

    private func place(_ key: any CodingKey) throws -> DecodingPlace {
        guard let offset = offsets[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key,
                .init(codingPath: codingPath, debugDescription: "there is no key \"\(key.stringValue)\"")
            )
        }
        return DecodingPlace(source: place.source, offset: offset, codingPath: codingPath + [key])
    }

    func contains(_ key: Key) -> Bool { offsets[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try place(key).kind == .null }
    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value { try place(key).decode(type) }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try ValueDecoder(place: place(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try Unkeyed(place(key)) }
    func superDecoder() throws -> any Decoder { ValueDecoder(place: try place(IndexKey.superKey)) }
    func superDecoder(forKey key: Key) throws -> any Decoder { ValueDecoder(place: try place(key)) }
}

/// The elements of an array, or the bytes of a bin.
private struct Unkeyed: UnkeyedDecodingContainer {
    private enum Content {
        case array
        case bytes([UInt8])
    }

    private let place: DecodingPlace
    private let content: Content
    private let elementCount: Int
    private var offset: Int
    private(set) var currentIndex = 0

    var codingPath: [any CodingKey] { place.codingPath }
    var count: Int? { elementCount }
    var isAtEnd: Bool { currentIndex == elementCount }

    init(_ place: DecodingPlace) throws {
        let head = try place.source.head(at: place.offset)
        if head.kind == .array {
            content = .array
            elementCount = head.contentCount
        } else if let bytes = try place.binary() {
            content = .bytes(bytes)
            elementCount = bytes.count
        } else {
            throw place.mismatch([MessagePackValue].self)
        }
        self.place = place
        offset = head.contentStart
    }

    private var path: [any CodingKey] { codingPath + [IndexKey(currentIndex)] }

    private func checkNotAtEnd(_ type: Any.Type) throws {
        guard isAtEnd else { return }
        throw DecodingError.valueNotFound(type, .init(codingPath: path, debugDescription: "there are no more elements"))
    }

    /// The place of the next element. A byte of a bin is a source of its own.
    private func next(_ type: Any.Type) throws -> DecodingPlace {
        try checkNotAtEnd(type)
        switch content {
        case .array: return DecodingPlace(source: place.source, offset: offset, codingPath: path)
        case .bytes(let bytes):
            let source = DecodingSource(MessagePackValue.int(Int64(bytes[currentIndex])).encoded)
            return DecodingPlace(source: source, offset: 0, codingPath: path)
        }
    }

    private mutating func advance() throws {
        if case .array = content { offset = try place.source.end(ofValueAt: offset) }
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard try next(Never.self).kind == .null else { return false }
        try advance()
        return true
    }

    mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
        if case .bytes(let bytes) = content {
            try checkNotAtEnd(type)
            defer { currentIndex += 1 }
            return bytes[currentIndex]
        }
        let value = try next(type).integer(type)
        try advance()
        return value
    }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        let value = try next(type).decode(type)
        try advance()
        return value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        let container = try ValueDecoder(place: next(type)).container(keyedBy: type)
        try advance()
        return container
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let container = try Unkeyed(next([MessagePackValue].self))
        try advance()
        return container
    }

    mutating func superDecoder() throws -> any Decoder {
        let decoder = ValueDecoder(place: try next(Never.self))
        try advance()
        return decoder
    }
}

private struct Single: SingleValueDecodingContainer {
    let place: DecodingPlace
    var codingPath: [any CodingKey] { place.codingPath }

    func decodeNil() -> Bool { place.kind == .null }

    func decode(_ type: Bool.Type) throws -> Bool {
        guard case .bool(let flag) = try place.scalar() else { throw place.mismatch(type) }
        return flag
    }

    func decode(_ type: String.Type) throws -> String {
        guard case .string(let text) = try place.scalar() else { throw place.mismatch(type) }
        return text
    }

    func decode(_ type: Double.Type) throws -> Double { try place.float(type) }
    func decode(_ type: Float.Type) throws -> Float { try place.float(type) }
    func decode(_ type: Int.Type) throws -> Int { try place.integer(type) }
    func decode(_ type: Int8.Type) throws -> Int8 { try place.integer(type) }
    func decode(_ type: Int16.Type) throws -> Int16 { try place.integer(type) }
    func decode(_ type: Int32.Type) throws -> Int32 { try place.integer(type) }
    func decode(_ type: Int64.Type) throws -> Int64 { try place.integer(type) }
    func decode(_ type: UInt.Type) throws -> UInt { try place.integer(type) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try place.integer(type) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try place.integer(type) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try place.integer(type) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try place.integer(type) }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try place.decode(type) }
}
