// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "wharf",
    platforms: [.macOS(.v26)],
    products: [
        .library(name: "Wharf", targets: ["Wharf"]),
        .library(name: "SessionCore", targets: ["SessionCore"]),
        .library(name: "UploadCore", targets: ["UploadCore"]),
        .library(name: "UploadTestKit", targets: ["UploadTestKit"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0")
    ],
    targets: [
        // The engine, from the inside out. The table of allowed imports is a test: Tests/ArchitectureTests.
        .target(name: "SessionCore"),
        .target(name: "DeliberateFaults"),
        .target(
            name: "UploadCore",
            dependencies: ["SessionCore", "DeliberateFaults", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "DurableFiles"),
        .target(
            name: "BlobStorage",
            dependencies: ["UploadCore", "DurableFiles", "DeliberateFaults"]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "CatalogueSQLite",
            dependencies: ["UploadCore", "DurableFiles", "CSQLite", "DeliberateFaults"]),
        .target(name: "Wharf", dependencies: ["UploadCore", "BlobStorage", "CatalogueSQLite"]),

        // What tests of this package, and of those who embed it, stand on.
        .target(name: "UploadTestKit", dependencies: ["UploadCore", "DurableFiles", "CSQLite"]),
        .target(name: "UploadSimulation", dependencies: ["Wharf", "UploadTestKit"]),
        .executableTarget(name: "wharf-simulate", dependencies: ["UploadSimulation"]),

        .testTarget(name: "SimulationTests", dependencies: ["UploadSimulation", "UploadTestKit"]),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "SessionCoreTests", dependencies: ["SessionCore"]),
        .testTarget(name: "UploadTestKitTests", dependencies: ["UploadTestKit", "UploadCore", "SessionCore"]),
        .testTarget(name: "DurableFilesTests", dependencies: ["DurableFiles", "UploadTestKit", "CSQLite"]),
        .testTarget(
            name: "CatalogueSQLiteTests",
            dependencies: ["CatalogueSQLite", "UploadCore", "UploadTestKit", "DurableFiles", "CSQLite"]),
        .testTarget(name: "UploadCoreTests", dependencies: ["UploadCore", "SessionCore", "UploadTestKit"]),
        .testTarget(
            name: "BlobStorageTests",
            dependencies: ["BlobStorage", "UploadCore", "SessionCore", "UploadTestKit", "DurableFiles"]),
        .testTarget(
            name: "WharfTests",
            dependencies: [
                "Wharf", "UploadSimulation", "UploadCore", "SessionCore", "UploadTestKit", "DurableFiles", "CSQLite",
            ]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"),
        ]
}
