import StingerClient

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Two programs in one: `stinger-client-example serve ADDRESS` offers things on the channel "demo", and `stinger-client-example ask ADDRESS`
/// uses them. ADDRESS is `unix:PATH`, `tcp:HOST:PORT` or `tls:HOST:PORT`. In the environment stand, where they are needed, the hub's secret
/// (HUB_SECRET), the channel's password (DEMO_PASSWORD), and PEM files for TLS (HUB_CA, OWN_CERTIFICATE, OWN_KEY).
@main
struct Example {
    struct Numbers: Codable {
        let a: Double
        let b: Double
    }

    struct Sum: Codable {
        let sum: Double
    }

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, ["serve", "ask"].contains(arguments[1]) else {
            say("usage: stinger-client-example serve|ask ADDRESS")
            exit(64)
        }
        do {
            let demo = try await connect(as: arguments[1] == "serve" ? "swift-server" : "swift-asker", to: arguments[2])
            if arguments[1] == "serve" { try await serve(demo) } else { try await ask(demo) }
        } catch {
            say("failed: \(error)")
            exit(1)
        }
    }

    static func connect(as id: String, to address: String) async throws -> HubClientChannel {
        let tls = HubClientTLS(
            authorityFile: environment("HUB_CA"),
            certificateFile: environment("OWN_CERTIFICATE"),
            keyFile: environment("OWN_KEY")
        )
        let client = try await HubClient.connect(to: address, id: id, secret: environment("HUB_SECRET"), tls: tls)
        return try await client.channel("demo", password: environment("DEMO_PASSWORD"))
    }

    static func serve(_ demo: HubClientChannel) async throws {
        let sums = try await demo.declareSubscription("sums", of: Sum.self)
        try await demo.provide("add", taking: Numbers.self) { request in
            let sum = Sum(sum: request.parameters.a + request.parameters.b)
            try await sums.publish(sum)
            return sum
        }
        try await demo.provideStream("count", taking: Int.self, of: Int.self) { request, chunks in
            for number in 0..<request.parameters { try await chunks.send(number) }
        }
        let greetings = try await demo.broadcasts("hello")
        say("ready")
        for try await greeting in greetings {
            say("\(greeting.sender) says hello to \(try greeting.decode(String.self))")
            try await demo.broadcast("welcome", greeting.sender)
        }
    }

    static func ask(_ demo: HubClientChannel) async throws {
        let news = try await demo.subscribe("sums", as: Sum.self)
        let welcomes = try await demo.broadcasts("welcome")
        let answer: Sum = try await demo.call("add", Numbers(a: 20, b: 22), timeout: .seconds(5))
        say("add: \(answer.sum)")
        for try await sum in news {
            say("news: \(sum.sum)")
            break
        }
        for try await number in demo.stream("count", 3, as: Int.self) { say("count: \(number)") }
        try await demo.broadcast("hello", "everybody")
        for try await welcome in welcomes {
            say("\(welcome.sender) welcomes \(try welcome.decode(String.self))")
            break
        }
        do {
            let _: Sum = try await demo.call("nothing", 1)
        } catch let error as HubClientError where error.code == .noProvider {
            say("error: \(error)")
        }
    }

    /// A line that leaves at once, whoever reads it.
    static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
