import DurableFiles
import NativeWire
import SessionCore
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// A server in memory, a directory, and clients of the server whose waits take no time.
struct Fixture {
    let server: TestServer
    let directory: TemporaryDirectory
    let waits = Waits()
    /// What clients warned of.
    let warnings = Warnings()

    final class Warnings: Sendable {
        private let sentences = Mutex<[String]>([])
        var all: [String] { sentences.withLock { $0 } }
        func add(_ sentence: String) { sentences.withLock { $0.append(sentence) } }
    }

    /// The delays that clients requested.
    final class Waits: Sendable {
        private let milliseconds = Mutex<[Int64]>([])
        var all: [Int64] { milliseconds.withLock { $0 } }
        var sum: Int64 { all.reduce(0, +) }
        func add(_ wait: Int64) { milliseconds.withLock { $0.append(wait) } }
    }

    init(chunkSize: UInt64 = 1000) throws {
        server = TestServer(chunkSize: chunkSize)
        directory = try TemporaryDirectory()
    }

    var store: ResumeStore { ResumeStore(directory: directory.path + "/state") }

    /// A new client, as in a new process.
    func client(
        retries: RetryPolicy = RetryPolicy(), requestsMax: Int = .max, bytesPerSecondMax: UInt64? = nil
    ) throws -> UploadClient {
        let waits = waits
        let timer = RetryTimer(
            now: { Timestamp(milliseconds: waits.sum) },
            wait: { milliseconds in
                try Task.checkCancellation()
                waits.add(milliseconds)
                await Task.yield()
            }, fraction: { 0.5 })
        return UploadClient(
            server: try ServerAddress("http://127.0.0.1:8080"), transport: server, retries: retries, timer: timer,
            requestsMax: requestsMax, bytesPerSecondMax: bytesPerSecondMax, onWarning: warnings.add)
    }

    func path(_ name: String) -> String { directory.path + "/" + name }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String = "file") throws -> String {
        let path = path(name)
        try TestFiles.write(bytes, to: path)
        return path
    }

    /// The number of stored states of unfinished uploads.
    var states: Int { Self.names(in: store.directory).count }

    static func names(in directory: String) -> [String] {
        (try? POSIXFileSystem(root: directory).list("")) ?? []
    }
}

/// Bytes without a pattern.
func content(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return random.bytes(count)
}

/// The error of a call, which must fail.
func refusal(
    sourceLocation: SourceLocation = #_sourceLocation, _ call: () async throws -> some Any
) async throws -> ClientError {
    do {
        _ = try await call()
    } catch let error as ClientError {
        return error
    }
    Issue.record("The call succeeded", sourceLocation: sourceLocation)
    throw Succeeded()
}

private struct Succeeded: Error {}
