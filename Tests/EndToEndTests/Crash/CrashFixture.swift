import Glibc
import NativeWire
import Testing
import UploadClient
import UploadTestKit

/// A server that is killed repeatedly under the load of its clients.
struct CrashFixture: Sendable {
    private static let clientCount = 10

    let directory: String
    let address: ServerAddress
    let transport: RecordingTransport
    let ledger: CrashLedger
    let serverUp: ServerUpSignal

    var calls: RetryingCalls { RetryingCalls(calls: RawCalls(transport: transport), serverUp: serverUp) }

    /// Runs the load and the kills, then verifies against a restarted server.
    ///
    /// - Parameters:
    ///   - client: Works until the ledger ends the load.
    ///   - verify: Verifies every acknowledgement.
    static func run(
        client: @escaping @Sendable (CrashFixture, _ number: Int, SeededRandom) async throws -> Void,
        verify: (CrashFixture) async throws -> Void
    ) async throws {
        var random = SeededRandom(seed: Self.number("WHARF_CRASH_SEED", or: 1))
        let rounds = Self.number("WHARF_CRASH_ROUNDS", or: 25)
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        let port = try stablePort()

        try await withTransport(port: port, connections: 64) { network, address in
            let ledger = CrashLedger()
            let fixture = CrashFixture(
                directory: directory.path, address: address,
                transport: RecordingTransport(next: network, ledger: ledger), ledger: ledger, serverUp: ServerUpSignal()
            )
            var server = try await start(data: data, port: port, durability: "power-loss")
            fixture.serverUp.open()

            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<clientCount {
                    let seeded = random.fork()
                    group.addTask { try await client(fixture, number, seeded) }
                }
                for round in 0..<rounds {
                    // Half of the kills coincide with an acknowledgement, whose bytes must be durable by then.
                    let process = server.process
                    await ledger.steps(random.within(1...600), andAcknowledgement: random.chance(0.5)) {
                        fixture.serverUp.close()
                        process.kill(SIGKILL)
                    }
                    await server.kill()
                    let durability = round.isMultiple(of: 2) ? "process-crash" : "power-loss"
                    server = try await start(data: data, port: port, durability: durability)
                    fixture.serverUp.open()
                }
                ledger.endLoad()
                try await group.waitForAll()
            }

            await server.kill()
            server = try await start(data: data, port: port, durability: "power-loss")
            try await verify(fixture)
            #expect(ledger.promises.violations == [])
            try await server.stop()
        }
        let check = try await Wharf.run(["check", "--data", data])
        #expect(check.output.contains("clean"))
    }

    /// Permits the many uploads that clients leave behind.
    private static func start(data: String, port: Int, durability: String) async throws -> ServerBinary {
        try await ServerBinary.start(
            data: data, port: port, flags: ["--durability", durability],
            environment: ["WHARF_ACTIVE_UPLOADS_MAX": "100000"])
    }

    private static func number<Number: FixedWidthInteger>(_ name: String, or other: Number) -> Number {
        getenv(name).flatMap { Number(String(cString: $0)) } ?? other
    }
}
