import Crypto

extension Proof {
    /// What both sides of a mutual proof have said: each proof covers all of it, and so belongs to this one connection.
    package struct Exchange: Sendable {
        package let clientID: String
        package let hubID: String
        package let hubChallenge: String
        package let clientChallenge: String
        /// SHA-256 of the hub's TLS certificate (RFC 5929, section 4); nil without TLS.
        package let channelBinding: [UInt8]?

        package init(
            clientID: String,
            hubID: String,
            hubChallenge: String,
            clientChallenge: String,
            channelBinding: [UInt8]?
        ) {
            self.clientID = clientID
            self.hubID = hubID
            self.hubChallenge = hubChallenge
            self.clientChallenge = clientChallenge
            self.channelBinding = channelBinding
        }

        /// The text under a proof: ids with their lengths in front, so that no two exchanges share one.
        func text(of prover: String) -> String {
            let binding = channelBinding.map { Proof.hex($0) } ?? ""
            let ids = [clientID, hubID].map { "\($0.utf8.count):\($0)" }
            return ([prover] + ids + [hubChallenge, clientChallenge, binding]).joined(separator: "|")
        }
    }
}
