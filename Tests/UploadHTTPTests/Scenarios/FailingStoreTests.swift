import DurableFiles
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit
import Wharf

/// The main routes over a store whose disk is full, fails, or has lost bytes: no request succeeds that was not kept, and
/// the same request succeeds once the disk works.
@Suite(.timeLimit(.minutes(5))) struct FailingStoreTests {
    private static let bytes = content(4000)

    /// A request that changes the store, and its successful status.
    private struct Change: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let status: Int
        /// Prepares the request on a disk that works.
        let request: @Sendable (RouterTransport) async throws -> ClientRequest

        init(
            _ name: String, _ status: Int,
            _ request: @escaping @Sendable (RouterTransport) async throws -> ClientRequest
        ) {
            testDescription = name
            self.status = status
            self.request = request
        }
    }

    private static let json = (name: "Content-Type", value: "application/json")
    private static let tus = (name: "Tus-Resumable", value: "1.0.0")

    private static func begin(_ transport: RouterTransport) async throws -> String {
        try await APIClient(over: transport).begin(name: "a", length: bytes.count, chunkSize: bytes.count).id
    }

    private static func createTus(_ transport: RouterTransport) async throws -> String {
        let created = try await transport.send(
            ClientRequest("POST", "/files", fields: [tus, ("Upload-Length", "\(bytes.count)")], body: []))
        let location = try #require(created["Location"])
        return String(location[try #require(location.firstRange(of: "/files/")).lowerBound...])
    }

    private static let changes: [Change] = [
        Change("begin", 201) { _ in
            ClientRequest("POST", "/v1/uploads", fields: [json], body: Array("{\"name\":\"a\",\"length\":4000}".utf8))
        },
        Change("chunk", 204) { transport in
            ClientRequest("PUT", "/v1/uploads/\(try await begin(transport))/chunks/0", body: bytes)
        },
        Change("finish", 200) { transport in
            let id = try await begin(transport)
            try await APIClient(over: transport).putChunk(0, of: id, bytes)
            return ClientRequest("POST", "/v1/uploads/\(id)/finish", fields: [json], body: Array("{}".utf8))
        },
        Change("abort", 204) { transport in
            ClientRequest("DELETE", "/v1/uploads/\(try await begin(transport))")
        },
        Change("whole", 201) { _ in ClientRequest("POST", "/v1/blobs?name=a", body: bytes) },
        Change("delete", 204) { transport in
            ClientRequest("DELETE", "/v1/blobs/\(try await APIClient(over: transport).putBlob(bytes).blob)")
        },
        Change("tus creation", 201) { _ in
            ClientRequest("POST", "/files", fields: [tus, ("Upload-Length", "4000")], body: [])
        },
        Change("tus PATCH", 204) { transport in
            ClientRequest(
                "PATCH", try await createTus(transport),
                fields: [tus, ("Upload-Offset", "0"), ("Content-Type", TusClient.patchType)], body: bytes)
        },
        Change("tus DELETE", 204) { transport in
            ClientRequest("DELETE", try await createTus(transport), fields: [tus])
        },
    ]

    @Test(arguments: changes.indices, [FileError.Code.noSpace, .io])
    func `a change that the disk refuses fails, and succeeds when repeated on a disk that works`(
        _ number: Int, _ code: FileError.Code
    ) async throws {
        let change = Self.changes[number]
        try await run { transport, files in
            let request = try await change.request(transport)
            files.setFaults(SimulatedFaults([.write: 1, .syncData: 1, .truncate: 1], codes: [code]))
            let refused = try await transport.send(request)
            #expect(refused.status == (code == .noSpace ? 507 : 503), "\(change.testDescription): \(refused.text)")
            files.setFaults(.none)
            let status = try await transport.send(request).status
            #expect(status == change.status, "\(change.testDescription)")
        }
    }

    @Test func `bytes that the disk has lost are an internal error, not a success`() async throws {
        try await run { transport, files in
            let api = APIClient(over: transport)
            let id = try await Self.begin(transport)
            try await api.putChunk(0, of: id, Self.bytes)
            for file in files.files(under: "bytes") { files.truncateBehindBack(file.path, to: 10) }
            let finish = ClientRequest("POST", "/v1/uploads/\(id)/finish", fields: [Self.json], body: Array("{}".utf8))
            let answer = try await transport.send(finish)
            #expect(answer.status == 500 && answer.code == "store_corrupt")
            let status = try await api.status(of: id)
            #expect(status.state == .finishing)
        }
    }

    @Test func `damaged bytes of a small blob are an internal error, not the start of a response`() async throws {
        let files = SimulatedFileSystem(seed: 1)
        let small = content(800)
        var id = ""
        try await run(on: files) { transport, _ in id = try await APIClient(over: transport).putBlob(small).blob }
        let database = try #require(files.contents(of: "catalogue.db"))
        let place = try #require((0..<database.count - 800).first { database[$0..<$0 + 800].elementsEqual(small) })
        files.corrupt("catalogue.db", at: UInt64(place + 799))
        try await run(on: files) { transport, _ in
            for fields in [[], [("Range", "bytes=0-9")]] as [[(name: String, value: String)]] {
                let answer = try await transport.send(ClientRequest("GET", "/v1/blobs/\(id)", fields: fields))
                #expect(answer.status == 500 && answer.code == "store_corrupt")
            }
        }
    }

    private func run(
        on files: SimulatedFileSystem = SimulatedFileSystem(seed: 1),
        _ body: (RouterTransport, SimulatedFileSystem) async throws -> Void
    ) async throws {
        let vfs = SimulatedVFS(over: files, seed: 1)
        defer { vfs.unregister() }
        var limits = Limits()
        limits.freeBytesMin = 0
        limits.catalogueBytesMax = 1000
        let location = StoreLocation(
            files: files, pool: ThreadPool(name: "test-io", threads: 2),
            cataloguePool: ThreadPool(name: "test-sql", threads: 1), cataloguePath: "catalogue.db", vfs: vfs.name,
            shards: 2)
        let store = try await UploadStore(location, clock: ManualClock(), limits: limits)
        let settings = ServerSettings(limits: limits)
        let protocols = UploadProtocols(store.uploads, files: nil, metrics: settings.metrics)
        try await body(RouterTransport(protocols, settings), files)
        await store.close()
    }
}
