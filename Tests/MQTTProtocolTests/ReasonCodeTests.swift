import MQTTProtocol
import Testing

@Suite struct ReasonCodeTests {
    @Test func errorsBeginAt0x80() {
        #expect(!ReasonCode.reauthenticate.isError)
        #expect(ReasonCode.unspecifiedError.isError)
    }
}
