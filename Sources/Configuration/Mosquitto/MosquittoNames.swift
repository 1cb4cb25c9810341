/// Names that the configuration gives to what mosquitto.conf names otherwise.
struct MosquittoNames {
    private var taken: Set<String> = []

    /// A name as near as can be, for a peer, a bridge and a file: without what topics, paths and YAML treat as signs.
    mutating func name(for text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar in
            let isPlain =
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "._-".unicodeScalars.contains(scalar)
            return isPlain ? Character(scalar) : "-"
        }
        // Not over 255 bytes, with room for a number.
        var base = ""
        for character in scalars where base.utf8.count + character.utf8.count <= 200 { base.append(character) }
        if base.isEmpty { base = "bridge" }
        var name = base
        var number = 2
        while !taken.insert(name).inserted {
            name = "\(base)-\(number)"
            number += 1
        }
        return name
    }
}
