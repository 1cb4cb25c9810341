/// Where a streaming provider puts its chunks.
public struct HubStreamWriter<Chunk: Encodable & Sendable>: Sendable {
    let answers: IncomingCall.Answers

    /// Sends a chunk. Returns when there is room for the next one, so a slow reader slows its provider.
    ///
    /// - Throws: `CancellationError` when the reader has gone.
    public func send(_ chunk: Chunk) async throws {
        try await answers.send(chunk: try chunk.messagePack())
    }
}
