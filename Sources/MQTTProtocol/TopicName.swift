/// Names of topics (MQTT 5.0, 4.7).
package enum TopicName {
    /// Whether it can be the name of a topic: not empty, at most 65,535 bytes, no wildcard, no zero character. That the bytes are UTF-8 is
    /// looked at where they come in.
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !bytes.isEmpty, bytes.count <= TopicFilter.byteMaximum else { return false }
        for byte in bytes where byte == TopicLevels.anyLevel || byte == TopicLevels.anyLevels || byte == 0 {
            return false
        }
        return true
    }

    package static func isValid(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { isValid(UnsafeRawBufferPointer($0)) }
    }
}
