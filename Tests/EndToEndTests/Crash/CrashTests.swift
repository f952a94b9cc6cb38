import Glibc
import HTTPTypes
import NativeWire
import SessionCore
import Testing
import UploadClient

/// A server under a random load is killed repeatedly and keeps its promises.
///
/// The fault is `SIGKILL`: the process ends between any two instructions, the system lives on. Power loss is covered by
/// the simulation. `WHARF_CRASH_SEED` and `WHARF_CRASH_ROUNDS` select another history and more rounds.
@Suite(.serialized, .timeLimit(.minutes(60))) struct CrashTests {
    @Test func `acknowledged bytes survive every kill`() async throws {
        try await CrashFixture.run { fixture, number, random in
            let own = fixture.directory + "/client-\(number)"
            mkdir(own, 0o700)
            let library = UploadClient(
                server: fixture.address, transport: fixture.transport, retries: Self.retries,
                timer: Self.timer(fixture.serverUp))
            let client = LoadClient(calls: fixture.calls, library: library, ledger: fixture.ledger, directory: own)
            try await client.run(random)
        } verify: { fixture in
            try await Self.verify(fixture.ledger, fixture.calls)
        }
    }

    @Test func `bytes acknowledged over tus survive every kill`() async throws {
        let promises = TusPromises()
        try await CrashFixture.run { fixture, _, random in
            let calls = TusCalls(calls: fixture.calls, ledger: fixture.ledger, promises: promises)
            try await TusLoadClient(calls: calls).run(random)
        } verify: { fixture in
            try await TusCalls(calls: fixture.calls, ledger: fixture.ledger, promises: promises).verify()
            #expect(promises.counts.finished > 0 && promises.counts.deleted > 0)
        }
        Attachment.record(promises.summary, named: "crash-test-tus.txt")
    }

    @Test func `a memory has all its assets or does not exist, through every kill`() async throws {
        let promises = MemoryPromises()
        try await CrashFixture.run { fixture, _, random in
            try await MemoryLoadClient(calls: fixture.calls, ledger: fixture.ledger, promises: promises).run(random)
        } verify: { fixture in
            try await MemoryLoadClient(calls: fixture.calls, ledger: fixture.ledger, promises: promises).verify()
            #expect(promises.count(.made) > 0 && promises.count(.deleted) > 0)
        }
        Attachment.record(promises.summary, named: "crash-test-memories.txt")
    }

    /// Verifies every acknowledgement.
    private static func verify(_ ledger: CrashLedger, _ calls: RetryingCalls) async throws {
        let promises = ledger.promises
        #expect(promises.blobs.count > 0 && promises.acknowledgedCount > 0)
        for (upload, acknowledged) in promises.acknowledged {
            let document = try await calls.document(UploadDocument.self, [200]) { try await $0.status(upload) }
            ledger.compare(document, with: acknowledged)
        }
        for blob in promises.blobs {
            let answer = try await calls.answer([200]) { try await $0.send(.get, NativePath.blob(blob.id)) }
            if answer.body != blob.content.buffer {
                ledger.violation("\(blob.id) came back different")
            }
        }
        // Kept by `swift test --attachments-path`.
        Attachment.record(ledger.promises.summary, named: "crash-test.txt")
    }

    // MARK: - Clients without a clock

    private static var retries: RetryPolicy {
        var retries = RetryPolicy()
        retries.attemptsMax = 1000
        return retries
    }

    /// Delays end when the server is up.
    private static func timer(_ serverUp: ServerUpSignal) -> RetryTimer {
        RetryTimer(
            now: { Timestamp(milliseconds: 0) },
            wait: { _ in
                await serverUp.wait()
                try Task.checkCancellation()
            }, fraction: { 0 })
    }
}
