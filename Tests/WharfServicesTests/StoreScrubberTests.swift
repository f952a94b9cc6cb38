import DurableFiles
import Glibc
import HTTPTestKit
import Logging
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit
import Wharf

@testable import WharfServices

@Suite struct StoreScrubberTests {
    private struct Finished: Error {}

    /// The pauses and log lines of a service that runs for a number of steps.
    private final class Run: Sendable {
        private let state: Mutex<(left: Int, pauses: [Int64])>
        private let log = LogCapture()

        init(steps: Int) { state = Mutex((steps, [])) }

        var pauses: [Int64] { state.withLock { $0.pauses } }
        /// Without those for debugging.
        var lines: [LogCapture.Line] { log.lines.filter { $0.level >= .info } }

        func pause(_ milliseconds: Int64) throws {
            try state.withLock { state in
                state.pauses.append(milliseconds)
                if state.left == 0 { throw Finished() }
                state.left -= 1
            }
        }

        func run(_ store: EmbeddedStore, intervalMilliseconds: Int64 = 1_000_000) async throws {
            try await run(intervalMilliseconds) { OwnScrub(store.uploads.maintenance.scrubber(), $0) }
        }

        func run(
            _ intervalMilliseconds: Int64, _ begin: @escaping @Sendable (ScrubPace) -> any ScrubLoop
        ) async throws {
            let pace = ScrubPace(intervalMilliseconds: intervalMilliseconds, bytesPerSecond: 64 << 10)
            try await StoreScrubber(
                pace, begin: { begin(pace) }, pause: { try self.pause($0) },
                metrics: ServerMetrics(factory: PrometheusMetrics()), logger: log.logger
            ).run()
        }
    }

    /// Its store is away.
    private struct FailingScrub: ScrubLoop {
        func step() throws(UploadError) -> ScrubLoopStep? { throw UploadError(.unavailable(detail: "away")) }
        func end() throws(UploadError) { throw UploadError(.unavailable(detail: "away")) }
    }

    @Test(arguments: [(500, 1000), (5000, 5000), (86_400_000, 60_000)])
    func `after a failure it waits as it does while nothing is to be verified`(
        _ intervalMilliseconds: Int64, _ pause: Int64
    ) async throws {
        let run = Run(steps: 2)
        try await run.run(intervalMilliseconds) { _ in FailingScrub() }
        #expect(run.pauses == [1000, pause, pause])
        let messages = run.lines.map(\.message)
        #expect(messages.dropLast().allSatisfy { $0.hasSuffix("failed, will retry") } && messages.count == 3)
        #expect(messages.last?.hasPrefix("other nodes go on") == true)
    }

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test func `damage is logged with what to do, at the rate that is set, and a good store in one line`() async throws
    {
        let store = try await EmbeddedStore(directory: directory.path)
        let anna = Principal("anna")
        let capsule = try await store.uploads.defaultCapsule(of: anna)
        let request = BeginRequest(
            capsule: capsule.id, asset: AssetMetadata(name: "kiss.jpg"), layout: .append, length: 200_000)
        let id = try await store.uploads.beginUpload(request, by: anna).record.id
        let bytes = [UInt8](repeating: 7, count: 200_000)
        _ = try await store.uploads.append(id, at: 0, bytes[...], by: anna)
        let record = try await store.uploads.commit(id, by: anna)

        let first = Run(steps: 3)
        try await first.run(store)
        #expect(first.lines.map(\.message) == ["stored bytes verified"])
        // A second, the time for 200,000 bytes and a row, the end, and the pause without a pass.
        #expect(first.pauses == [1000, (200_000 + 4096) * 1000 / (64 << 10), 1000, 60_000])
        await store.close()

        let key = record.meta.key.digest.hex
        let path = directory.path + "/bytes/\(key.prefix(2))/\(key)"
        let descriptor = open(path, O_WRONLY)
        try #require(descriptor >= 0)
        #expect(pwrite(descriptor, "x", 1, 150_000) == 1)
        close(descriptor)
        let again = try await EmbeddedStore(directory: directory.path)
        let second = Run(steps: 1)
        try await second.run(again, intervalMilliseconds: 0)
        let line = try #require(second.lines.first)
        #expect(line.level == .error && line.message == "stored bytes are damaged")
        #expect(line.metadata["kind"] == "digest_mismatch" && line.metadata["upload"] == id.text)
        #expect(line.metadata["detail"]?.contains("kiss.jpg") == true)
        #expect(line.metadata["advice"]?.contains("Restore the file from a backup") == true)
        await again.close()
    }
}
