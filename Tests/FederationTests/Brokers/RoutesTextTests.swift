import MQTTProtocol
import TestSupport
import Testing

@testable import Federation

@Suite struct RoutesTextTests {
    private static func edge(_ name: String, _ nonce: UInt64) throws -> BridgeEdge {
        BridgeEdge(
            name: name,
            nonce: nonce,
            sequence: 3,
            first: BridgeEdge.End(id: "north 50%", keepsPath: true),
            second: BridgeEdge.End(id: "süd", keepsPath: false),
            rules: [
                try TopicRule(
                    filter: #require(TopicFilter("a b/#")),
                    direction: .out,
                    firstPrefix: "x=1/",
                    secondPrefix: "ü/",
                    excludes: [#require(TopicFilter("a b/c")), #require(TopicFilter("+/d"))],
                    share: "g"
                ),
                try TopicRule(filter: #require(TopicFilter("s/+")), rename: TopicTemplate("t/{1}/u")),
            ]
        )
    }

    private static func description() throws -> RoutesDescription {
        RoutesDescription(
            own: try edge("me", 1),
            repeated: [ToldEdge(edge: try edge("line\nfeed", .max), tellers: [5, 255])]
        )
    }

    @Test func thereAndBack() throws {
        let description = try Self.description()
        let text = description.text(BrokerGraphLimits())
        #expect(try RoutesDescription(parsing: text, BrokerGraphLimits()) == description)
    }

    @Test func wire() throws {
        let text = String(
            decoding: RoutesDescription(own: try Self.edge("me", 255)).text(BrokerGraphLimits()),
            as: UTF8.self
        )
        #expect(
            text == """
                stinger-bridge routes 1
                edge me ff 3 -
                first north%2050%25 path
                second süd nopath
                rule out filter=a%20b/# first=x=1/ second=ü/ share=g exclude=a%20b/c exclude=+/d
                rule both filter=s/+ rename=t/{1}/u

                """
        )
    }

    /// What does not fit is left out, and the rest can be read.
    @Test func room() throws {
        var description = try Self.description()
        for number in 0..<600 {
            description.repeated.append(ToldEdge(edge: try Self.edge("n", UInt64(1_000 + number)), tellers: [9]))
        }
        var limits = BrokerGraphLimits()
        let many = try RoutesDescription(parsing: description.text(limits), limits)
        #expect(description.text(limits).count <= limits.descriptionByteMaximum)
        #expect(many.repeated.count > 100)
        #expect(many.repeated == Array(description.repeated.prefix(many.repeated.count)))
        limits.edgeMaximum = 3
        #expect(try RoutesDescription(parsing: description.text(limits), limits).repeated.count == 2)
    }

    @Test(arguments: [
        "", "hello", "stinger-bridge routes 2\n", "stinger-bridge routes 1\n",
        "stinger-bridge routes 1\nrule out filter=a",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\n", "stinger-bridge routes 1\nfirst x path\n",
        "stinger-bridge routes 1\nedge a 1 1 2\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nfirst y path\n",
        "stinger-bridge routes 1\nedge a 1 -1 -\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge a g 1 -\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge %4 1 1 -\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge %+4 1 1 -\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge %FF 1 1 -\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x road\nsecond y path\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out first=a\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule up filter=a\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out filter=a#\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out filter=a filter=b\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out filter=a colour=b\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nrule out filter=a rename={2}\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nroute out\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\nedge b 1 1 2\nfirst x path\nsecond y path\n",
        "stinger-bridge routes 1\nedge a 1 1 -\nfirst x path\nsecond y path\n"
            + "edge b 2 1 1,2,3,4,5,6,7,8,9,a,b,c,d,e,f,10,11\nfirst x path\nsecond y path\n",
    ]) func refused(text: String) {
        #expect(throws: RoutesTextFault.self) {
            try RoutesDescription(parsing: Array(text.utf8), BrokerGraphLimits())
        }
    }

    @Test func tooLong() throws {
        #expect(throws: RoutesTextFault.self) {
            try RoutesDescription(parsing: Array(repeating: 10, count: 65_537), BrokerGraphLimits())
        }
    }

    /// Any damage is an error or another description, never a trap.
    @Test(arguments: UInt64(1)...200) func damaged(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var text = try Self.description().text(BrokerGraphLimits())
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let at = Int.random(in: 0..<text.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text[at] = UInt8.random(in: 0...255, using: &random)
            case 1: text.removeSubrange(at..<min(text.count, at + Int.random(in: 1...30, using: &random)))
            case _: text.insert(contentsOf: text[at..<min(text.count, at + 20)], at: at)
            }
        }
        if let description = try? RoutesDescription(parsing: text, BrokerGraphLimits()) {
            let again = description.text(BrokerGraphLimits())
            #expect(try RoutesDescription(parsing: again, BrokerGraphLimits()) == description)
        }
    }
}
