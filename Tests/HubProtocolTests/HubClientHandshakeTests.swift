import NIOCore
import Testing

@testable import HubProtocol

/// What answers at a hub's address and is none.
struct HubClientHandshakeTests {
    private func failure(_ bytes: [UInt8]) -> HubClientFailure? {
        var session = HubClientSession(settings: HubClientSettings(clientID: "c", mode: .bridge), now: .now())
        return bytes.withUnsafeBytes { raw in
            var input = FrameInput(raw)
            do throws(HubClientFailure) {
                _ = try session.next(&input)
                return nil
            } catch {
                return error
            }
        }
    }

    @Test(arguments: [[0x15, 3, 1, 0, 2, 2, 70], [0x15, 3, 3, 0, 2, 2, 40]] as [[UInt8]])
    func anAlertOfTLSIsKnown(bytes: [UInt8]) {
        #expect(failure(bytes)?.code == .speaksTLS)
        #expect(failure(bytes)?.isConfigurationFault == true)
    }

    @Test func otherBytesAreNoHub() {
        let failure = failure(Array("HTTP/1.1 400 Bad Request".utf8))
        #expect(failure?.description.hasPrefix("this is not a hub") == true)
    }
}
