// swift-tools-version: 6.2
import Foundation
import PackageDescription

/// Every target of ours: warnings are errors, imports are seen by the file that makes them only.
let ours: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
]

/// A release program carries the Swift runtime in itself: it runs on a device that has none, in 2 MiB less memory, and its calls into the
/// runtime go straight there. (Only executables are linked so; the flag stays out of what other packages use.)
let selfContained: [LinkerSetting] = [
    .unsafeFlags(
        ["-static-stdlib", "-l_FoundationCShims", "-l_FoundationCollections"],
        .when(configuration: .release)
    )
]

/// The YAML library needs all of Foundation, and that the parts which the linker does not find by itself.
let foundation: [LinkerSetting] = [
    .unsafeFlags(
        ["-lCoreFoundation", "-lFoundationInternationalization", "-l_FoundationICU"],
        .when(configuration: .release)
    )
]

let package = Package(
    name: "stinger-bridge",
    products: [
        .executable(name: "stinger-bridge", targets: ["stinger-bridge"]),
        .executable(name: "stinger-hub", targets: ["stinger-hub"]),
        .library(name: "StingerClient", targets: ["StingerClient"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        .target(
            name: "MessagePack",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: ours
        ),
        .target(
            name: "HubProtocol",
            dependencies: [
                "MessagePack",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
            ],
            swiftSettings: ours
        ),
        .target(
            name: "MQTTProtocol",
            dependencies: [.product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: ours
        ),
        .target(
            name: "Transport",
            dependencies: [
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .target(
            name: "Monitoring",
            dependencies: [.product(name: "Logging", package: "swift-log")],
            swiftSettings: ours
        ),
        .target(
            name: "Hub",
            dependencies: [
                "HubProtocol", "MessagePack", "Transport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: ours
        ),
        .target(
            name: "Federation",
            dependencies: ["MQTTProtocol", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: ours
        ),
        .target(
            name: "Configuration",
            dependencies: [
                "Federation", "MQTTProtocol", "Transport",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: ours
        ),
        .target(
            name: "Bridge",
            dependencies: [
                "Configuration", "Federation", "Hub", "HubProtocol", "MQTTProtocol", "MessagePack", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: ours
        ),
        .target(
            name: "StingerClient",
            dependencies: [
                "HubProtocol", "MessagePack", "Transport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .executableTarget(
            name: "stinger-bridge",
            dependencies: [
                "Bridge", "Configuration", "Monitoring", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: ours,
            linkerSettings: selfContained + foundation
        ),
        .executableTarget(
            name: "stinger-hub",
            dependencies: [
                "Hub", "HubProtocol", "Monitoring", "Transport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: ours,
            linkerSettings: selfContained
        ),
        .executableTarget(
            name: "stinger-client-example",
            dependencies: ["StingerClient"],
            path: "Examples/stinger-client-example",
            swiftSettings: ours,
            linkerSettings: selfContained
        ),
        .testTarget(
            name: "MessagePackTests",
            dependencies: ["MessagePack", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: ours
        ),
        .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: ours),
        .target(
            name: "TestBrokers",
            dependencies: ["MQTTProtocol", "TestSupport", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/TestBrokers",
            swiftSettings: ours
        ),
        .testTarget(
            name: "HubProtocolTests",
            dependencies: [
                "TestSupport",
                "Hub", "HubProtocol", "MessagePack",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "MQTTProtocolTests",
            dependencies: [
                "MQTTProtocol", "TestBrokers", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "HubTests",
            dependencies: [
                "Hub", "HubProtocol", "MessagePack", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "FederationTests",
            dependencies: [
                "Federation", "MQTTProtocol", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "ConfigurationTests",
            dependencies: [
                "Configuration", "Federation", "MQTTProtocol", "TestSupport", "Transport",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "BridgeTests",
            dependencies: [
                "Bridge", "Configuration", "Federation", "Hub", "HubProtocol", "MQTTProtocol", "MessagePack",
                "TestBrokers", "TestSupport", "Transport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "StingerClientTests",
            dependencies: [
                "Hub", "HubProtocol", "MessagePack", "StingerClient", "Transport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
        .testTarget(
            name: "TransportTests",
            dependencies: [
                "TestSupport", "Transport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: ours
        ),
    ]
)

// What needs more than a plain build joins the package only when asked for.

if ProcessInfo.processInfo.environment["STINGER_FUZZ"] != nil {
    package.targets += [
        .target(name: "CFuzzDriver", path: "Tests/Fuzz/CFuzzDriver"),
        .executableTarget(
            name: "HubFramesFuzz",
            dependencies: [
                "CFuzzDriver", "Hub", "HubProtocol", "MessagePack",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzz/HubFrames",
            exclude: ["Corpus"],
            swiftSettings: ours
        ),
        .executableTarget(
            name: "BridgeFramesFuzz",
            dependencies: [
                "Bridge", "CFuzzDriver", "Federation", "HubProtocol", "MessagePack",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Fuzz/BridgeFrames",
            exclude: ["Corpus"],
            swiftSettings: ours
        ),
        .executableTarget(
            name: "MQTTPacketsFuzz",
            dependencies: ["CFuzzDriver", "MQTTProtocol", .product(name: "NIOCore", package: "swift-nio")],
            path: "Tests/Fuzz/MQTTPackets",
            exclude: ["Corpus"],
            swiftSettings: ours
        ),
    ]
}

if ProcessInfo.processInfo.environment["STINGER_BENCHMARKS"] != nil {
    package.dependencies += [.package(url: "https://github.com/ordo-one/benchmark.git", from: "1.38.1", traits: [])]
    package.targets += [
        .target(name: "CAllocationCounter", path: "Tests/Benchmarks/CAllocationCounter"),
        .executableTarget(
            name: "HubBenchmarks",
            dependencies: [
                "CAllocationCounter", "Hub", "HubProtocol", "MessagePack",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Benchmarks/HubBenchmarks",
            swiftSettings: ours,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
        .executableTarget(
            name: "MQTTBenchmarks",
            dependencies: [
                "Bridge", "CAllocationCounter", "Federation", "MQTTProtocol", "TestBrokers",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Benchmarks/MQTTBenchmarks",
            swiftSettings: ours,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ]
}
