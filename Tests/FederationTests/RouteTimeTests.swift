import NIOCore
import Testing

@testable import Federation

/// Coming to a hub, waiting, taking over, falling silent.
@Suite struct RouteTimeTests {
    let lamp = EndpointKey.event("house", "lamp")
    let news = EndpointKey.subscription("house", "news")
    let west = EndpointKey.source("house", hub: "west")

    private func carriesLamp(_ test: TestTable) -> Bool { test.table.carriedKeys(.second)[lamp] != nil }

    // MARK: Coming

    @Test func nothingIsBroughtBeforeTheOthersHaveSpoken() {
        let test = TestTable(isUp: false)
        test.linkUp(.first)
        test.linkUp(.second)
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.segmentKnown(.second, others: ["n", "o"])
        test.table.heard(.second, from: "n", nil)
        #expect(!carriesLamp(test))
        // Those who were there tell all of it because they are asked to.
        let changes = test.takeChanges(.second)
        #expect(changes.map(\.isFull) == [true])
        #expect(changes.map(\.asksForOffers) == [true])
        test.table.heard(.second, from: "n", OfferChange(isFull: true))
        #expect(!carriesLamp(test))
        // Somebody's list comes in pieces: only the last one ends the wait.
        test.table.heard(.second, from: "o", OfferChange(isFull: true, continues: true))
        #expect(!carriesLamp(test))
        test.table.heard(.second, from: "o", OfferChange(isFull: false))
        #expect(carriesLamp(test))
    }

    @Test func oneThatGoesIsNotWaitedFor() {
        let test = TestTable(isUp: false)
        test.linkUp(.first)
        test.linkUp(.second)
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.segmentKnown(.second, others: ["n"])
        test.table.bridgeGone(.second, "n")
        #expect(carriesLamp(test))
    }

    @Test(arguments: [nil, ["silent"]] as [Set<String>?])
    func whereNobodyAnswersTheWaitEnds(others: Set<String>?) {
        let test = TestTable(isUp: false)
        test.linkUp(.first)
        test.linkUp(.second)
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.segmentKnown(.second, others: others)
        test.pass(.milliseconds(699))
        #expect(!carriesLamp(test))
        test.pass(.milliseconds(1))
        #expect(carriesLamp(test))
    }

    // MARK: Asking and telling

