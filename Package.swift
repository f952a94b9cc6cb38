// swift-tools-version: 6.2
import Glibc
import PackageDescription

/// `WHARF_ENGINE_ONLY=1` leaves out the server, the client and what they depend on: the engine's tests then build in a
/// fraction of the time.
let isEngineOnly = Context.environment["WHARF_ENGINE_ONLY"] != nil
/// `WHARF_NO_IMAGING=1` leaves out the worker that decodes pictures, and with it the need for libvips: a server without it
/// keeps photos and derives nothing.
let hasImaging = Context.environment["WHARF_NO_IMAGING"] == nil
/// The worker that derives posters of videos is left out by `WHARF_NO_VIDEO=1`, and where FFmpeg's libraries are not
/// installed.
let hasVideo =
    hasImaging && Context.environment["WHARF_NO_VIDEO"] == nil
    && system("pkg-config --exists libavformat libavcodec libavutil libswscale 2>/dev/null") == 0

let package = Package(
    name: "wharf",
    products: [
        // Each with every target that its public interface names, so that users can import them.
        .library(
            name: "Wharf",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles",
                "BlobStorage", "CatalogueSQLite", "Wharf",
            ]),
        .library(
            name: "CataloguePostgres",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "CataloguePostgres",
            ]),
        .library(name: "SessionCore", targets: ["SessionCore"]),
        .library(
            name: "UploadCore",
            targets: ["SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation"]),
        .library(
            name: "UploadTestKit",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles",
                "UploadTestKit",
            ]),
        .library(
            name: "ImagingPool",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "ImagingWire",
                "ImagingPool",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", "4.5.2"..<"5.0.0")
    ],
    targets: [
        // The engine, from the inside out. The table of allowed imports is a test: Tests/ArchitectureTests.
        .target(name: "SessionCore"),
        // Debug builds can be told to fail, to prove that the tests notice; see scripts/mutation-check.
        .target(
            name: "DeliberateFaults",
            swiftSettings: [.define("WHARF_DELIBERATE_FAULTS", .when(configuration: .debug))]),
        // SHA-256 with a state that can be stored.
        .target(name: "CSHA256"),
        // Values and errors: all that clients and the wire need.
        .target(
            name: "UploadModel",
            dependencies: [
                "SessionCore", "CSHA256", "DeliberateFaults", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        // Checksums.
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        // The engine: sessions, the service, the ports of the stores.
        .target(
            name: "UploadCore",
            dependencies: [
                "SessionCore", "UploadModel", "CDeflate", "DeliberateFaults",
            ]),
        .target(name: "UploadMemories", dependencies: ["SessionCore", "UploadCore"]),
        .target(name: "UploadDerivation", dependencies: ["SessionCore", "UploadCore", "UploadMemories"]),
        .systemLibrary(name: "CFileSystem"),
        .target(name: "DurableFiles", dependencies: ["CFileSystem", "DeliberateFaults"]),
        .target(
            name: "BlobStorage",
            dependencies: ["UploadCore", "DurableFiles", "DeliberateFaults"]),
        // What the rows of the catalogues' tables mean, and how lists are packed into columns.
        .target(name: "CatalogueRows", dependencies: ["UploadDerivation"]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(
            name: "CatalogueSQLite",
            dependencies: ["UploadDerivation", "CatalogueRows", "DurableFiles", "CSQLite", "DeliberateFaults"]),
        .target(name: "Wharf", dependencies: ["UploadDerivation", "BlobStorage", "CatalogueSQLite"]),
        // The catalogue that several engines share. Nothing else links libpq.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(
            name: "CataloguePostgres",
            dependencies: ["UploadDerivation", "CatalogueRows", "DurableFiles", "DeliberateFaults", "CLibPQ"]),

        // Pictures: what the server and its workers say to each other, what only C can call, and the server's half.
        .target(name: "ImagingWire"),
        .target(name: "CSandbox"),
        .target(name: "ImagingPool", dependencies: ["UploadDerivation", "DurableFiles", "ImagingWire", "CSandbox"]),

        // What tests of this package, and of those who embed it, stand on.
        .target(
            name: "UploadTestKit", dependencies: ["UploadDerivation", "DurableFiles", "DeliberateFaults", "CSQLite"]),
        .target(name: "CSystemCallProbe"),
        .target(name: "UploadSimulation", dependencies: ["Wharf", "UploadTestKit"]),

        // The example of the README, which a test compares and runs.
        .executableTarget(name: "embedding-example", dependencies: ["Wharf"], path: "Examples/Embedding"),

        .testTarget(name: "SimulationTests", dependencies: ["UploadSimulation", "UploadTestKit"]),
        .testTarget(name: "ArchitectureTests"),
        .testTarget(name: "ImagingWireTests", dependencies: ["ImagingWire"]),
        .testTarget(name: "SessionCoreTests", dependencies: ["SessionCore"]),
        .testTarget(name: "UploadTestKitTests", dependencies: ["UploadTestKit", "UploadCore", "SessionCore"]),
        .testTarget(
            name: "DurableFilesTests",
            dependencies: ["DurableFiles", "UploadTestKit", "CFileSystem", "CSQLite", "CSystemCallProbe"]),
        .testTarget(
            name: "CatalogueSQLiteTests",
            dependencies: ["CatalogueSQLite", "UploadCore", "UploadTestKit", "DurableFiles", "CSQLite"]),
        .testTarget(
            name: "UploadCoreTests",
            dependencies: [
                "UploadCore", "SessionCore", "UploadTestKit", .product(name: "Crypto", package: "swift-crypto"),
            ]),
        .testTarget(
            name: "CataloguePostgresTests",
            dependencies: ["CataloguePostgres", "UploadCore", "UploadTestKit", "DurableFiles", "CLibPQ"],
            exclude: ["Support/server"]),
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

/// The engine's targets: their nonisolated asynchronous functions run on the executor of the caller. The other targets use
/// iterators of libraries whose `next()` does not.
let callerExecutorTargets = Set(package.targets.map(\.name))

if !isEngineOnly {
    package.products += [
        .executable(name: "wharf", targets: ["WharfCommand"]),
        .library(
            name: "UploadHTTP",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "HTTPWire",
                "UploadHTTP",
            ]),
        .library(
            name: "JWTAuthentication",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "HTTPWire",
                "UploadHTTP", "JWTAuthentication",
            ]),
        .library(
            name: "WharfServices",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles",
                "BlobStorage", "CatalogueSQLite", "Wharf", "ImagingWire", "ImagingPool", "HTTPWire", "UploadHTTP",
                "WharfServices",
            ]),
        .library(
            name: "UploadClient",
            targets: ["SessionCore", "UploadModel", "HTTPWire", "NativeWire", "ClientTransport", "UploadClient"]),
        .library(name: "WireLaws", targets: ["WireLaws"]),
        .library(
            name: "BlobStorageS3",
            targets: ["SessionCore", "UploadModel", "UploadCore", "ClientTransport", "BlobStorageS3"]),
        .library(
            name: "WharfCluster",
            targets: [
                "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles",
                "BlobStorage", "CatalogueSQLite", "Wharf", "CataloguePostgres", "ClientTransport", "BlobStorageS3",
                "WharfCluster",
            ]),
    ]
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", "1.8.2"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", "1.7.3"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-http-structured-headers", "1.7.0"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-http-types", "1.8.0"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-log", "1.16.2"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-metrics", "2.13.0"..<"3.0.0"),
        .package(url: "https://github.com/apple/swift-nio", "2.101.2"..<"3.0.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", "1.35.2"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", "1.46.0"..<"2.0.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", "2.37.6"..<"3.0.0"),
        // Without its traits Hummingbird needs no Foundation.
        .package(url: "https://github.com/hummingbird-project/hummingbird", "2.28.1"..<"3.0.0", traits: []),
        .package(url: "https://github.com/swift-server/async-http-client", "1.37.0"..<"2.0.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", "2.13.0"..<"3.0.0"),
        .package(url: "https://github.com/vapor/jwt-kit", "5.7.1"..<"6.0.0"),
    ]
    package.targets += [
        // The wire: requests and responses as values, both ways. HTTPWire has what all protocols share.
        .target(
            name: "HTTPWire",
            dependencies: [
                "UploadModel", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
            ]),
        .target(
            name: "NativeWire",
            dependencies: [
                "UploadModel", "HTTPWire", .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        // What must hold of the wire's parsers whatever comes in: for the tests, and for the fuzzers in Fuzz.
        .target(
            name: "WireLaws",
            dependencies: [
                "NativeWire", "ResumableWire", "HTTPWire", "UploadModel",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .target(
            name: "TusWire",
            dependencies: [
                "UploadModel", "HTTPWire", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .target(
            name: "ResumableWire",
            dependencies: [
                "UploadModel", "HTTPWire", .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "RawStructuredFieldValues", package: "swift-http-structured-headers"),
            ]),
        // Between the engine and the protocols: bodies into uploads, blobs into responses. No HTTP.
        .target(name: "UploadTransfer", dependencies: ["UploadCore", "SessionCore"]),
        .testTarget(
            name: "UploadTransferTests",
            dependencies: ["UploadTransfer", "UploadCore", "SessionCore", "UploadTestKit"]),
        .systemLibrary(name: "CMalloc"),
        // The page for people: its files are part of the binary.
        .target(
            name: "WebPage", dependencies: [.product(name: "Crypto", package: "swift-crypto")],
            resources: [.embedInCode("Resources")]),
        .target(
            name: "UploadHTTP",
            dependencies: [
                "CMalloc", "UploadDerivation", "UploadTransfer", "HTTPWire", "NativeWire", "TusWire", "ResumableWire",
                "WebPage",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // What runs beside a server: expiry, scrubs, derivations.
        .target(
            name: "WharfServices",
            dependencies: [
                "Wharf", "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "ImagingPool", "UploadHTTP",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(
            name: "WharfServicesTests",
            dependencies: [
                "WharfServices", "Wharf", "DurableFiles", "HTTPTestKit", "ImagingPool", "UploadCore", "SessionCore",
                "UploadDerivation", "UploadHTTP", "UploadTestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // What a server allocates: counted in a process of its own, run by a test.
        .target(name: "CAllocationProbe"),
        .executableTarget(
            name: "wharf-allocations",
            dependencies: [
                "CAllocationProbe", "DurableFiles", "UploadCore", "UploadHTTP", "Wharf",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        // The example of the README for servers, which a test compares and runs.
        .executableTarget(
            name: "serving-example",
            dependencies: [
                "Wharf", "WharfServices", "UploadHTTP", "ImagingPool",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Examples/Serving"),
        // Bearer tokens of identity providers.
        .target(
            name: "JWTAuthentication",
            dependencies: [
                "SessionCore", "UploadCore", "UploadHTTP", "NativeWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .testTarget(
            name: "JWTAuthenticationTests",
            dependencies: [
                "JWTAuthentication", "HTTPTestKit", "UploadHTTP", "UploadCore", "SessionCore", "UploadTestKit",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        // What clients of HTTP share: whom they trust, and why they have no response.
        .target(
            name: "ClientTransport",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        .target(
            name: "UploadClient",
            dependencies: [
                "ClientTransport", "SessionCore", "UploadModel", "DurableFiles", "HTTPWire", "NativeWire",
                "ResumableWire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]),
        // Bytes in a bucket, for engines that share a catalogue.
        // A node of a cluster: the engine over both.
        .target(
            name: "WharfCluster",
            dependencies: [
                "UploadDerivation", "BlobStorage", "CatalogueRows", "CatalogueSQLite", "CataloguePostgres",
                "BlobStorageS3", "Wharf",
            ]),
        .testTarget(
            name: "WharfClusterTests",
            dependencies: [
                "WharfCluster", "Wharf", "BlobStorage", "BlobStorageS3", "HTTPWire", "CatalogueRows", "CatalogueSQLite",
                "CataloguePostgres", "CLibPQ", "CSQLite", "DurableFiles", "UploadCore", "SessionCore", "UploadTestKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            exclude: ["Support/server"]),
        .target(
            name: "BlobStorageS3",
            dependencies: [
                "SessionCore", "UploadModel", "UploadCore", "ClientTransport", "DeliberateFaults", "HTTPWire",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        // Histories of clusters: nodes over a model of a catalogue and a simulated bucket.
        .target(
            name: "ClusterSimulation",
            dependencies: [
                "SessionCore", "UploadModel", "UploadCore", "UploadDerivation", "BlobStorageS3", "HTTPWire",
                "UploadSimulation", "UploadTestKit",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        .executableTarget(name: "wharf-simulate", dependencies: ["UploadSimulation", "ClusterSimulation"]),
        .testTarget(name: "ClusterSimulationTests", dependencies: ["ClusterSimulation", "UploadSimulation"]),
        .testTarget(
            name: "BlobStorageS3Tests",
            dependencies: [
                "BlobStorageS3", "HTTPWire", "UploadCore", "SessionCore", "UploadTestKit",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // A network that fails as it is told to, for tests of the server and the client.
        .target(
            name: "HTTPTestKit",
            dependencies: [
                "UploadTestKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .executableTarget(
            name: "WharfCommand",
            dependencies: [
                "Wharf", "WharfCluster", "WharfServices", "UploadCore", "UploadDerivation", "BlobStorage",
                "BlobStorageS3", "CataloguePostgres", "DurableFiles", "ImagingPool", "ImagingWire", "UploadHTTP",
                "UploadClient", "JWTAuthentication", "NativeWire", "TusWire", "HTTPWire",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),

        .testTarget(
            name: "NativeWireTests",
            dependencies: [
                "NativeWire", "HTTPWire", "WireLaws", "UploadCore", "SessionCore", "UploadTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "TusWireTests",
            dependencies: [
                "TusWire", "HTTPWire", "UploadCore", "SessionCore", "UploadTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(
            name: "ResumableWireTests",
            dependencies: [
                "ResumableWire", "HTTPWire", "UploadModel", "UploadTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]),
        .testTarget(name: "WebPageTests", dependencies: ["WebPage"]),
        .testTarget(
            name: "UploadHTTPTests",
            dependencies: [
                "UploadHTTP", "HTTPTestKit", "UploadTransfer", "WebPage", "HTTPWire", "NativeWire", "TusWire",
                "ResumableWire", "UploadCore",
                "SessionCore",
                "Wharf", "BlobStorage", "CatalogueSQLite", "DurableFiles", "UploadTestKit",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "CoreMetrics", package: "swift-metrics"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP2", package: "swift-nio-http2"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP2", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            exclude: ["Transcripts"]),
        .testTarget(
            name: "UploadClientTests",
            dependencies: [
                "UploadClient", "NativeWire", "HTTPWire", "ResumableWire", "SessionCore", "UploadCore", "DurableFiles",
                "UploadTestKit",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        .testTarget(
            name: "WharfCommandTests",
            dependencies: [
                "WharfCommand", "HTTPTestKit", "ImagingPool", "JWTAuthentication", "UploadClient", "UploadHTTP",
                "Wharf", "WharfCluster", "BlobStorageS3", "NativeWire", "UploadCore", "SessionCore", "DurableFiles",
                "UploadTestKit",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
        // The executable itself, as processes that are started, killed and started again.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "WharfCommand", "HTTPTestKit", "UploadClient", "NativeWire", "TusWire", "UploadCore", "SessionCore",
                "DurableFiles", "UploadTestKit", "wharf-allocations",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ]),
    ]
}

if hasImaging {
    package.products += [.executable(name: "wharf-imaging", targets: ["wharf-imaging"])]
    package.targets += [
        // The worker's half. Nothing else links libvips.
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .target(name: "Imaging", dependencies: ["ImagingWire", "CVips", "CWebP"]),
        // Workers: one process forks, and each child is sandboxed before it reads a file.
        .target(name: "ImagingWorker", dependencies: ["Imaging", "ImagingWire", "CSandbox"]),
        .executableTarget(name: "wharf-imaging", dependencies: ["Imaging", "ImagingWire", "ImagingWorker"]),
        .testTarget(
            name: "ImagingTests",
            dependencies: [
                "ImagingPool", "Imaging", "ImagingWire", "wharf-imaging", "UploadCore", "DurableFiles", "CVips",
                "CWebP", "CSandbox",
            ] + (hasVideo ? ["wharf-imaging-video"] : []),
            // Read from the package's folder, where tests run.
            exclude: ["Fixtures"]),
    ]
}

if hasVideo {
    package.products += [.executable(name: "wharf-imaging-video", targets: ["wharf-imaging-video"])]
    package.targets += [
        .systemLibrary(
            name: "CFFmpeg", pkgConfig: "libavformat",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libavutil-dev", "libswscale-dev"])]),
        .executableTarget(
            name: "wharf-imaging-video", dependencies: ["Imaging", "ImagingWire", "ImagingWorker", "CFFmpeg"]),
    ]
}

/// Targets without unsafe memory access: the compiler holds them to that.
let memorySafeTargets: Set = [
    "SessionCore", "DeliberateFaults", "UploadMemories", "UploadDerivation", "WebPage", "HTTPWire", "WireLaws",
    "ResumableWire",
]

for target in package.targets where target.type != .system {
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"),
            .enableUpcomingFeature("InferIsolatedConformances"),
            .enableUpcomingFeature("InternalImportsByDefault"),
            .enableUpcomingFeature("MemberImportVisibility"),
        ] + (memorySafeTargets.contains(target.name) ? [.strictMemorySafety()] : [])
        + (callerExecutorTargets.contains(target.name)
            ? [.enableUpcomingFeature("NonisolatedNonsendingByDefault")] : [])
}
