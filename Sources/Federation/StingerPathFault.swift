/// Why the value of a `stinger-path` property is not believed.
package enum StingerPathFault: Error, Equatable, Sendable {
    /// An empty id, a control character, or an escape that the form does not have.
    case malformed
    /// More than 16 brokers.
    case tooManyHops
    /// More than 4 KiB.
    case tooManyBytes
}

extension StingerPathFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformed: "stinger-path is not a list of broker ids joined with ,"
        case .tooManyHops: "stinger-path has more than \(StingerPath.hopMaximum) brokers"
        case .tooManyBytes: "stinger-path has more than \(StingerPath.byteMaximum) bytes"
        }
    }
}
