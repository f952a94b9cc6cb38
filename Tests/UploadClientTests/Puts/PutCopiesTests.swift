import HTTPTypes
import HTTPWire
import NativeWire
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// Files whose bytes the server has, of which this machine does not know.
@Suite struct PutCopiesTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture(chunkSize: 300_000)
        fixture.server.state.withLock { $0.features = ServerFeatures(batchMax: 100, deduplication: true) }
    }

    private func write(_ sizes: [String: Int]) throws {
        for (name, size) in sizes { try fixture.write(content(size, seed: UInt64(size)), to: name) }
    }

    private func posts(_ path: String) -> Int {
        fixture.server.calls.filter { $0.method == .post && $0.path.prefix { $0 != "?" } == path }.count
    }

    @Test func `after the loss of the journal small files are found by their bytes`() async throws {
        try write(["a": 100, "b": 200, "empty": 0])
        let first = try await fixture.outcomes(of: ["a", "b", "empty"])
        let second = try await fixture.outcomes(of: ["a", "b", "empty"], hasJournal: false)
        #expect(second.known == first.sent.mapValues(\.blob).filter { $0.key != "empty" })
        #expect(second.sent.keys.sorted() == ["empty"] && second.copied.isEmpty)
        #expect(fixture.server.files.filter { !$0.bytes.isEmpty }.count == 2)
    }

    @Test func `bytes under another name are copied, once for all runs, and then known`() async throws {
        try write(["a": 100])
        let original = try #require(try await fixture.outcomes(of: ["a"]).sent["a"])
        try write(["renamed.jpg": 100])
        let copy = try #require(try await fixture.outcomes(of: ["renamed.jpg"]).copied["renamed.jpg"])
        #expect(copy.blob != original.blob && copy.name == "renamed.jpg" && copy.type == "image/jpeg")
        #expect(fixture.server.blob(copy.blob) == content(100, seed: 100))
        #expect(posts("/v1/blobs") + posts("/v1/blobs/batch") == 1, "the bytes are sent once")
        let again = try await fixture.outcomes(of: ["renamed.jpg"], hasJournal: false)
        #expect(again.copied["renamed.jpg"]?.blob == copy.blob)
        #expect(try await fixture.outcomes(of: ["renamed.jpg"]).known == ["renamed.jpg": copy.blob])
    }

    @Test func `a file of another capsule is copied, under the same name, too`() async throws {
        try write(["a": 100])
        let original = try #require(try await fixture.outcomes(of: ["a"]).sent["a"])
        fixture.server.state.withLock { $0.blobs[original.blob]?.document.capsule = "another" }
        let second = try await fixture.outcomes(of: ["a"], hasJournal: false)
        let copy = try #require(second.copied["a"])
        #expect(copy.blob != original.blob && second.known.isEmpty)
    }

    @Test func `large files are compared on request`() async throws {
        try write(["film": 2 << 20])
        let first = try #require(try await fixture.outcomes(of: ["film"]).sent["film"])
        let second = try await fixture.outcomes(of: ["film"], hasJournal: false, asksForLarge: true)
        #expect(second.known == ["film": first.blob])
        #expect(posts("/v1/uploads") == 1)
        try write(["other": 2 << 20])
        #expect(try await fixture.outcomes(of: ["other"], asksForLarge: true).copied["other"]?.name == "other")
        #expect(try await fixture.outcomes(of: ["film"], hasJournal: false).sent.count == 1, "without asking")
    }

    @Test func `a plan tells what would be copied and skipped without the journal, and changes nothing`() async throws {
        try write(["a": 100, "film": 2 << 20])
        let first = try await fixture.outcomes(of: ["a", "film"])
        try write(["renamed": 100, "new": 50])
        let files = try ["a", "renamed", "new", "film"].map { try fixture.putFile($0) }
        let (before, blobs) = (fixture.server.files.count, first.sent.mapValues(\.blob))
        let client = try fixture.client()
        let plans = try await fixture.putRun(client, hasJournal: false).plans(for: files)
        let (a, film) = (try #require(blobs["a"]), try #require(blobs["film"]))
        #expect(plans == [.skip(blob: a), .copy(blob: a), .send, .send])
        let asking = try await fixture.putRun(client, hasJournal: false, asksForLarge: true).plans(for: files)
        #expect(asking == [.skip(blob: a), .copy(blob: a), .send, .skip(blob: film)])
        #expect(fixture.server.files.count == before && posts("/v1/blobs/\(a)/copies") == 0)
    }

    @Test func `nothing is asked on request, and without the feature`() async throws {
        try write(["a": 100, "b": 200])
        _ = try await fixture.outcomes(of: ["a", "b"])
        let lookups = posts("/v1/blobs/lookup")
        #expect(try await fixture.outcomes(of: ["a"], skips: false, hasJournal: false).sent.count == 1)
        fixture.server.state.withLock { $0.features = ServerFeatures(batchMax: 100) }
        #expect(try await fixture.outcomes(of: ["b"], hasJournal: false).sent.count == 1)
        #expect(posts("/v1/blobs/lookup") == lookups)
    }

    @Test(arguments: ["/v1/blobs/lookup", "/copies"])
    func `a refused lookup or copy sends the bytes`(_ refused: String) async throws {
        try write(["a": 100])
        _ = try await fixture.outcomes(of: ["a"])
        try write(["b": 100, "c": 100])
        fixture.server.fail { $0.path.hasSuffix(refused) ? .refused(Problem(UploadError(.notFound(.blob)))) : nil }
        let second = try await fixture.outcomes(of: ["b", "c"])
        #expect(second.sent.keys.sorted() == ["b", "c"] && second.failed.isEmpty)
    }
}
