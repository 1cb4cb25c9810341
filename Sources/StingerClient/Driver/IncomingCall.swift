import HubProtocol

/// A call that came in, on its way to a provider's closure.
struct IncomingCall: Sendable {
    let channel: String
    let event: String
    let sender: String
    /// One msgpack value.
    let payload: [UInt8]
    let answers: Answers

    /// Where the answers to one call go. Calls that nobody waits for take them too, and drop them.
    struct Answers: Sendable {
        let client: ClientHandle
        /// nil: nobody waits.
        let key: CallKey?

        func answer(_ data: [UInt8]) { client.execute { $0.answer(key, .data(data), isLast: true) } }

        func fail(_ error: HubClientError) { client.execute { $0.answer(key, .error(error), isLast: true) } }

        /// Returns once there is room for the next one.
        ///
        /// - Throws: when nobody waits for answers any more.
        func send(chunk data: [UInt8]) async throws {
            try await client.perform { driver, finish in driver.sendChunk(key, data, finish) }
        }

        func finish() { client.execute { $0.finishStream(key) } }
    }
}

/// A call as its provider knows it: callers choose their ids for themselves.
struct CallKey: Hashable, Sendable {
    let caller: String
    let requestID: RawValue

    static func == (one: CallKey, other: CallKey) -> Bool {
        one.caller == other.caller && one.requestID.bytes == other.requestID.bytes
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(caller)
        hasher.combine(requestID.bytes)
    }
}