    @Test func whoeverIsAskedTellsAllButNotTooOften() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        _ = test.take()
        let offer = Offer(key: lamp, path: ["west"])
        for _ in 0..<50 {
            test.table.heard(.second, from: "n", OfferChange(isFull: true, asksForOffers: true))
            test.pass(.milliseconds(10))
        }
        let changes = test.takeChanges(.second)
        #expect(changes.allSatisfy { $0 == OfferChange(isFull: true, offered: [offer]) })
        // At 0, 100, … 500 ms.
        #expect(changes.count == 6)
    }

    @Test func aStrangerIsAsked() {
        let test = TestTable()
        test.offer(.second, from: "n", lamp, ["south"])
        #expect(test.takeChanges(.second) == [OfferChange(isFull: false, asksForOffers: true)])
        test.offer(.second, from: "n", news, ["south"])
        #expect(test.takeChanges(.second).isEmpty)
        // One who tells all at once needs no asking.
        test.table.heard(.second, from: "o", OfferChange(isFull: true))
        #expect(test.takeChanges(.second).isEmpty)
    }

    @Test func aFullListReplaces() {
        let test = TestTable()
        for name in ["a", "b", "c"] {
            let key = EndpointKey.event("house", name)
            test.table.setProxy(.second, key, of: "n", isThere: true)
            test.offer(.second, from: "n", key, ["south"])
        }
        _ = test.take()
        let a = Offer(key: .event("house", "a"), path: ["south"])
        let c = Offer(key: .event("house", "c"), path: ["south"])
        test.table.heard(.second, from: "n", OfferChange(isFull: true, offered: [a], continues: true))
        #expect(test.takeCarried().isEmpty)
        test.table.heard(.second, from: "n", OfferChange(isFull: false, offered: [c]))
        #expect(test.takeCarried() == [.drop(.first, .event("house", "b"))])
    }

    // MARK: Taking over

    /// Way: one hub. What the other sent out before it heard of us takes one hop, what it had on its way another.
    @Test(arguments: [EndpointKey.Kind.source, .subscription])
    func whoTakesOverIsSilentForAWhile(kind: EndpointKey.Kind) {
        let test = TestTable()
        let key = EndpointKey(kind, channel: "house", name: "west")
        test.offer(.second, from: "n", key, ["west", "south"])
        if kind == .source {
            test.table.channelFound(.first, "house")
            #expect(test.takeCarried().isEmpty)
        } else {
            test.table.setLocal(.first, key, isThere: true)
            // A subscription is registered at once; only its publications wait.
            #expect(test.takeCarried() == [.carry(.second, key, far: key, path: ["west"])])
        }
        test.pass(.milliseconds(599))
        #expect(!test.table.delivers(.second, key))
        test.pass(.milliseconds(1))
        #expect(test.table.delivers(.second, key))
        let carry = RouteTable.Action.carry(.second, key, far: key, path: ["west"])
        #expect(test.takeCarried() == (kind == .source ? [carry] : []))
    }

    @Test func aLongerWayIsALongerSilence() {
        let test = TestTable()
        let south = EndpointKey.source("house", hub: "south")
        test.offer(.second, from: "n", south, ["south", "a", "b", "c"])
        test.offer(.first, from: "o", south, ["south", "a"])
        test.pass(.milliseconds(1_199))
        #expect(!test.table.delivers(.second, south))
        test.pass(.milliseconds(1))
        #expect(test.table.delivers(.second, south))
    }

    @Test func whoFollowsOneThatIsGoneWaitsForWhatWasOnItsWay() {
        let test = TestTable()
        test.table.channelFound(.first, "house")
        test.offer(.second, from: "a", west, ["west"])
        #expect(test.takeCarried().count == 2)
        test.pass(.seconds(2))
        test.table.bridgeGone(.second, "a")
        test.pass(.milliseconds(299))
        #expect(!test.table.delivers(.second, west))
        test.pass(.milliseconds(1))
        #expect(test.table.delivers(.second, west))
        // Long after, nothing is on its way any more.
        test.offer(.second, from: "a", west, ["west"])
        test.table.linkDown(.first)
        test.table.bridgeGone(.second, "a")
        test.pass(.seconds(10))
        test.linkUp(.first)
        test.table.channelFound(.first, "house")
        #expect(test.table.delivers(.second, west))
    }

    @Test func amongOthersANewSourceWaitsForTheirWord() {
        let test = TestTable()
        test.table.heard(.second, from: "n", OfferChange(isFull: true))
        test.table.channelFound(.first, "house")
        test.pass(.milliseconds(200))
        // It learnt of it too, and has the better name.
        test.offer(.second, from: "a", west, ["west"])
        test.pass(.milliseconds(200))
        #expect(!test.table.delivers(.second, west))
        #expect(test.takeCarried().isEmpty)
    }

    @Test func whoHasJustComeIsSilentToo() {
        let test = TestTable([.rule("house")], isUp: false)
        test.linkUp(.first)
        test.linkUp(.second)
        for side in Side.allCases { test.table.segmentKnown(side, others: []) }
        test.pass(.milliseconds(299))
        #expect(test.takeCarried().isEmpty)
        test.pass(.milliseconds(1))
        #expect(test.table.delivers(.second, west))
    }

    /// Where others may be, they may not have heard of this one yet.
    @Test(arguments: [nil, ["n"]] as [Set<String>?]) func whoMayNotBeAloneIsSilentForLonger(others: Set<String>?) {
        let test = TestTable([.rule("house")], isUp: false)
        test.linkUp(.first)
        test.linkUp(.second)
        test.table.segmentKnown(.second, others: others)
        // Settled at 700 ms; silent for 300 ms from there where somebody was heard, else for 600 ms from the beginning.
        test.pass(.milliseconds(650))
        if others != nil { test.table.heard(.second, from: "n", OfferChange(isFull: true)) }
        test.pass(.milliseconds(49))
        #expect(!test.table.delivers(.second, west))
        test.pass(.milliseconds(others == nil ? 1 : 251))
        #expect(test.table.delivers(.second, west))
    }

    // MARK: Detours

    @Test func waysThatGrowLongerAgainAndAgainHaveToWait() {
        let test = TestTable()
        let south = EndpointKey.source("house", hub: "south")
        let offers = { test.takeChanges(.second).flatMap(\.offered).map(\.path.count) }
        test.offer(.first, from: "n", south, ["south"])
        #expect(offers() == [2])
        // Once is a failure like any other.
        test.offer(.first, from: "n", south, ["south", "a"])
        #expect(offers() == [3])
        // Twice may be a hub that is gone: what leads there through others is withdrawn until it is known to be sound.
        test.offer(.first, from: "n", south, ["south", "a", "b"])
        #expect(test.takeChanges(.second).flatMap(\.withdrawn) == [south])
        test.offer(.first, from: "n", south, ["south", "a", "b", "c"])
        test.pass(.milliseconds(599))
        #expect(offers() == [])
        test.pass(.milliseconds(1))
        #expect(offers() == [5])
        // A way as good as before is taken at once, and after a while so is any.
        test.offer(.first, from: "n", south, ["south", "d"])
        #expect(offers() == [3])
        test.pass(.seconds(5))
        test.offer(.first, from: "n", south, ["south", "a", "b", "c"])
        #expect(offers() == [5])
    }

    @Test func aWayThatWentWhileItWaitedIsNotOffered() {
        let test = TestTable()
        let south = EndpointKey.source("house", hub: "south")
        for path in [["south"], ["south", "a"], ["south", "a", "b"]] { test.offer(.first, from: "n", south, path) }
        test.withdraw(.first, from: "n", south)
        _ = test.take()
        test.pass(.seconds(10))
        #expect(test.takeChanges(.second).isEmpty)
        #expect(test.table.counts(.second).offersMade == 0)
    }

    // MARK: A way of one's own

    @Test func aBetterWayOfOnesOwnNeedsNoSilence() {
        let test = TestTable()
        let south = EndpointKey.source("house", hub: "south")
        test.offer(.first, from: "n", south, ["south", "a"])
        test.pass(.seconds(1))
        #expect(test.table.delivers(.second, south))
        _ = test.take()
        test.offer(.first, from: "o", south, ["south"])
        #expect(test.takeCarried() == [.carry(.second, south, far: south, path: ["south", "west"])])
        #expect(test.table.delivers(.second, south))
    }

    // MARK: Signs of life

    @Test(arguments: [true, false]) func silenceIsDeath(reportsDepartures: Bool) {
        let test = TestTable(isUp: false)
        test.linkUp(.first)
        test.linkUp(.second, reportsDepartures: reportsDepartures)
        test.table.setLocal(.first, lamp, isThere: true)
        test.offer(.second, from: "a", lamp, ["west"])
        let interval = reportsDepartures ? TimeAmount.milliseconds(1_500) : .milliseconds(150)
        for _ in 0..<20 {
            test.pass(interval)
            test.table.heard(.second, from: "a", nil)
        }
        #expect(!carriesLamp(test))
        let silence = reportsDepartures ? TimeAmount.seconds(5) : .milliseconds(500)
        test.pass(silence - .milliseconds(10))
        #expect(!carriesLamp(test))
        test.pass(interval + .milliseconds(10))
        #expect(carriesLamp(test))
        // It was only slow: it is heard again, and asked for everything.
        _ = test.take()
        test.table.heard(.second, from: "a", nil)
        #expect(test.takeChanges(.second) == [OfferChange(isFull: false, asksForOffers: true)])
        test.table.heard(.second, from: "a", OfferChange(isFull: true, offered: [Offer(key: lamp, path: ["west"])]))
        #expect(!carriesLamp(test))
    }

    @Test func whatASilentBridgeRegisteredIsForgottenInTheEnd() {
        let test = TestTable()
        test.table.setProxy(.second, lamp, of: "a", isThere: true)
        test.offer(.second, from: "a", lamp, ["south"])
        test.pass(.seconds(10))
        // Back in time, it is where it was.
        test.table.heard(.second, from: "a", OfferChange(isFull: true, offered: [Offer(key: lamp, path: ["south"])]))
        #expect(test.table.carriedKeys(.first)[lamp] == ["south", "east"])
        test.pass(.seconds(70))
        test.table.heard(.second, from: "a", OfferChange(isFull: true, offered: [Offer(key: lamp, path: ["south"])]))
        #expect(test.table.carriedKeys(.first).isEmpty)
    }

    @Test func whoSleptDoesNotBlameTheOthers() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        test.offer(.second, from: "a", lamp, ["west"])
        _ = test.take()
        test.sleep(.seconds(30))
        #expect(test.table.counts(.second).bridges == 1)
        #expect(test.takeCarried().isEmpty)
        test.pass(.seconds(10))
        #expect(carriesLamp(test))
    }

    /// Others have taken over by then; what has piled up here they have passed on.
    @Test func whoSleptForLongIsSilentFirst() {
        let test = TestTable()
        test.table.channelFound(.first, "house")
        test.table.setLocal(.first, news, isThere: true)
        test.sleep(.seconds(4))
        #expect(test.table.delivers(.second, west), "nobody else is there")
        test.offer(.second, from: "z", west, ["west"])
        test.pass(.seconds(2))
        _ = test.take()
        test.sleep(.seconds(6))
        #expect(!test.table.delivers(.second, west))
        #expect(!test.table.delivers(.second, news))
        let actions = test.take()
        #expect(actions.contains(.drop(.second, west)))
        #expect(!actions.contains(.drop(.second, news)))
        let offers = [Offer(key: news, path: ["west"]), Offer(key: west, path: ["west"])]
        #expect(actions.contains(.announce(.second, OfferChange(isFull: true, offered: offers))))
        test.pass(.milliseconds(599))
        #expect(test.takeCarried().isEmpty)
        test.pass(.milliseconds(1))
        #expect(test.takeCarried() == [.carry(.second, west, far: west, path: ["west"])])
        #expect(test.table.delivers(.second, news))
    }

    @Test func beatsAreFewAndWordsCountAsBeats() {
        let test = TestTable()
        test.pass(.seconds(15))
        #expect(test.take().filter { $0 == .beat(.first) }.count == 10)
        for number in 0..<10 {
            test.table.setLocal(.first, .event("house", "e\(number)"), isThere: true)
            _ = test.table.takeActions()
            test.pass(.seconds(1))
        }
        #expect(test.take().filter { $0 == .beat(.second) }.isEmpty)
    }
}
