import Glibc

/// Tells the service manager how this process is (sd_notify(3)): datagrams to the socket that it names in `NOTIFY_SOCKET`.
package struct ServiceNotifier: Sendable {
    private let path: String

    /// - Parameter socket: the value of `NOTIFY_SOCKET`; nil, or not a socket path: nobody is told.
    package init?(socket: String?) {
        guard let socket, socket.hasPrefix("/") || socket.hasPrefix("@"), socket.utf8.count <= 107 else { return nil }
        path = socket
    }

    package func ready(_ status: String) { send("READY=1\nSTATUS=\(status)") }

    /// - Parameter monotonicMicroseconds: when the reload began (systemd.service(5), `Type=notify-reload`).
    package func reloading(monotonicMicroseconds: UInt64) {
        send("RELOADING=1\nMONOTONIC_USEC=\(monotonicMicroseconds)")
    }

    package func stopping() { send("STOPPING=1") }

    package func watchdog() { send("WATCHDOG=1") }

    /// How often the watchdog wants to hear of us, halved so that one sign may be late.
    ///
    /// - Parameters:
    ///   - microseconds: the value of `WATCHDOG_USEC`.
    ///   - process: the value of `WATCHDOG_PID`; the sign is wanted of that process only.
    package static func watchdogInterval(microseconds: String?, process: String?) -> Duration? {
        guard let microseconds = microseconds.flatMap({ Int64($0) }), microseconds > 0 else { return nil }
        if let process, process != "\(getpid())" { return nil }
        return .microseconds(max(1, microseconds / 2))
    }

    /// Nothing is done where nobody listens: a manager that is gone must not stop the service.
    private func send(_ text: String) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(path.utf8)
        // An abstract socket's name begins with a zero byte, written as @.
        if bytes.first == UInt8(ascii: "@") { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let message = Array(text.utf8)
        _ = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT), $0, length)
            }
        }
    }
}
