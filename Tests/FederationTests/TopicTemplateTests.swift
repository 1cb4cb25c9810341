import Testing

@testable import Federation

@Suite struct TopicTemplateTests {
    @Test func placesAndLevels() throws {
        let template = try TopicTemplate("site4/{2}/x{1}/{12}")
        #expect(template.places == [2, 1, 12])
        #expect(
            template.levels == [
                [.text(Array("site4".utf8))], [.place(2)], [.text(Array("x".utf8)), .place(1)], [.place(12)],
            ]
        )
        #expect(template.description == "site4/{2}/x{1}/{12}")
        #expect(try TopicTemplate("/").levels == [[], []])
    }

    struct Refusal: Sendable {
        let text: String
        let fault: TopicTemplate.Fault
    }

    static let refusals = [
        Refusal(text: "", fault: .empty),
        Refusal(text: String(repeating: "a", count: 65_536), fault: .tooLong),
        Refusal(text: "a\0", fault: .zeroCharacter),
        Refusal(text: "a/+", fault: .wildcard),
        Refusal(text: "a/#", fault: .wildcard),
        Refusal(text: "a/{1", fault: .looseBrace(offset: 2)),
        Refusal(text: "\u{E9}}", fault: .looseBrace(offset: 2)),
        Refusal(text: "{1}}", fault: .looseBrace(offset: 3)),
        Refusal(text: "{}", fault: .notANumber("")),
        Refusal(text: "{0}", fault: .notANumber("0")),
        Refusal(text: "{01}", fault: .notANumber("01")),
        Refusal(text: "{+1}", fault: .wildcard),
        Refusal(text: "{-1}", fault: .notANumber("-1")),
        Refusal(text: "{1000}", fault: .notANumber("1000")),
        Refusal(text: "{name}", fault: .notANumber("name")),
        Refusal(text: "{{1}}", fault: .notANumber("{1")),
    ]

    @Test(arguments: refusals) func refusal(_ refusal: Refusal) {
        #expect(throws: refusal.fault) { try TopicTemplate(refusal.text) }
    }

    @Test func theHighestPlace() throws { #expect(try TopicTemplate("{999}").places == [999]) }

    @Test func whichNamesSayWhatTheWildcardsWere() throws {
        #expect(try TopicTemplate("x/{2}/{1}").isReversible(for: .known("+/a/+")))
        #expect(try !TopicTemplate("x/{1}").isReversible(for: .known("+/a/+")))
        #expect(try !TopicTemplate("x/{1}/{1}").isReversible(for: .known("+/a/+")))
        #expect(try !TopicTemplate("x/y{1}").isReversible(for: .known("+")))
        #expect(try TopicTemplate("x").isReversible(for: .known("y")))
    }

    /// Swift takes the two for one text, brokers don't.
    @Test func twoSpellingsOfOneLetterAreTwoTemplates() throws {
        #expect(try TopicTemplate("caf\u{E9}") != TopicTemplate("cafe\u{301}"))
    }
}
