import NIOCore

/// Whom a link to a broker tells what happens on it. All calls come on the loop.
protocol BrokerLinkDelegate: AnyObject {
    /// Bytes may flow: a session puts its CONNECT out.
    func connected(_ link: BrokerLink)
    func received(_ bytes: ByteBuffer, on link: BrokerLink)
    /// What was received since the last such call came in one go: the time to write what it led to.
    func readCycleEnded(_ link: BrokerLink)
    func writabilityChanged(_ link: BrokerLink, isWritable: Bool)
    /// Once for each `connected`.
    func disconnected(_ link: BrokerLink, because reason: String)
    /// More on a connection that is about to be told as `disconnected` before it was of use.
    func wordsForHangUp(on link: BrokerLink) -> String?
    /// A dial failed, so there is no `connected` to it.
    func dialFailed(_ link: BrokerLink, because reason: String)
    /// The first of several addresses answers again while another is connected: end the session and close the link, which then dials it.
    func firstAddressAnswers(_ link: BrokerLink)
}

extension BrokerLinkDelegate {
    func wordsForHangUp(on link: BrokerLink) -> String? { nil }

    func dialFailed(_ link: BrokerLink, because reason: String) {}

    func firstAddressAnswers(_ link: BrokerLink) {
        link.close(because: "the first address answers again", isConfigurationFault: false, redirect: [])
    }
}
