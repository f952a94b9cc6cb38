/// Which modules each target may import. Arrows point inward: what is listed further up knows nothing of what follows.
struct ImportTable {
    let allowed: [String: Set<String>]

    static let wharf = ImportTable(allowed: [
        "SessionCore": [],
        "DeliberateFaults": ["Glibc"],
        "CSHA256": [],
        "UploadModel": ["SessionCore", "CSHA256", "DeliberateFaults", "Crypto"],
        "CDeflate": [],
        "UploadCore": ["SessionCore", "UploadModel", "CDeflate", "DeliberateFaults", "Synchronization"],
        "UploadMemories": ["SessionCore", "UploadCore"],
        "UploadDerivation": ["SessionCore", "UploadModel", "UploadCore", "UploadMemories", "Synchronization"],
        "CFileSystem": [],
        "DurableFiles": ["CFileSystem", "DeliberateFaults", "Dispatch", "Glibc", "Synchronization"],
        "BlobStorage": [
            "SessionCore", "UploadCore", "DurableFiles", "DeliberateFaults", "Dispatch", "Synchronization",
        ],
        "CMalloc": [],
        "CatalogueRows": ["SessionCore", "UploadCore", "UploadMemories"],
        "CSQLite": [],
        "CatalogueSQLite": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "CatalogueRows", "DurableFiles",
            "DeliberateFaults", "CSQLite", "Synchronization",
        ],
        "CLibPQ": [],
        "CataloguePostgres": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "CatalogueRows", "DurableFiles",
            "DeliberateFaults", "CLibPQ", "Dispatch", "Glibc", "Synchronization",
        ],
        "Wharf": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "BlobStorage", "CatalogueSQLite",
            "DurableFiles", "Glibc", "Synchronization",
        ],
        "ImagingWire": [],
        "CSandbox": [],
        "ImagingPool": [
            "SessionCore", "UploadCore", "UploadDerivation", "DurableFiles", "ImagingWire", "CSandbox", "Glibc",
            "Synchronization",
        ],
        "CVips": [],
        "CWebP": [],
        "Imaging": ["ImagingWire", "CVips", "CWebP", "Glibc"],
        "ImagingWorker": ["Imaging", "ImagingWire", "CSandbox", "Glibc"],
        "wharf-imaging": ["Imaging", "ImagingWire", "ImagingWorker"],
        "CFFmpeg": [],
        "wharf-imaging-video": ["Imaging", "ImagingWire", "ImagingWorker", "CFFmpeg", "Glibc"],

        "UploadTestKit": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles", "DeliberateFaults",
            "CSQLite", "Dispatch", "Glibc", "Synchronization",
        ],
        "CSystemCallProbe": [],
        "UploadSimulation": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "DurableFiles", "UploadTestKit", "Wharf",
            "Synchronization",
        ],
        "ClusterSimulation": [
            "SessionCore", "UploadModel", "UploadCore", "UploadMemories", "UploadDerivation", "BlobStorageS3",
            "HTTPWire", "UploadSimulation", "UploadTestKit", "AsyncHTTPClient", "NIOCore", "NIOHTTP1",
            "Synchronization",
        ],
        "wharf-simulate": ["UploadSimulation", "ClusterSimulation", "Glibc"],

        "UploadTransfer": ["SessionCore", "UploadCore"],
        "HTTPWire": ["SessionCore", "UploadModel", "HTTPTypes", "FoundationEssentials", "RawStructuredFieldValues"],
        "NativeWire": [
            "SessionCore", "UploadModel", "HTTPWire", "HTTPTypes", "FoundationEssentials",
        ],
        "TusWire": [
            "SessionCore", "UploadModel", "HTTPWire", "HTTPTypes", "FoundationEssentials", "Crypto", "Synchronization",
        ],
        "ResumableWire": [
            "SessionCore", "UploadModel", "HTTPWire", "HTTPTypes", "FoundationEssentials", "RawStructuredFieldValues",
        ],
        "WebPage": ["Crypto"],
        "WireLaws": ["SessionCore", "UploadModel", "HTTPWire", "NativeWire", "ResumableWire", "HTTPTypes"],
        "UploadHTTP": [
            "CMalloc", "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "UploadTransfer", "HTTPWire",
            "NativeWire", "TusWire", "ResumableWire", "WebPage", "HTTPTypes", "Hummingbird", "HummingbirdCore", "Glibc",
            "Logging",
            "CoreMetrics", "Tracing", "NIOCore", "NIOPosix", "NIOHTTP1", "NIOHTTPTypes",
            "NIOHTTPTypesHTTP1", "NIOHTTPTypesHTTP2", "NIOHTTP2", "NIOSSL", "NIOTLS", "ServiceLifecycle",
            "Synchronization",
        ],
        "WharfServices": [
            "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation", "ImagingPool", "UploadHTTP", "Wharf",
            "Logging", "ServiceLifecycle",
        ],
        "CAllocationProbe": [],
        "wharf-allocations": [
            "CAllocationProbe", "DurableFiles", "UploadCore", "UploadHTTP", "Wharf", "Glibc", "Logging",
            "ServiceLifecycle",
        ],
        "JWTAuthentication": [
            "SessionCore", "UploadCore", "UploadHTTP", "NativeWire", "HTTPTypes", "JWTKit", "AsyncHTTPClient",
            "Logging",
            "NIOCore", "NIOHTTP1", "FoundationEssentials", "Synchronization",
        ],
        "ClientTransport": ["AsyncHTTPClient", "NIOCore", "NIOPosix", "NIOSSL", "Glibc"],
        "UploadClient": [
            "ClientTransport", "SessionCore", "UploadModel", "DurableFiles", "HTTPWire", "NativeWire", "ResumableWire",
            "HTTPTypes", "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOPosix", "NIOSSL", "Crypto", "Synchronization",
            "Glibc",
        ],
        "WharfCluster": [
            "SessionCore", "UploadCore", "UploadDerivation", "BlobStorage", "CatalogueRows", "CatalogueSQLite",
            "CataloguePostgres", "BlobStorageS3", "Wharf", "Synchronization",
        ],
        "BlobStorageS3": [
            "SessionCore", "UploadModel", "UploadCore", "ClientTransport", "DeliberateFaults", "HTTPWire",
            "AsyncHTTPClient", "NIOCore", "NIOHTTP1", "Crypto", "FoundationEssentials", "Synchronization",
        ],
        "HTTPTestKit": ["UploadTestKit", "Glibc", "Logging", "NIOCore", "NIOPosix", "Synchronization"],
        "WharfCommand": [
            "ImagingPool", "ImagingWire", "SessionCore", "UploadCore", "UploadMemories", "UploadDerivation",
            "BlobStorage", "BlobStorageS3", "CataloguePostgres", "WharfCluster",
            "DurableFiles", "Wharf", "WharfServices", "HTTPWire", "NativeWire", "TusWire", "UploadHTTP", "UploadClient",
            "JWTAuthentication", "ArgumentParser",
            "Logging", "NIOCore", "NIOPosix", "ServiceLifecycle", "Synchronization", "FoundationEssentials", "Glibc",
            "UnixSignals",
        ],
    ])

    /// The targets that keep something. None of them may know of another.
    static let stores: Set<String> = ["BlobStorage", "BlobStorageS3", "CatalogueSQLite"]

    /// The targets between the service and the network. They call the service and nothing below it.
    static let protocols: Set<String> = [
        "UploadTransfer", "HTTPWire", "NativeWire", "TusWire", "ResumableWire", "UploadHTTP", "WharfCommand",
    ]

    /// Targets without a folder, and folders without an entry.
    func mismatches(folders: [String]) -> [String] {
        let vanished = Set(allowed.keys).subtracting(folders).sorted().map { "\($0) is listed but has no folder" }
        let unlisted = Set(folders).subtracting(allowed.keys).sorted().map { "\($0) has a folder but is not listed" }
        return vanished + unlisted
    }

    /// What a file of a target must not import; everything, if the target is not listed.
    func rule(for target: String) -> Rule {
        let modules = allowed[target] ?? []
        return Rule { text in
            text.imports.filter { !modules.contains($0.module) }
                .map { Violation(line: $0.line, message: "\(target) may not import \($0.module)") }
        }
    }
}
