package import NIOCore

/// The far end of a hub's connection to one client: a socket's handler, or a part of this process.
protocol HubClientEnd: AnyObject {
    /// nil when the connection is gone.
    var connection: HubConnection? { get }
    var isWritable: Bool { get }
    func write(_ bytes: ByteBuffer)
    func setReading(_ isReading: Bool)
    /// After what was written; nothing more is heard.
    func closeAfterWriting()
}

/// A client of a hub that lies in the same process and on the same event loop, with no socket in between.
///
/// What it is told, it is told inside a call of the hub's driver, and may answer with `send` at once.
package final class AttachedHubClient: HubClientEnd {
    package typealias Handlers = (
        received: (ByteBuffer) -> Void, readingChanged: (Bool) -> Void, closed: () -> Void
    )

    private let driver: HubDriver
    private(set) var connection: HubConnection?
    private let handlers: Handlers
    private(set) var isWritable = true

    init(driver: HubDriver, connection: HubConnection, handlers: Handlers) {
        self.driver = driver
        self.connection = connection
        self.handlers = handlers
    }

    /// The id that the hub gave it.
    package var clientID: String { connection?.id.text ?? "" }
    package var hubID: String { driver.hubID }

    /// Whole or partial frames for the hub.
    package func send(_ bytes: ByteBuffer) {
        guard let connection else { return }
        driver.received(bytes, from: connection)
        driver.readCycleEnded()
    }

    /// Takes no more from the hub for now, or takes again; the hub queues meanwhile.
    package func setWritable(_ isWritable: Bool) {
        guard self.isWritable != isWritable, let connection else { return }
        self.isWritable = isWritable
        driver.writabilityChanged(connection, isWritable: isWritable)
    }

    /// Leaves the hub.
    package func detach() {
        guard let connection else { return }
        self.connection = nil
        driver.closed(connection)
    }

    // MARK: What the hub's driver wants

    func write(_ bytes: ByteBuffer) { if connection != nil { handlers.received(bytes) } }

    func setReading(_ isReading: Bool) { handlers.readingChanged(isReading) }

    func closeAfterWriting() {
        guard connection != nil else { return }
        detach()
        handlers.closed()
    }
}
