/// Why something a program asked of a hub did not happen. Its description is one line for a person, without secrets.
public struct HubClientError: Error, Hashable, Sendable {
    public enum Code: String, Sendable {
        // How calls end that got no answer: the reasons of docs/wire/comm-ipc.md, section 4.
        case noProvider = "no_provider"
        case providerLost = "provider_lost"
        case linkLost = "link_lost"
        case deadline
        case denied
        case loop
        case overloaded
        case notSynced = "not_synced"

        /// The provider answered with an error of its own.
        case failed
        /// The hub said no to a registration, a subscription or a password.
        case refused
        /// A secret or password is missing or wrong.
        case unauthorized
        /// The other side's signature is missing or wrong, or it takes ours for wrong.
        case invalidSignature = "invalid_signature"
        /// A value cannot be written as msgpack, or what came is not of the expected shape.
        case invalidData = "invalid_data"
        /// No hub could be reached.
        case unreachable
        /// An address, a name or a file that cannot be used.
        case invalidSettings = "invalid_settings"
        /// The client was closed by this program.
        case closed
    }

    public let code: Code
    public let message: String
    /// The hub that ended a call, where it told.
    public let hub: String?

    public init(_ code: Code, _ message: String, hub: String? = nil) {
        self.code = code
        self.message = message
        self.hub = hub
    }
}

extension HubClientError: CustomStringConvertible {
    public var description: String {
        switch code {
        case .failed, .noProvider: message
        default: "\(code.rawValue): \(message)" + (hub.map { " (at \($0))" } ?? "")
        }
    }
}

extension HubClientError {
    /// Reads the error of an answer.
    ///
    /// - Parameters:
    ///   - text: its field `error`: `reason: words (at HUB)` from hubs of this project, anything from a provider.
    ///   - reason, hub: its fields `reason` and `at`, where it has them.
    init(answer text: String, reason: String?, hub: String?) {
        let named = text.split(separator: ":", maxSplits: 1).first.map(String.init) ?? ""
        if let code = Code(rawValue: reason ?? named), code.comesFromHubs {
            var words = Substring(text)
            if words.hasPrefix(code.rawValue + ": ") { words = words.dropFirst(code.rawValue.count + 2) }
            var place = hub
            if words.hasSuffix(")"), let start = words.range(ofLast: " (at ") {
                place = place ?? String(words[start.upperBound...].dropLast())
                words = words[..<start.lowerBound]
            }
            self.init(code, String(words), hub: place)
        } else if text.hasPrefix("No provider for ") {
            self.init(.noProvider, text, hub: hub)
        } else if text.hasPrefix("Invalid signature for channel ") {
            self.init(.invalidSignature, text, hub: hub)
        } else {
            self.init(.failed, text, hub: hub)
        }
    }

    /// Reads the hub's answer to a registration that it does not carry out.
    init(registration text: String, reason: String?, hub: String?) {
        let read = HubClientError(answer: text, reason: reason, hub: hub)
        switch text {
        case "Invalid channel password", "Invalid or expired challenge", "Challenge expired":
            self.init(.unauthorized, text, hub: hub)
        default: self = read.code == .failed ? HubClientError(.refused, text, hub: hub) : read
        }
    }
}

extension HubClientError.Code {
    /// Whether a hub may end a call so.
    fileprivate var comesFromHubs: Bool {
        switch self {
        case .noProvider, .providerLost, .linkLost, .deadline, .denied, .loop, .overloaded, .notSynced: true
        case .failed, .refused, .unauthorized, .invalidSignature, .invalidData, .unreachable, .invalidSettings, .closed:
            false
        }
    }
}

extension Substring {
    fileprivate func range(ofLast text: String) -> Range<Index>? {
        var start = endIndex
        while start > startIndex {
            start = index(before: start)
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
        }
        return nil
    }
}
