import MQTTProtocol
import NIOCore
import Testing

@Suite("Packets as bytes")
struct PacketVectorTests {
    @Test("are read, whole and in pieces", arguments: PacketVector.all, [nil, 1, 3])
    func read(_ vector: PacketVector, step: Int?) {
        let stream = PacketStream(vector.bytes, vector.version, from: vector.sender, step: step)
        #expect(stream.packets == [vector.packet])
        #expect(stream.failure == nil)
    }

    @Test("are written", arguments: PacketVector.all.filter(\.isShortest))
    func write(_ vector: PacketVector) throws {
        #expect(hexText(try vector.packet.bytes(vector.version, from: vector.sender)) == hexText(vector.bytes))
    }

    @Test("are taken in their longer form as well", arguments: PacketVector.all.filter { !$0.isShortest })
    func longer(_ vector: PacketVector) throws {
        let bytes = try vector.packet.bytes(vector.version, from: vector.sender)
        #expect(bytes != vector.bytes)
        #expect(PacketStream(bytes, vector.version, from: vector.sender).packets == [vector.packet])
    }

    @Test("are refused or waited for when their end is missing", arguments: PacketVector.all)
    func cut(_ vector: PacketVector) {
        for count in 0..<vector.bytes.count {
            let stream = PacketStream(Array(vector.bytes[..<count]), vector.version, from: vector.sender)
            #expect(stream == PacketStream([], vector.version, from: vector.sender), "\(count) bytes")
        }
    }

    @Test("are refused when their length says less than they have", arguments: PacketVector.all)
    func shortened(_ vector: PacketVector) {
        // What ends with a payload, or with reason codes, or where less says less, stays a packet; it is another one then.
        for less in 1...max(1, Int(vector.bytes[1])) where vector.bytes[1] & 0x80 == 0 && Int(vector.bytes[1]) >= less {
            var bytes = Array(vector.bytes.dropLast(less))
            bytes[1] -= UInt8(less)
            let stream = PacketStream(bytes, vector.version, from: vector.sender)
            #expect(stream.packets != [vector.packet] || !vector.isShortest || stream.failure != nil)
            #expect(stream.packets.count + (stream.failure == nil ? 0 : 1) == 1)
        }
    }

    @Test("come one behind another in one read, from each side and in each version")
    func joined() {
        for version in MQTTVersion.allCases {
            for sender in MQTTRole.allCases {
                let vectors = PacketVector.all.filter {
                    if case .connect = $0.packet { return false }
                    return $0.version == version && $0.sender == sender
                }
                let bytes = vectors.flatMap(\.bytes)
                for step in [nil, 1, 7, 64] {
                    let stream = PacketStream(bytes, version, from: sender, step: step)
                    #expect(stream.packets == vectors.map(\.packet))
                    #expect(stream.failure == nil)
                }
            }
        }
    }

    @Test("have every kind of packet and every property between them")
    func complete() {
        for version in MQTTVersion.allCases {
            let kinds = Set(PacketVector.all.filter { $0.version == version }.map { $0.bytes[0] >> 4 })
            #expect(kinds == Set(1...(version == .v5 ? 15 : 14)))
        }
        var seen: Set<PropertyID> = []
        for vector in PacketVector.all {
            switch vector.packet {
            case .connect(let packet): seen.formUnion((packet.properties + (packet.will?.properties ?? [])).map(\.id))
            case .connAck(let packet): seen.formUnion(packet.properties.map(\.id))
            case .publish(let packet): seen.formUnion(packet.properties.map(\.id))
            case .acknowledgement, .subscribe, .subscriptionAck, .unsubscribe, .pingRequest, .pingResponse,
                .disconnectOrAuth:
                break
            }
        }
        #expect(seen == Set(PropertyID.allCases))
    }
}
