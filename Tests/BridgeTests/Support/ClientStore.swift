import NIOConcurrencyHelpers
import NIOCore

/// The clients of a scripted server, numbered from 1.
final class ClientStore: Sendable {
    private let channels = NIOLockedValueBox<[any Channel]>([])

    func add(_ channel: any Channel) -> Int {
        channels.withLockedValue {
            $0.append(channel)
            return $0.count
        }
    }

    subscript(number: Int) -> (any Channel)? {
        channels.withLockedValue { $0.indices.contains(number - 1) ? $0[number - 1] : nil }
    }
}
