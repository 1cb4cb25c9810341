/// A topic, made for each link of a bridge, whose retained message says whether the link is up: `1` or `0`.
package struct StateTopic: Equatable, Sendable {
    /// With `{bridge}` and `{peer}` in place of the bridge's id and the peer's name.
    package let template: String

    package init(template: String) { self.template = template }

    package static let standard = StateTopic(template: "stinger/bridge/{bridge}/{peer}/state")

    package func name(bridge: String, peer: String) -> String {
        // In one pass: a name that holds `{peer}` is put in as it is.
        template.split(separator: "{bridge}", omittingEmptySubsequences: false)
            .map { $0.replacing("{peer}", with: peer) }
            .joined(separator: bridge)
    }
}
