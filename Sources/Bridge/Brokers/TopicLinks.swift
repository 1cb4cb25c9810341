/// The links of a bridge between brokers, by what they are for.
struct TopicLinks {
    private var links: [BrokerLink?] = [nil, nil, nil, nil]

    subscript(port: TopicPort) -> BrokerLink? {
        get { links[Self.index(port)] }
        set { links[Self.index(port)] = newValue }
    }

    func port(of link: BrokerLink) -> TopicPort? { TopicPort.all.first { self[$0] === link } }

    private static func index(_ port: TopicPort) -> Int {
        switch port.side {
        case .first: port.isReading ? 1 : 0
        case .second: port.isReading ? 3 : 2
        }
    }
}
