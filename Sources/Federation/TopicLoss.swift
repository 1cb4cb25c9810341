/// What a message lost on its way, though it went on.
package enum TopicLoss: Int, CaseIterable, Sendable {
    /// Properties that MQTT 3.1.1 can't carry.
    case properties
    /// A response topic that no rule leads back to.
    case responseTopic
    /// A path that was none, which somebody else had put there.
    case malformedPath
    /// The destination does not take its QoS.
    case qos
    /// The destination keeps no retained messages.
    case retainFlag

    /// As logs, metrics and the status show it.
    package var words: String {
        switch self {
        case .properties: "properties"
        case .responseTopic: "response_topic"
        case .malformedPath: "malformed_path"
        case .qos: "qos"
        case .retainFlag: "retain_flag"
        }
    }
}
