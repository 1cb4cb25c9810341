import NIOCore
import Testing
import Transport

@testable import Bridge

@Suite(.timeLimit(.minutes(1))) struct BrokerLinkTests {
    @Test func carriesBytesAndComesBack() async throws {
        let server = try await ScriptedServer()
        let link = try await LinkOwner.start([server.address])
        #expect(await link.next() == .connected)
        try await link.run { $0.send(ByteBuffer(string: "hello")) }
        #expect(await server.text(5) == "hello")
        server.say("welcome", to: 1)
        #expect(await link.next() == .bytes("welcome"))
        server.hangUp(1)
        #expect(await link.next() == .disconnected("the broker closed the connection"))
        #expect(await link.next() == .connected)
        #expect(await server.next { $0 == .accepted(2) } != nil)
        try await link.stop()
        #expect(await link.next() == .disconnected("the bridge stopped"))
        await server.close()
    }

    /// What was written last arrives, however much it is, and the link's reason is the one given.
    @Test func saysFarewell() async throws {
        let server = try await ScriptedServer()
        let link = try await LinkOwner.start([server.address])
        #expect(await link.next() == .connected)
        let count = 200_000
        try await link.run {
            $0.send(ByteBuffer(repeating: UInt8(ascii: "x"), count: count))
            $0.close(because: "no more", isConfigurationFault: false)
            $0.send(ByteBuffer(string: "late"))
        }
        #expect(await server.text(count) == String(repeating: "x", count: count))
        #expect(await link.next { if case .disconnected = $0 { true } else { false } } == .disconnected("no more"))
        #expect(await link.next { $0 == .connected } != nil)
        try await link.run { $0.send(ByteBuffer(string: "bye")) }
        try await link.stop()
        #expect(await server.text(3) == "bye")
        await server.close()
    }

    @Test func readsOnlyWhenItMay() async throws {
        let server = try await ScriptedServer()
        let link = try await LinkOwner.start([server.address])
        #expect(await link.next() == .connected)
        #expect(await server.next { $0 == .accepted(1) } != nil)
        try await link.run { $0.setReading(false) }
        server.say("held", to: 1)
        // What the server has from the link came after its own bytes were sent.
        try await link.run { $0.send(ByteBuffer(string: "ping")) }
        #expect(await server.text(4) == "ping")
        try await link.mark()
        try await link.run { $0.setReading(true) }
        #expect(await link.next() == .marked)
        #expect(await link.next() == .bytes("held"))
        try await link.stop()
        await server.close()
    }

    @Test func readsOnAfterAPause() async throws {
        let server = try await ScriptedServer()
        let link = try await LinkOwner.start([server.address])
        #expect(await link.next() == .connected)
        #expect(await server.next { $0 == .accepted(1) } != nil)
        try await link.run { $0.pauseReading(for: .milliseconds(1)) }
        server.say("first", to: 1)
        #expect(await link.next() == .bytes("first"))
        try await link.run { $0.pauseReading(for: .hours(1)) }
        server.say("second", to: 1)
        // What the server has from the link came after its own bytes were sent.
        try await link.run { $0.send(ByteBuffer(string: "ping")) }
        #expect(await server.text(4) == "ping")
        // A pause is not cut short by who may read.
        try await link.run { $0.setReading(true) }
        try await link.mark()
        #expect(await link.next() == .marked)
        try await link.stop()
        await server.close()
    }

    @Test func saysOnceForEachDialWhyThereIsNoConnection() async throws {
        let server = try await ScriptedServer()
        let address = server.address
        await server.close()
        let link = try await LinkOwner.start([address])
        #expect(await link.next() == .dialFailed("nobody listens on \(address)"))
        #expect(await link.next() == .dialFailed("nobody listens on \(address)"))
        try await link.stop()
    }

    @Test func goesWhereTheBrokerSendsIt() async throws {
        let (server, other) = (try await ScriptedServer(), try await ScriptedServer())
        let target = other.address
        let link = try await LinkOwner.start([server.address])
        #expect(await link.next() == .connected)
        try await link.run { $0.close(because: "moved", isConfigurationFault: false, redirect: [target]) }
        #expect(await other.next { $0 == .accepted(1) } != nil)
        #expect(await link.next() == .disconnected("moved"))
        #expect(await link.next() == .connected)
        other.hangUp(1)
        #expect(await server.next { $0 == .accepted(2) } != nil)
        try await link.stop()
        await server.close()
        await other.close()
    }

    @Test func isOverAfterOneConnectionWhereThatIsAll() async throws {
        let server = try await ScriptedServer()
        let link = try await LinkOwner.start([server.address], redials: false)
        #expect(await link.next() == .connected)
        #expect(await server.next { $0 == .accepted(1) } != nil)
        server.hangUp(1)
        #expect(await link.next() == .disconnected("the broker closed the connection"))
        try await link.run { $0.start() }
        try await link.run { #expect(!$0.isConnected) }
        await server.close()
    }
}
