import Glibc
import HTTPTestKit
import NativeWire
import SessionCore
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// Client and server over a network that cuts, delays, truncates and repeats.
@Suite(.serialized, .timeLimit(.minutes(5))) struct FaultyNetworkTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `uploads and downloads complete, and no acknowledged chunk is sent again`(seed: UInt64) async throws {
        try await CommandFixture.run { fixture in
            let plan = FaultPlan.seeded(seed, bytesMax: 300_000)
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                try await Self.withClient(through: proxy) { client, ledger in
                    for length in [0, 1, 50_000, 65_537, 400_000, 1_500_000] {
                        let content = Content(seed: seed + UInt64(length), length: length)
                        let path = try fixture.file("file-\(length)", content)
                        let options = PutOptions(chunkSize: 64 << 10)
                        let finished = try await client.put(
                            .file(path: path), options: options, resume: ResumeStore(directory: fixture.path("state")))
                        #expect(finished.sha256 == content.digest.hex)
                        _ = try await client.get(finished.blob, to: path + ".copy")
                        #expect(TestFiles.read(path + ".copy") == content.bytes)
                    }
                    #expect(ledger.promises.violations == [])
                    // No upload was abandoned or repeated.
                    let uploads = try await client.uploads().sessions
                    #expect(uploads.map(\.state) == Array(repeating: .committed, count: 6))
                }
                let counts = proxy.currentCounts
                #expect(counts.cut > 0 && counts.connections > counts.cut, "\(counts)")
            }
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `uploads by the IETF's protocol complete with the bytes of the file`(seed: UInt64) async throws {
        try await CommandFixture.run(flags: ["--set", "checkpoint-bytes=64KiB"]) { fixture in
            let plan = FaultPlan.seeded(seed, bytesMax: 600_000)
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                try await Self.withClient(through: proxy) { client, _ in
                    var options = PutOptions()
                    options.uploadProtocol = .ietf()
                    for length in [0, 1, 65_537, 400_000, 1_500_000] {
                        let content = Content(seed: seed + UInt64(length), length: length)
                        let path = try fixture.file("file-\(length)", content)
                        let finished = try await client.put(
                            .file(path: path), options: options, resume: ResumeStore(directory: fixture.path("state")))
                        #expect(finished.sha256 == content.digest.hex)
                        _ = try await client.get(finished.blob, to: path + ".copy")
                        #expect(TestFiles.read(path + ".copy") == content.bytes)
                    }
                    // No upload was abandoned or repeated.
                    let uploads = try await client.uploads().sessions
                    #expect(uploads.map(\.state) == Array(repeating: .committed, count: 5))
                }
                let counts = proxy.currentCounts
                #expect(counts.cut > 0 && counts.connections > counts.cut, "\(counts)")
            }
        }
    }

    @Test func `a duplicated request takes effect once`() async throws {
        try await CommandFixture.run { fixture in
            // The first connection loses the response to the begin request, later ones that to a chunk or to the
            // finish.
            let plan = FaultPlan { $0 < 6 ? .duplicate(request: $0 == 0 ? 0 : 1) : .none }
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                let content = Content(seed: 1, length: 500_000)
                let path = try fixture.file("file", content)
                try await Self.withClient(through: proxy) { client, ledger in
                    let options = PutOptions(chunkSize: 100_000, parallel: 1)
                    let finished = try await client.put(.file(path: path), options: options)
                    #expect(try await client.uploads().sessions.map(\.id) == [finished.upload])
                    #expect(ledger.promises.violations == [])
                    _ = try await client.get(finished.blob, to: path + ".copy")
                }
                #expect(TestFiles.read(path + ".copy") == content.bytes)
                #expect(proxy.currentCounts.duplicated >= 4, "\(proxy.currentCounts)")
            }
        }
    }

    @Test func `a network without responses fails after the permitted attempts`() async throws {
        try await CommandFixture.run { fixture in
            for fault in [
                ConnectionFault.cutRequest(afterBytes: 0), .cutAnswer(afterBytes: 20), .truncateAnswer(afterBytes: 20),
            ] {
                try await FaultyProxy.run(to: fixture.server.port, plan: .always(fault)) { proxy in
                    var retries = RetryPolicy()
                    retries.attemptsMax = 7
                    try await Self.withClient(through: proxy, retries: retries) { client, _ in
                        let error = try await #require(throws: ClientError.self) { try await client.uploads() }
                        #expect(error.code == .unreachable && error.isTemporary)
                    }
                    #expect(proxy.currentCounts.connections == 7, "\(fault)")
                }
            }
        }
    }

    /// Runs `body` with a client whose delays take no time and the ledger of its acknowledgements.
    private static func withClient(
        through proxy: FaultyProxy, retries: RetryPolicy? = nil,
        _ body: (UploadClient, CrashLedger) async throws -> Void
    ) async throws {
        var patient = RetryPolicy()
        patient.attemptsMax = 100
        let ledger = CrashLedger()
        let timer = RetryTimer(
            now: { Timestamp(milliseconds: 0) }, wait: { _ in try Task.checkCancellation() }, fraction: { 0 })
        try await withTransport(port: proxy.port) { network, address in
            let client = UploadClient(
                server: address, transport: RecordingTransport(next: network, ledger: ledger),
                retries: retries ?? patient, timer: timer)
            try await body(client, ledger)
        }
    }
}
