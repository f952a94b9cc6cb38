import Glibc
import HTTPTestKit
import NativeWire
import Testing
import UploadClient
import UploadTestKit

/// Commands interrupted by a signal, on a network slow enough for that.
@Suite(.serialized, .timeLimit(.minutes(5))) struct InterruptionTests {
    private static let chunkSize = 100_000
    private static let content = Content(seed: 7, length: 4_000_000)
    /// The most bytes of a chunk's request besides the chunk.
    private static let headBytesMax = 1000

    @Test(arguments: [SIGINT, SIGTERM, SIGKILL])
    func `an interrupted upload resumes with the missing chunks`(signal: Int32) async throws {
        try await CommandFixture.run { fixture in
            let file = try fixture.file("file", Self.content)
            let put = ["put", file, "--chunk-size", "\(Self.chunkSize)"]
            // The first run's connections are slow, those of later runs are not.
            let plan = FaultPlan { $0 < 5 ? .delay(milliseconds: 60) : .none }
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                let environment = ["WHARF_SERVER": "http://127.0.0.1:\(proxy.port)"]
                let first = try fixture.start(put, environment: environment)
                try await withClient(port: fixture.server.port) { client in
                    _ = try await client.onlyUpload { $0.receivedBytes >= 5 * Self.chunkSize }
                    first.kill(signal)
                    let outcome = await Wharf.outcome(of: first)
                    let acknowledged = try await client.onlyUpload { $0.state == .pending }
                    if signal == SIGKILL {
                        #expect(outcome.end == .signal(SIGKILL))
                    } else {
                        #expect(outcome.end == .exit(130))
                        #expect(outcome.errors.contains("Run the same command again"))
                        #expect(outcome.errors.contains(acknowledged.id))
                    }

                    let sentBefore = proxy.currentCounts.requestBytes
                    let second = await Wharf.outcome(of: try fixture.start(put, environment: environment))
                    #expect(second.end == .exit(0), "\(second.errors)")
                    #expect(second.words.first == acknowledged.id)
                    let missing = Self.content.length - Int(acknowledged.receivedBytes)
                    let heads = (missing / Self.chunkSize + 5) * Self.headBytesMax
                    #expect(proxy.currentCounts.requestBytes - sentBefore <= missing + heads)
                    #expect(try await fixture.bytes(of: acknowledged.id) == Self.content.bytes)
                }
            }
        }
    }

    @Test(arguments: [SIGINT, SIGKILL])
    func `an interrupted directory resumes, and no file is stored twice`(signal: Int32) async throws {
        let count = 60
        try await CommandFixture.run { fixture in
            mkdir(fixture.path("top"), 0o700)
            for number in 0..<count { _ = try fixture.file("top/\(number)", Content(seed: UInt64(number), length: 50)) }
            let plan = FaultPlan { $0 < 5 ? .delay(milliseconds: 60) : .none }
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                let environment = ["WHARF_SERVER": "http://127.0.0.1:\(proxy.port)"]
                let first = try fixture.start(["put", fixture.path("top")], environment: environment)
                try await withClient(port: fixture.server.port) { client in
                    while try await client.uploads(state: .committed).sessions.count < 5 { await Task.yield() }
                    first.kill(signal)
                    let outcome = await Wharf.outcome(of: first)
                    if signal == SIGINT {
                        #expect(outcome.end == .exit(130) && outcome.errors.contains("of \(count) files. Run the same"))
                    }
                    let second = await Wharf.outcome(
                        of: try fixture.start(["put", fixture.path("top")], environment: environment))
                    #expect(second.end == .exit(0), "\(second.errors)")
                    let names = try await client.uploads(limit: 1000).sessions.map(\.name)
                    #expect(names.sorted() == (0..<count).map(String.init).sorted())
                }
            }
        }
    }

    @Test func `an interrupted upload of standard input is aborted`() async throws {
        try await CommandFixture.run { fixture in
            try await FaultyProxy.run(to: fixture.server.port, plan: .always(.delay(milliseconds: 60))) { proxy in
                let put = try Wharf.start(
                    ["put", "-", "--chunk-size", "\(Self.chunkSize)", "--server", "http://127.0.0.1:\(proxy.port)"],
                    input: Self.content.bytes)
                try await withClient(port: fixture.server.port) { client in
                    _ = try await client.onlyUpload { $0.receivedBytes >= Self.chunkSize }
                    put.kill(SIGINT)
                    let outcome = await Wharf.outcome(of: put)
                    #expect(outcome.end == .exit(130))
                    #expect(outcome.errors.contains("Standard input cannot be resumed"))
                    #expect(try await client.uploads().sessions.map(\.state) == [.aborted])
                }
            }
        }
    }

    @Test func `an interrupted download resumes`() async throws {
        try await CommandFixture.run { fixture in
            let blob = try await fixture.put(try fixture.file("file", Self.content))
            let plan = FaultPlan { $0 < 2 ? .delay(milliseconds: 40) : .none }
            try await FaultyProxy.run(to: fixture.server.port, plan: plan) { proxy in
                let get = [
                    "get", blob, "-o", fixture.path("copy"), "--server", "http://127.0.0.1:\(proxy.port)",
                ]
                let first = try fixture.start(get)
                let deadline = ContinuousClock.now + .seconds(30)
                while (TestFiles.read(fixture.path("copy.part"))?.count ?? 0) < 500_000, ContinuousClock.now < deadline
                {
                    await Task.yield()
                }
                first.kill(SIGINT)
                let outcome = await Wharf.outcome(of: first)
                #expect(outcome.end == .exit(130))
                #expect(outcome.errors.contains("copy.part"))
                let arrived = try #require(TestFiles.read(fixture.path("copy.part")))
                #expect(
                    arrived.count < Self.content.length
                        && arrived.elementsEqual(Self.content.bytes.prefix(arrived.count)))
                try await fixture.run("get", blob, "-o", fixture.path("copy"))
                #expect(TestFiles.read(fixture.path("copy")) == Self.content.bytes)
            }
        }
    }
}
