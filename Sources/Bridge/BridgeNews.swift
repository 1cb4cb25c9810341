/// Something a bridge tells the people who watch it: on the hubs' own channels, and in the log.
package struct BridgeNews: Equatable, Sendable {
    package enum Event: String, Sendable {
        case linkUp = "link_up"
        case linkDown = "link_down"
        case registrationRelayed = "registration_relayed"
        case registrationWithdrawn = "registration_withdrawn"
        case registrationRefused = "registration_refused"
        case loopRefused = "loop_refused"
        case dropped
    }

    package let event: Event
    /// The bridge first; then what this is about. Never a secret.
    package let fields: [(key: StaticString, value: String)]

    package init(_ event: Event, _ fields: [(key: StaticString, value: String)]) {
        self.event = event
        self.fields = fields
    }

    /// Whether somebody should look after it.
    package var isError: Bool {
        switch event {
        case .linkDown, .registrationRefused, .loopRefused, .dropped: true
        case .linkUp, .registrationRelayed, .registrationWithdrawn: false
        }
    }

    package static func == (one: BridgeNews, other: BridgeNews) -> Bool {
        one.event == other.event
            && one.fields.elementsEqual(other.fields) {
                $0.key.description == $1.key.description && $0.value == $1.value
            }
    }
}
