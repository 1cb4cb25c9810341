import Benchmark
import CAllocationCounter
import Federation
import MQTTProtocol
import NIOCore

/// What one message between two brokers costs inside the process: no sockets, so no system calls. Each sample handles one read of messages with a
/// payload of 128 bytes; the figures are for the whole sample, but for allocations, which are per message.
let benchmarks: @Sendable () -> Void = {
    let allocations = BenchmarkMetric.custom(
        "Allocations / message x 1000",
        polarity: .prefersSmaller,
        useScalingFactor: false
    )
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput, allocations],
        warmupIterations: 20,
        maxDuration: .seconds(2),
        maxIterations: 20_000
    )

    /// Runs `body` for one read of `count` messages, and notes how often it asked for memory.
    func measure(_ benchmark: Benchmark, _ count: Int, _ body: () -> Void) {
        for _ in benchmark.scaledIterations { body() }
        let before = allocation_count()
        body()
        benchmark.measurement(allocations, Int(allocation_count() - before) * 1_000 / count)
    }

    for version in [MQTTVersion.v3_1_1, .v5] {
        Benchmark("encode: 256 PUBLISHes, MQTT \(version)") { benchmark in
            var output = ByteBuffer()
            output.reserveCapacity(128 << 10)
            benchmark.startMeasurement()
            measure(benchmark, 256) {
                output.clear()
                for _ in 0..<256 { Messages.write(to: &output, version) }
            }
        }

        Benchmark("decode: 256 PUBLISHes, MQTT \(version)") { benchmark in
            var reader = MQTTPacketReader(version: version, role: .client, packetByteMaximum: 1 << 20)
            let read = Messages.read(count: 256, version)
            benchmark.startMeasurement()
            measure(benchmark, 256) {
                var bytes = read
                reader.append(&bytes)
                while let incoming = try? reader.next() { blackHole(incoming) }
            }
        }
    }

    for (filterCount, levelCount) in [(100, 4), (10_000, 4), (100_000, 4), (10_000, 8), (10_000, 16)] {
        let name = "match: 256 topics of \(levelCount) levels against \(filterCount) filters"
        Benchmark(name) { (benchmark: Benchmark, scene: FilterScene) in
            measure(benchmark, 256) {
                var found = 0
                for topic in scene.topics {
                    topic.withUnsafeBytes { scene.trie.forEachMatch($0) { found &+= $0 } }
                }
                blackHole(found)
            }
        } setup: {
            FilterScene(filterCount: filterCount, levelCount: levelCount)
        }
    }

    for (kind, topicCount) in [("one topic", 1), ("topics in turn", 256)] {
        Benchmark("rules: 256 messages of \(kind) against 100 rules") { (benchmark: Benchmark, scene: RuleScene) in
            measure(benchmark, 256) {
                for number in 0..<256 {
                    scene.topics[number % topicCount].withUnsafeBytes {
                        blackHole(scene.rules.match(from: .first, topic: $0))
                    }
                }
            }
        } setup: {
            RuleScene()
        }
    }

    for (kind, rule) in RelayBench.rules {
        for version in [MQTTVersion.v3_1_1, .v5] {
            let name = "relay: 256 of QoS 0, \(kind), MQTT \(version)"
            Benchmark(name) { (benchmark: Benchmark, scene: RelayScene) in
                measure(benchmark, 256) { scene.bench.feed(scene.read, from: .first) }
            } setup: {
                RelayScene(bench: RelayBench([rule], version), read: Messages.read(count: 256, version))
            }
        }
    }

    Benchmark("relay: 256 of QoS 0, topics in turn, MQTT 5") { (benchmark: Benchmark, scene: RelayScene) in
        measure(benchmark, 256) { scene.bench.feed(scene.read, from: .first) }
    } setup: {
        RelayScene(bench: RelayBench([RelayBench.rules[0].rule], .v5), read: Messages.inTurn(count: 256, .v5))
    }

    Benchmark("relay: 20 of QoS 1 and their acknowledgements, MQTT 5") { (benchmark: Benchmark, scene: RelayScene) in
        let acknowledgements = Messages.acknowledgements(count: 20)
        measure(benchmark, 20) {
            scene.bench.feed(scene.read, from: .first)
            scene.bench.feed(acknowledgements, from: .second)
        }
    } setup: {
        let read = Messages.read(count: 20, .v5, qos: .atLeastOnce)
        return RelayScene(bench: RelayBench([RelayBench.rules[0].rule], .v5), read: read)
    }
}

private struct RelayScene {
    let bench: RelayBench
    let read: ByteBuffer
}
