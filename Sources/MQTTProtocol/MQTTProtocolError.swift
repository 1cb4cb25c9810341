/// What ends an MQTT connection: bytes that the standard refuses, or a limit.
package struct MQTTProtocolError: Error, Equatable, Sendable {
    /// As DISCONNECT or CONNACK carry it.
    package let code: ReasonCode
    /// What is wrong, in one sentence without a full stop; no payload, no secret.
    package let words: String
    /// The conformance statement of MQTT 5.0 that is broken, such as `MQTT-3.3.1-4`; empty where there is none.
    package let statement: String

    package init(_ code: ReasonCode, _ words: String, statement: String = "") {
        self.code = code
        self.words = words
        self.statement = statement
    }
}

extension MQTTProtocolError: CustomStringConvertible {
    package var description: String { statement.isEmpty ? words : "\(words) [\(statement)]" }
}
