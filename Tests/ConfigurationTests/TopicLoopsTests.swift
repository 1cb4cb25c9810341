import Testing

@testable import Configuration

/// Circles that topics could take.
@Suite struct TopicLoopsTests {
    private func loops(_ texts: String...) throws -> [String] {
        try TopicLoops(texts.map { try taken($0) }).loops.map(\.description)
    }

    private static let hubs =
        #"hubs: {a: {connect: ["mqtt://a"]}, b: {connect: ["mqtt://b"]}, c: {connect: ["mqtt://c"]}}"#

    @Test func aRingOfThreeIsNamedOnce() throws {
        let found = try loops(
            """
            \(Self.hubs)
            bridges:
              - {between: [a, b], topics: ["x/#"]}
              - {between: [b, c], topics: ["x/+"]}
              - {between: [c, a], topics: ["#"]}
            """
        )
        #expect(
            found == [
                "loop: `x/any` can go a -> b -> c -> a (bridges a-b, b-c, c-a); the bridges agree on ways without a circle, and its path (`stinger-path`) would stop it"
            ]
        )
    }

    @Test(
        arguments: [
            // A line, and a bridge that is no circle by itself.
            "[{between: [a, b], topics: ['#']}, {between: [b, c], topics: ['#']}]",
            // Nothing leads back.
            "[{between: [a, b], topics: ['#']}, {between: [b, c], topics: ['#']}, {between: [a, c], topics: [{filter: x, exclude: [x]}]}]",
            // All ways lead away from a, or to c.
            "[{between: [a, b], topics: [{filter: '#', direction: out}]}, {between: [b, c], topics: [{filter: '#', direction: out}]}, "
                + "{between: [a, c], topics: [{filter: '#', direction: out}]}]",
            // What comes back has another name, which goes no further.
            "[{between: [a, b], topics: [{filter: 'x/#', direction: out}]}, {between: [b, c], topics: [{filter: 'x/#', direction: out}]}, "
                + "{between: [c, a], topics: [{filter: 'x/#', direction: out, second_prefix: y/}]}]",
        ]
    )
    func whatIsNoCircleIsNotNamed(bridges: String) throws {
        #expect(try loops("\(Self.hubs)\nbridges: \(bridges)") == [])
    }

    @Test func aCircleInOneDirectionIsOneToo() throws {
        let found = try loops(
            """
            \(Self.hubs)
            bridges:
              - {between: [b, a], topics: [{filter: x, direction: in}]}
              - {between: [b, c], topics: [{filter: x, direction: out}]}
              - {between: [c, a], topics: [{filter: x, direction: out}]}
            """
        )
        #expect(
            found == [
                "loop: `x` can go b -> c -> a -> b (bridges b-c, c-a, b-a); the bridges agree on ways without a circle, and its path (`stinger-path`) would stop it"
            ]
        )
    }

    @Test func twoBridgesSideBySideAreACircle() throws {
        let found = try loops(
            "\(Self.hubs)\nbridges: [{between: [a, b], topics: [x]}, {id: q, between: [b, a], topics: [x]}]"
        )
        #expect(
            found == [
                "loop: `x` can go a -> b -> a (bridges a-b, q); the bridges agree on ways without a circle, and its path (`stinger-path`) would stop it"
            ]
        )
    }

    /// A broker is known in every file by its id or its address.
    @Test func circlesOverSeveralFilesAreFound() throws {
        let one = """
            hubs:
              a: {connect: ["mqtt://localhost"], id: site}
              b: {connect: ["mqtt://b"], protocol: 3.1.1}
            bridges: [{between: [a, b], coordinate: false, topics: ["x/#"]}]
            """
        let two = """
            hubs:
              near: {connect: ["mqtt://elsewhere"], id: site}
              far: {connect: ["mqtts://far", "mqtt://b"], fall_back: true}
              last: {connect: ["mqtt://localhost"], id: other, protocol: 3.1.1}
            bridges: [{between: [near, last], topics: ["#"]}, {between: [last, far], topics: ["+/1"]}]
            """
        for text in [one, two] {
            let found = try loops(text)
            #expect(found == [])
        }
        let found = TopicLoops([try taken(one), try taken(two)]).loops
        #expect(
            found.map(\.description) == [
                """
                loop: `x/1` can go b -> site -> other -> b (bridges a-b, near-last, last-far); nothing stops it: several of the \
                brokers speak MQTT 3.1.1, and forget paths; break the circle with `direction` or `exclude`
                """
            ]
        )
        #expect(found.allSatisfy { $0.isEndless })
        let agreed = TopicLoops([try taken(one.replacing("coordinate: false, ", with: "")), try taken(two)]).loops
        #expect(agreed.map(\.isCoordinated) == [true] && !agreed.contains { $0.isEndless })
        let modern = two.replacing(", protocol: 3.1.1", with: "")
        let stopped = TopicLoops([try taken(one), try taken(modern)]).loops
        #expect(stopped.map(\.forgetful) == [1] && !stopped.contains { $0.isEndless })
    }

    /// A mesh has circles without number.
    @Test func theSearchEnds() throws {
        var text = "hubs:\n"
        for number in 0..<16 { text += "  h\(number): {connect: [\"mqtt://h\(number)\"]}\n" }
        text += "bridges:\n"
        for one in 0..<16 {
            for other in 0..<one { text += "  - {between: [h\(one), h\(other)], topics: [\"#\"]}\n" }
        }
        let loops = TopicLoops([try taken(text)]).loops
        #expect(loops.count == 100)
    }
}
