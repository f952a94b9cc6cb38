// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "wharf-fuzz",
    dependencies: [
        .package(name: "wharf", path: "..")
    ],
    targets: [
        // Built with `swift build --sanitize fuzzer`, which brings the main function; see `make fuzz`.
        .executableTarget(
            name: "wire-fuzz",
            dependencies: [.product(name: "WireLaws", package: "wharf")],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ])
    ]
)
