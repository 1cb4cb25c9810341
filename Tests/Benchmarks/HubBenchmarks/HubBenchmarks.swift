import Benchmark
import CAllocationCounter
import Hub
import HubProtocol
import MessagePack
import NIOCore

/// What one message costs inside the process: no sockets, so no system calls. Each sample handles one read of messages with a payload of
/// 128 bytes; the figures are for the whole sample, but for allocations, which are per message.
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

    Benchmark("scan: 256 broadcasts") { benchmark in
        let bodies = [ByteBuffer](repeating: Messages.broadcastBody, count: 256)
        let scanner = EnvelopeScanner(depthMaximum: 511)
        benchmark.startMeasurement()
        measure(benchmark, 256) {
            for body in bodies { body.withUnsafeReadableBytes { blackHole(try? scanner.scan($0)) } }
        }
    }

    Benchmark("splice: 256 broadcasts") { benchmark in
        let body = Messages.broadcastBody
        let scanner = EnvelopeScanner(depthMaximum: 511)
        let splicer = FrameSplicer(hubID: Name("hub"), unixSeconds: 1_800_000_000)
        let senderEntry = FrameSplicer.senderEntry(Name("publisher"))
        var output = ByteBuffer()
        output.reserveCapacity(128 << 10)
        let envelope = try body.withUnsafeReadableBytes { try scanner.scan($0) }
        benchmark.startMeasurement()
        measure(benchmark, 256) {
            output.clear()
            body.withUnsafeReadableBytes { bytes in
                for _ in 0..<256 {
                    splicer.forward(bytes, envelope, senderEntry: senderEntry.bytes, to: &output)
                }
            }
        }
    }

    for (listeners, channels) in [(1, 0), (50, 0), (1, 10_000)] {
        let load = channels == 0 ? "" : ", \(channels) channels and 1,000 idle clients beside"
        Benchmark("route: 256 broadcasts to \(listeners)\(load)") { (benchmark: Benchmark, scene: BroadcastScene) in
            measure(benchmark, 256) { scene.bench.feed(scene.read, from: scene.publisher) }
        } setup: {
            let bench = HubBench()
            if channels > 0 { bench.crowd(clients: 1_000, channels: channels) }
            for number in 0..<listeners { bench.join(bench.connect("listener-\(number)")) }
            let read = Messages.read(of: Messages.broadcastBody, count: 256)
            return BroadcastScene(bench: bench, publisher: bench.connect("publisher"), read: read)
        }
    }

    Benchmark("route: 64 calls and their answers") { (benchmark: Benchmark, scene: CallScene) in
        measure(benchmark, 64) {
            scene.bench.feed(Messages.calls64, from: scene.caller)
            scene.bench.feed(Messages.answers64, from: scene.provider)
        }
    } setup: {
        let bench = HubBench()
        let provider = bench.connect("provider")
        bench.provide(provider)
        return CallScene(bench: bench, provider: provider, caller: bench.connect("caller"))
    }
}

private struct BroadcastScene {
    let bench: HubBench
    let publisher: HubConnection
    let read: ByteBuffer
}

private struct CallScene {
    let bench: HubBench
    let provider: HubConnection
    let caller: HubConnection
}
