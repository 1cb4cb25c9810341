package import MessagePack

/// What is wrong with what a client sent. Its description is the text that the client is told.
package struct HubProtocolError: Error, Equatable, Sendable {
    package enum Code: Equatable, Sendable {
        /// A header promises more bytes than a frame may have.
        case frameTooLarge(byteCount: Int, maximum: Int)
        /// The body of a frame is not one sound msgpack map.
        case malformedFrame(MessagePackError)
    }

    package let code: Code

    package init(_ code: Code) { self.code = code }
}

extension HubProtocolError: CustomStringConvertible {
    package var description: String {
        switch code {
        case .frameTooLarge(let byteCount, let maximum):
            "malformed frame: its header says \(byteCount) bytes, the limit is \(maximum)"
        case .malformedFrame(let error): "malformed frame: \(error)"
        }
    }
}
