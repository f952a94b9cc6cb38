// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "wharf-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [
        .package(name: "wharf", path: ".."),
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0"),
    ],
    targets: [
        .executableTarget(
            name: "engine-bench",
            dependencies: [
                .product(name: "Wharf", package: "wharf"),
                .product(name: "UploadCore", package: "wharf"),
                .product(name: "SessionCore", package: "wharf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"),
                .enableUpcomingFeature("InternalImportsByDefault"),
            ])
    ]
)
