import HubProtocol
import NIOCore
import Testing

/// How much of a bridge the hub at one end of it understands. All of them are hubs of this project; what makes them foreign is kept from
/// them on the way.
enum Dialect: CaseIterable {
    /// A hub of this project.
    case stinger
    /// One that knows members and bridges, as comm-ipc 0.1.16.
    case members
    /// One that knows neither, as comm-ipc 0.1.5.
    case plain

    /// To a foreign hub the bridges' channel is one like any other.
    private static let routesChannel: TestValue = "bridges' routes"
    private static let newsChannel: TestValue = "bridges' news"

    func toHub(_ bytes: ByteBuffer) -> ByteBuffer {
        guard self != .stinger else { return bytes }
        return rewritten(bytes) { frame in
            var entries = frame.entries
            entries["channel"] = entries["channel"].map(Self.disguised)
            switch frame.type {
            case "identify":
                entries["stinger"] = nil
                if self == .plain { entries["mode"] = nil }
            case "list_members" where self == .plain: return nil
            case "list_channels", "cancel", "unregister":
                Issue.record("a foreign hub was told \(frame), which it does not understand")
                return nil
            default: break
            }
            return .map(entries)
        }
    }

    func fromHub(_ bytes: ByteBuffer) -> ByteBuffer {
        guard self != .stinger else { return bytes }
        return rewritten(bytes) { frame in
            // Other hubs leave a call alone whose provider goes or is silent.
            if frame["sender_id"] == "server", let reason = frame["reason"], reason != "no_provider" { return nil }
            var entries = frame.entries
            entries["channel"] = entries["channel"].map(Self.undisguised)
            if let data = entries["data"], let channel = data["channel"] {
                entries["data"] = .map(data.entries.merging(["channel": Self.undisguised(channel)]) { $1 })
            }
            return .map(entries)
        }
    }

    private static func disguised(_ channel: TestValue) -> TestValue {
        switch channel {
        case .string(StingerExtensions.routesChannel): routesChannel
        case .string(StingerExtensions.newsChannel): newsChannel
        default: channel
        }
    }

    private static func undisguised(_ channel: TestValue) -> TestValue {
        switch channel {
        case routesChannel: .string(StingerExtensions.routesChannel)
        case newsChannel: .string(StingerExtensions.newsChannel)
        default: channel
        }
    }

    private func rewritten(_ bytes: ByteBuffer, _ change: (TestValue) -> TestValue?) -> ByteBuffer {
        var rest = bytes
        var changed = ByteBuffer()
        do {
            while let frame = try rest.readFrame() {
                if let frame = change(frame) { changed.writeFrame(frame) }
            }
        } catch {
            Issue.record("a frame between a bridge and a hub can't be read")
        }
        return changed
    }
}
