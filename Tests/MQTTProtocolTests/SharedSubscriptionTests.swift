import MQTTProtocol
import Testing

@Suite struct SharedSubscriptionTests {
    @Test func groupAndFilter() throws {
        let shared = try #require(SharedSubscription("$share/west/a/+/#"))
        #expect(shared.group == "west")
        #expect(shared.filter.text == "a/+/#")
        #expect(shared.text == "$share/west/a/+/#")
        #expect(SharedSubscription(group: "west", filter: shared.filter) == shared)
        #expect(SharedSubscription("$share/g//")?.filter.text == "/")
    }

    @Test(arguments: [
        "$share//a", "$share/g", "$share/g/", "$share/+/a", "$share/g#/a", "$share/g/a#", "share/g/a", "a",
    ])
    func whatIsNone(text: String) {
        #expect(SharedSubscription(text) == nil)
        #expect(SharedSubscription.isShared(text) == text.hasPrefix("$share/"))
    }

    @Test(arguments: ["", "a/b", "+", "a#", "a\0"]) func whatIsNoGroup(name: String) throws {
        #expect(!SharedSubscription.isGroup(name))
        #expect(try SharedSubscription(group: name, filter: #require(TopicFilter("a"))) == nil)
    }

    @Test func theWholeIsAsLongAsTheStandardAllows() throws {
        let longest = 65_535 - "$share/g/".utf8.count
        for (count, isTaken) in [(longest, true), (longest + 1, false)] {
            let filter = try #require(TopicFilter(String(repeating: "a", count: count)))
            #expect((SharedSubscription(group: "g", filter: filter) != nil) == isTaken)
            #expect((SharedSubscription("$share/g/\(filter)") != nil) == isTaken)
        }
    }
}
