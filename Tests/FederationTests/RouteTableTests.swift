import NIOCore
import Testing

@testable import Federation

/// What one bridge decides by what it hears.
@Suite struct RouteTableTests {
    let lamp = EndpointKey.event("house", "lamp")
    let news = EndpointKey.subscription("house", "news")
    let west = EndpointKey.source("house", hub: "west")

    // MARK: A single pair

    @Test func whatIsOnOneSideIsBroughtToTheOther() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        let offer = Offer(key: lamp, path: ["west"])
        #expect(
            test.take() == [
                .carry(.second, lamp, far: lamp, path: ["west"]),
                .announce(.second, OfferChange(isFull: false, offered: [offer])),
            ]
        )
        test.table.setLocal(.first, lamp, isThere: true)
        #expect(test.take().isEmpty)
        test.table.setLocal(.first, lamp, isThere: false)
        #expect(
            test.take() == [
                .drop(.second, lamp), .announce(.second, OfferChange(isFull: false, withdrawn: [lamp])),
            ]
        )
    }

    @Test(arguments: Direction.allCases) func directionsAndNames(_ direction: Direction) {
        let test = TestTable([.rule("house", direction, rename: "west.house")])
        let far = EndpointKey.event("west.house", "lamp")
        test.table.setLocal(.first, lamp, isThere: true)
        // Calls to it start on the second side.
        let carry = RouteTable.Action.carry(.second, far, far: lamp, path: ["west"])
        #expect(test.takeCarried() == (direction == .out ? [] : [carry]))
    }

    @Test func channelsFoundAreSources() {
        let test = TestTable()
        test.table.channelFound(.first, "house")
        #expect(test.takeCarried() == [.carry(.second, west, far: west, path: ["west"])])
        #expect(test.table.delivers(.second, west))
        test.table.channelFound(.first, "__stinger_routes")
        #expect(test.take().isEmpty)
    }

    @Test func aNameThatBothSidesHaveIsNotBrought() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        #expect(test.takeCarried().count == 1)
        test.table.setLocal(.second, lamp, isThere: true)
        #expect(test.takeCarried() == [.drop(.second, lamp)])
        #expect(test.table.carriedKeys(.first).isEmpty)
        test.table.setLocal(.first, lamp, isThere: false)
        #expect(test.takeCarried() == [.carry(.first, lamp, far: lamp, path: ["east"])])
    }

    @Test func whatComesBackAtOnceIsBroughtAgain() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        _ = test.take()
        test.table.setLocal(.first, lamp, isThere: false)
        test.table.setLocal(.first, lamp, isThere: true)
        // The proxy on the other hub may be gone by now, so it is made anew; to the others nothing has changed but that it is there.
        let offer = Offer(key: lamp, path: ["west"])
        #expect(
            test.take() == [
                .drop(.second, lamp), .carry(.second, lamp, far: lamp, path: ["west"]),
                .announce(.second, OfferChange(isFull: false, offered: [offer])),
            ]
        )
    }

    // MARK: Links

    @Test func aLinkThatFallsTakesItsOffersAlong() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.channelFound(.first, "house")
        _ = test.take()
        test.table.linkDown(.first)
        #expect(test.takeCarried() == [.drop(.second, lamp), .drop(.second, west)])
        #expect(test.table.carriedKeys(.second).isEmpty)
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.linkDown(.second)
        #expect(test.take().isEmpty)
        #expect(test.table.nextDeadline == nil)
    }

    @Test func aLinkThatComesBackIsOfferedWhatTheOtherSideHas() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.channelFound(.first, "house")
        test.offer(.first, from: "n", .source("house", hub: "south"), ["south"])
        test.table.linkDown(.second)
        _ = test.take()
        test.linkUp(.second)
        let south = EndpointKey.source("house", hub: "south")
        let offers = [
            Offer(key: lamp, path: ["west"]), Offer(key: south, path: ["south", "west"]),
            Offer(key: west, path: ["west"]),
        ]
        #expect(test.takeChanges(.second) == [OfferChange(isFull: true, offered: offers, asksForOffers: true)])
        test.table.segmentKnown(.second, others: [])
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: ["west"])])
    }

    @Test func twoLinksToOneHubCarryNothing() {
        let test = TestTable(isUp: false)
        test.linkUp(.first, hubID: "west")
        #expect(!test.table.endsAreOneHub)
        test.linkUp(.second, hubID: "west")
        for side in Side.allCases { test.table.segmentKnown(side, others: []) }
        #expect(test.table.endsAreOneHub)
        test.table.setLocal(.first, lamp, isThere: true)
        test.table.channelFound(.first, "house")
        test.offer(.first, from: "n", .source("house", hub: "south"), ["south"])
        test.pass(.seconds(10))
        #expect(test.takeCarried().isEmpty)
        #expect(test.table.counts(.second).offersMade == 0)
    }

    // MARK: Other bridges

    @Test func theBestWayIsTakenAndTheOthersStandBy() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        #expect(test.takeCarried().count == 1)
        // Longer, or later in the order of names: stands by.
        test.offer(.second, from: "a", lamp, ["west", "south"])
        test.offer(.second, from: "z", lamp, ["west"])
        #expect(test.takeCarried().isEmpty)
        // Better: takes over. As soon as it goes, this one is back.
        test.offer(.second, from: "b", lamp, ["west"])
        #expect(test.takeCarried() == [.drop(.second, lamp)])
        test.withdraw(.second, from: "b", lamp)
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: ["west"])])
        test.offer(.second, from: "b", lamp, ["south"])
        #expect(test.takeCarried() == [.drop(.second, lamp)])
        test.table.bridgeGone(.second, "b")
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: ["west"])])
    }

    @Test func whatAnotherBridgeBroughtGoesOn() {
        let test = TestTable()
        test.table.setProxy(.first, lamp, of: "n", isThere: true)
        #expect(test.takeCarried().isEmpty)
        test.offer(.first, from: "n", lamp, ["north", "south"])
        let path = ["north", "south", "west"]
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: path)])
        // Its way changes: so does ours.
        test.offer(.first, from: "n", lamp, ["north"])
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: ["north", "west"])])
        // Offers of those who have not registered it do not count.
        test.offer(.first, from: "o", lamp, ["a"])
        #expect(test.takeCarried().isEmpty)
        test.table.setProxy(.first, lamp, of: "n", isThere: false)
        #expect(test.takeCarried() == [.drop(.second, lamp)])
    }

    /// In a ring a way comes round to where it began.
    @Test func waysThroughTheHubAreNotOffered() {
        let test = TestTable()
        test.table.setProxy(.first, lamp, of: "n", isThere: true)
        test.offer(.first, from: "n", lamp, ["east", "south"])
        test.offer(.first, from: "n", .source("house", hub: "east"), ["east", "south"])
        #expect(test.takeCarried().isEmpty)
        #expect(test.table.counts(.second).offersMade == 0)
    }

    @Test func aSourceGoesBackOutOnlyFromItsWinner() {
        let test = TestTable()
        let south = EndpointKey.source("house", hub: "south")
        test.offer(.first, from: "n", south, ["south"])
        #expect(test.takeChanges(.second).flatMap(\.offered) == [Offer(key: south, path: ["south", "west"])])
        // On the second side somebody has a longer way: not back to the first, from where this bridge brings it.
        test.offer(.second, from: "n", south, ["south", "a", "b"])
        #expect(test.takeChanges(.first).isEmpty)
        test.offer(.first, from: "n", south, ["south", "c", "d", "e"])
        #expect(test.takeChanges(.first).flatMap(\.offered) == [Offer(key: south, path: ["south", "a", "b", "east"])])
    }

    @Test func unsoundOffersAreRefused() {
        let test = TestTable()
        test.table.setProxy(.first, lamp, of: "n", isThere: true)
        let long = (1...17).map { "h\($0)" }
        for path in [[], ["west"], ["a", "west", "b"], ["a", "b", "a"], long] {
            test.offer(.first, from: "n", lamp, path)
            #expect(test.takeCarried().isEmpty, "\(path)")
        }
        test.offer(.first, from: "n", .source("house", hub: "south"), ["north"])
        #expect(test.table.refusedOfferCount == 6)
        // The longest that can be heard is at its end here; one shorter goes on.
        test.offer(.first, from: "n", lamp, Array(long.prefix(16)))
        #expect(test.takeCarried().isEmpty)
        test.offer(.first, from: "n", lamp, Array(long.prefix(15)))
        #expect(test.takeCarried().count == 1)
        // An unsound one takes the place of the one before.
        test.offer(.first, from: "n", lamp, ["west"])
        #expect(test.takeCarried() == [.drop(.second, lamp)])
    }

    @Test func ownWordsAreNotHeard() {
        let test = TestTable()
        test.table.setLocal(.first, lamp, isThere: true)
        test.offer(.second, from: "m", lamp, ["a"])
        test.table.setProxy(.second, lamp, of: "m", isThere: true)
        #expect(test.table.counts(.second).bridges == 0)
        #expect(test.takeCarried() == [.carry(.second, lamp, far: lamp, path: ["west"])])
    }

    // MARK: Bounds

    @Test func offersAndBridgesAreBounded() {
        var limits = RouteLimits()
        limits.offersPerBridge = 2
        limits.bridgesPerHub = 1
        let test = TestTable(limits: limits)
        for name in ["a", "b", "c"] { test.offer(.first, from: "n", .event("house", name), ["south"]) }
        #expect(test.table.counts(.first).offersHeard == 2)
        // What is known may change.
        test.offer(.first, from: "n", .event("house", "a"), ["north"])
        #expect(test.table.refusedOfferCount == 1)
        test.offer(.first, from: "o", lamp, ["south"])
        #expect(test.table.counts(.first).bridges == 1)
        #expect(test.table.refusedOfferCount == 2)
    }

    @Test func allBridgesTogetherAreBounded() {
        var limits = RouteLimits()
        limits.offersPerHub = 3
        let test = TestTable(limits: limits)
        for bridge in ["n", "o"] {
            for name in ["a", "b"] { test.offer(.first, from: bridge, .event("house", name), ["south"]) }
        }
        #expect(test.table.counts(.first).offersHeard == 3)
        test.table.bridgeGone(.first, "n")
        #expect(test.table.counts(.first).offersHeard == 1)
        test.offer(.first, from: "o", .event("house", "b"), ["south"])
        #expect(test.table.counts(.first).offersHeard == 2)
    }

    /// A small change is a small step, however much there is.
    @Test func tenThousandEndpoints() {
        let test = TestTable()
        for number in 0..<10_000 {
            test.table.setLocal(.first, .event("house", "e\(number)"), isThere: true)
        }
        let changes = test.takeChanges(.second)
        #expect(changes.count == 5)
        #expect(changes.allSatisfy { $0.offered.count == 2_000 })
        #expect(changes.map(\.continues) == [true, true, true, true, false])
        #expect(test.table.carriedKeys(.second).count == 10_000)
        let clock = ContinuousClock()
        let time = clock.measure {
            for number in 0..<10_000 {
                test.table.setLocal(.first, .event("house", "e\(number)"), isThere: false)
                _ = test.table.takeActions()
                _ = test.table.nextDeadline
            }
        }
        // A step over all of them each time would take minutes in a debug build.
        #expect(time < .seconds(20))
    }
}
