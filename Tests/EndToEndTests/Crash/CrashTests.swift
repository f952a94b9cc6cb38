import Glibc
import HTTPTypes
import NIOCore
import NativeWire
import SessionCore
import Testing
import UploadClient
import UploadTestKit

/// A server under a random load is killed again and again, and keeps what it promised.
///
/// The fault is `SIGKILL`: the process ends between any two instructions, the system lives on. What power loss does is the
/// simulation's to show. `WHARF_CRASH_SEED` and `WHARF_CRASH_ROUNDS` ask for another history and for more rounds.
@Suite(.serialized) struct CrashTests {
    private static let clientCount = 10

    @Test(.timeLimit(.minutes(60))) func `what was acknowledged survives every kill`() async throws {
        var random = SeededRandom(seed: Self.number("WHARF_CRASH_SEED", or: 1))
        let rounds = Self.number("WHARF_CRASH_ROUNDS", or: 25)
        let directory = try TemporaryDirectory()
        let (ledger, gate) = (CrashLedger(), Gate())
        let data = directory.path + "/data"
        let port = try lastingPort()

        try await withTransport(port: port, connections: 64) { network, address in
            let transport = RecordingTransport(next: network, ledger: ledger)
            let calls = PersistentCalls(calls: PlainCalls(transport: transport), gate: gate)
            let library = UploadClient(
                server: address, transport: transport, retries: Self.retries, timer: Self.timer(gate))
            var server = try await ServerBinary.start(data: data, port: port)
            gate.open()

            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<Self.clientCount {
                    let own = directory.path + "/client-\(number)"
                    mkdir(own, 0o700)
                    let client = LoadClient(calls: calls, library: library, ledger: ledger, directory: own)
                    let seeded = random.fork()
                    group.addTask { try await client.run(seeded) }
                }
                for round in 0..<rounds {
                    // Half of the kills come together with an acknowledgement: what it promises has to be durable by then.
                    let process = server.process
                    await ledger.steps(random.within(1...600), andAcknowledgement: random.chance(0.5)) {
                        gate.close()
                        process.kill(SIGKILL)
                    }
                    await server.kill()
                    let durability = round.isMultiple(of: 2) ? "process-crash" : "power-loss"
                    server = try await ServerBinary.start(
                        data: data, port: port, flags: ["--durability", durability])
                    gate.open()
                }
                ledger.endLoad()
                try await group.waitForAll()
            }

            await server.kill()
            server = try await ServerBinary.start(data: data, port: port)
            try await verify(ledger, calls)
            try await server.stop()
        }
        let check = try await Wharf.run(["check", "--data", data])
        #expect(check.output.contains("clean"))
    }

    /// Asks for everything that was promised.
    private func verify(_ ledger: CrashLedger, _ calls: PersistentCalls) async throws {
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
        #expect(ledger.promises.violations == [])
        // Kept by `swift test --attachments-path`.
        Attachment.record(ledger.promises.summary, named: "crash-test.txt")
    }

    // MARK: - Clients without a clock

    private static var retries: RetryPolicy {
        var retries = RetryPolicy()
        retries.attemptsMax = 1000
        return retries
    }

    /// Who waits waits for the server.
    private static func timer(_ gate: Gate) -> RetryTimer {
        RetryTimer(
            now: { Timestamp(milliseconds: 0) },
            wait: { _ in
                await gate.pass()
                try Task.checkCancellation()
            }, fraction: { 0 })
    }

    private static func number<Number: FixedWidthInteger>(_ name: String, or other: Number) -> Number {
        getenv(name).flatMap { Number(String(cString: $0)) } ?? other
    }
}
