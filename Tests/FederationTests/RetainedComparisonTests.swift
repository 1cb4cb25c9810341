import Testing

@testable import Federation

@Suite struct RetainedComparisonTests {
    private let one = Digest128(high: 0, low: 1)
    private let two = Digest128(high: 0, low: 2)

    private func outcome(
        _ first: Digest128?,
        _ second: Digest128?,
        _ remembered: RetainedComparison.Remembered?,
        _ direction: Direction = .both
    ) -> RetainedComparison.Outcome {
        RetainedComparison(
            first: first,
            second: second,
            remembered: remembered,
            direction: direction,
            conflict: .second
        ).outcome
    }

    @Test func expiredIsNotCleared() {
        #expect(outcome(nil, one, .init(digest: one, hasExpiry: true)) == .leave)
        #expect(outcome(nil, one, .init(digest: one)) == .copy(from: .first, isConflict: false))
        #expect(outcome(nil, two, .init(digest: one, hasExpiry: true)) == .copy(from: .second, isConflict: false))
    }

    @Test func clearedAgainstChangedIsAConflict() {
        #expect(outcome(two, nil, .init(digest: one)) == .copy(from: .second, isConflict: true))
    }

    @Test func withoutMemory() {
        #expect(outcome(nil, one, nil, .out) == .leave)
        #expect(outcome(nil, one, nil, .in) == .copy(from: .second, isConflict: false))
        #expect(outcome(one, two, nil, .out) == .copy(from: .first, isConflict: false))
        #expect(outcome(one, two, nil) == .copy(from: .second, isConflict: true))
    }

    @Test func missedClearingIsRepeated() {
        let cleared = RetainedComparison.Remembered(digest: nil, mayHaveMissed: .second)
        #expect(outcome(nil, one, cleared) == .copy(from: .first, isConflict: false))
        #expect(outcome(nil, one, cleared, .out) == .copy(from: .first, isConflict: false))
    }
}
