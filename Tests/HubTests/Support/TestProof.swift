/// The proofs of CommIPC as a client makes them, worked out here from FIPS 180-4 and RFC 2104 rather than by the hub's own library.
enum TestProof {
    /// The answer to `conn_challenge`.
    static func connection(secret: String, challenge: String) -> String {
        hex(hmac(key: Array(hex(sha256(Array(secret.utf8))).utf8), Array("challenge:\"\(challenge)\"".utf8)))
    }

    /// The answer to `auth_challenge`.
    static func channel(password: String, challenge: String) -> String {
        hex(hmac(key: Array(password.utf8), Array(challenge.utf8)))
    }

    /// What a hub or a client shows of the secret when the client asked for both proofs.
    static func mutual(
        _ prover: String,
        secret: String,
        client: String,
        server: String,
        hubChallenge: String,
        challenge: String,
        binding: String = ""
    ) -> String {
        let text =
            "\(prover)|\(client.utf8.count):\(client)|\(server.utf8.count):\(server)|\(hubChallenge)|\(challenge)|\(binding)"
        return hex(hmac(key: Array(hex(sha256(Array(secret.utf8))).utf8), Array(text.utf8)))
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in String(byte >> 4, radix: 16) + String(byte & 0x0F, radix: 16) }.joined()
    }

    private static func hmac(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? sha256(key) : key
        block += [UInt8](repeating: 0, count: 64 - block.count)
        return sha256(block.map { $0 ^ 0x5C } + sha256(block.map { $0 ^ 0x36 } + message))
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let rounds: [UInt32] = primes(64).map { UInt32(truncatingIfNeeded: root(of: $0, isCube: true)) }
    /// The same of the square roots of the first eight.
    private static let start: [UInt32] = primes(8).map { UInt32(truncatingIfNeeded: root(of: $0, isCube: false)) }

    private static func primes(_ count: Int) -> [UInt64] {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < count {
            if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes
    }

    /// The root times 2^32, found bit by bit.
    private static func root(of number: UInt64, isCube: Bool) -> UInt64 {
        var found: UInt64 = 0
        for bit in (0..<40).reversed() {
            let trial = found | 1 << UInt64(bit)
            // trial^2 <= number * 2^64, or trial^3 <= number * 2^96; with 128 bits, the latter by parts.
            let square = UInt128(trial) * UInt128(trial)
            let fits =
                isCube
                ? square * UInt128(trial) <= UInt128(number) << 96
                : square <= UInt128(number) << 64
            if fits { found = trial }
        }
        return found
    }

    private static func sha256(_ message: [UInt8]) -> [UInt8] {
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bitCount = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bitCount >> shift))
        }
        var state = start
        for block in stride(from: 0, to: padded.count, by: 64) { compress(padded[block..<block + 64], into: &state) }
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> $0) } }
    }

    private static func compress(_ block: ArraySlice<UInt8>, into state: inout [UInt32]) {
        func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
        var words: [UInt32] = []
        for at in stride(from: block.startIndex, to: block.endIndex, by: 4) {
            words.append(block[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) })
        }
        for index in 16..<64 {
            let early = words[index - 15]
            let late = words[index - 2]
            let small0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3
            let small1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10
            words.append(words[index - 16] &+ small0 &+ words[index - 7] &+ small1)
        }
        var work = state
        for index in 0..<64 {
            let (one, five) = (work[0], work[4])
            let big1 = rotate(five, 6) ^ rotate(five, 11) ^ rotate(five, 25)
            let choice = five & work[5] ^ ~five & work[6]
            let first = work[7] &+ big1 &+ choice &+ rounds[index] &+ words[index]
            let big0 = rotate(one, 2) ^ rotate(one, 13) ^ rotate(one, 22)
            let majority = one & work[1] ^ one & work[2] ^ work[1] & work[2]
            work = [first &+ big0 &+ majority] + work[0..<3] + [work[3] &+ first] + work[4..<7]
        }
        for index in 0..<8 { state[index] &+= work[index] }
    }
}
