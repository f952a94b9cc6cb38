// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "wharf-benchmarks",
    dependencies: [
        .package(name: "wharf", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0"),
        .package(url: "https://github.com/apple/swift-log", "1.16.2"..<"2.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", "2.13.0"..<"3.0.0"),
    ],
    targets: [
        // How things are measured and told, and what a machine does without Wharf.
        .target(
            name: "Measuring",
            dependencies: [
                .product(name: "UploadCore", package: "wharf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "engine-bench",
            dependencies: [
                "Measuring",
                .product(name: "Wharf", package: "wharf"),
                .product(name: "UploadCore", package: "wharf"),
                .product(name: "SessionCore", package: "wharf"),
            ]),
        // The server of http-bench.
        .executableTarget(
            name: "bench-server",
            dependencies: [
                .product(name: "Wharf", package: "wharf"),
                .product(name: "UploadCore", package: "wharf"),
                .product(name: "UploadHTTP", package: "wharf"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        // A server that is nothing but sockets.
        .target(name: "BareServing"),
        // What a machine does with uploads without a server around them.
        .executableTarget(
            name: "floor-server", dependencies: ["BareServing", .product(name: "Crypto", package: "swift-crypto")]),
        // The bucket of cluster benchmarks that are to measure nodes and not engines.
        .executableTarget(name: "stub-bucket", dependencies: ["BareServing"]),
        .executableTarget(
            name: "http-bench",
            dependencies: [
                "Measuring",
                .product(name: "UploadCore", package: "wharf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .executableTarget(
            name: "imaging-bench",
            dependencies: [
                "Measuring",
                .product(name: "ImagingPool", package: "wharf"),
                .product(name: "UploadCore", package: "wharf"),
            ]),
    ]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
