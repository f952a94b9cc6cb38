import ArgumentParser
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import WharfCommand

@Suite struct ClusterCheckTests {
    private typealias Service = UploadService<ModelCatalogue, ModelSegmentStore, ManualClock>

    /// The output by stream.
    private final class Written: Sendable {
        private let lines = Mutex<[StandardStream: String]>([:])
        func add(_ text: String, _ stream: StandardStream) { lines.withLock { $0[stream, default: ""] += text } }
        subscript(_ stream: StandardStream) -> String { lines.withLock { $0[stream] ?? "" } }
    }

    private let segments: ModelSegmentStore
    private let service: Service

    /// A store with one blob of 40 bytes.
    init() async throws {
        let catalogue = ModelCatalogue(isShared: true)
        segments = ModelSegmentStore(index: catalogue)
        var limits = Limits()
        limits.catalogueBytesMax = 0
        service = try Service(catalogue: catalogue, blobs: segments, clock: ManualClock(), limits: limits)
        let ben = Principal("ben")
        let capsule = try await service.createCapsule(title: "wedding", by: ben).id
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: .append, length: 40)
        let id = try await service.beginUpload(request, by: ben).record.id
        _ = try await service.append(id, at: 0, [UInt8](repeating: 7, count: 40)[...], by: ben)
        _ = try await service.commit(id, by: ben)
    }

    private func check(
        verifying: Bool = false, repair: Bool = false, json: Bool = false, to written: Written = Written()
    ) async throws -> (status: Int32, written: Written) {
        let output = Output(isJSON: json) { written.add($0, $1) }
        do {
            try await ClusterFlags.check(service.maintenance, verifying: verifying, repair: repair, output)
        } catch let code as ExitCode {
            return (code.rawValue, written)
        }
        return (0, written)
    }

    @Test func `a store without issues is reported as clean, and what was read`() async throws {
        let (status, written) = try await check()
        #expect(status == 0 && written[.output] == "1 uploads, 3 objects, 0 B verified: clean\n")
        #expect(try await check(verifying: true).written[.output] == "1 uploads, 3 objects, 40 B verified: clean\n")
    }

    @Test func `issues are lines with their advice, and repaired on request`() async throws {
        let orphan = ObjectKey(Digest(of: [7]))
        segments.change { $0[orphan] = [1] }
        let found = try await check()
        #expect(found.status == CommandStatus.refused.rawValue)
        #expect(
            found.written[.output].hasPrefix(
                "orphan_object  segment \(orphan.digest.hex), 1 bytes  Repair the store: the object is moved below"))
        #expect(found.written[.output].hasSuffix("(repairable)\n1 uploads, 4 objects, 0 B verified: 1 issue\n"))
        let json = try await check(json: true).written[.output]
        #expect(json.contains(#""kind":"orphan_object""#) && json.contains(#""repairable":true"#))
        #expect(json.contains(#""findings":1"#) && json.contains(#""repaired":0"#))

        let repaired = try await check(repair: true)
        #expect(repaired.status == CommandStatus.refused.rawValue)
        #expect(repaired.written[.output].hasSuffix("1 issue, 1 repaired\n"))
        #expect(try await check().status == 0)
    }

    @Test func `a repair that fails holds up no other, and the command says that it is to be run again`() async throws {
        let orphans = [1, 2, 3].map { ObjectKey(Digest(of: [$0])) }
        segments.change { for orphan in orphans { $0[orphan] = [1] } }
        segments.makeStuck([orphans[1]])
        let failure = await #expect(throws: CommandFailure.self) { try await check(repair: true) }
        #expect(failure?.status == .temporary)
        let cause = "1 of the issues were not repaired: \(orphans[1].digest.hex) is stuck"
        #expect(failure?.message.contains(cause) == true)
        #expect(segments.quarantined == [orphans[0], orphans[2]])
        segments.makeStuck([])
        #expect(try await check(repair: true).written[.output].hasSuffix("1 issue, 1 repaired\n"))
        #expect(try await check().status == 0)
    }

    @Test func `three repairs in a row that fail end the check`() async throws {
        let orphans = [1, 2, 3, 4].map { ObjectKey(Digest(of: [$0])) }
        segments.change { for orphan in orphans { $0[orphan] = [1] } }
        let last = orphans.max { $0.digest.hex < $1.digest.hex }
        segments.makeStuck(Set(orphans.filter { $0 != last }))
        let failure = await #expect(throws: CommandFailure.self) { try await check(repair: true) }
        #expect(failure?.message.contains("The check was not completed") == true)
        #expect(segments.quarantined == [])
    }

    @Test func `bytes that the bucket fails to return are an issue, and the check ends with 75`() async throws {
        let keys = segments.segmentKeys.sorted { $0.digest.hex < $1.digest.hex }
        segments.makeUnreadable([keys[0]])
        let written = Written()
        let failure = await #expect(throws: CommandFailure.self) {
            try await check(verifying: true, repair: true, to: written)
        }
        #expect(failure?.status == .temporary)
        #expect(failure?.message == "The bytes of 1 of the issues could not be read, and were not verified.")
        #expect(written[.output].contains("“photo.jpg”: unavailable: "))
        #expect(written[.output].contains("1 uploads, 3 objects, ") && written[.output].hasSuffix(": 1 issue\n"))
        #expect(segments.quarantined == [] && segments.segmentKeys.count == 3)

        segments.makeUnreadable(Set(keys))
        let outage = await #expect(throws: CommandFailure.self) { try await check(verifying: true) }
        #expect(outage?.status == .temporary)
        #expect(outage?.message.hasPrefix("The check was not completed: ") == true)
        segments.makeUnreadable([])
        #expect(try await check(verifying: true).status == 0)
    }

    @Test func `a message ends with one full stop`() {
        for text in ["the bucket is full", "The bucket is full."] {
            let messages = [
                CommandFailure(ServeError(.usage, text)).message, CommandFailure(SettingsError(text)).message,
            ]
            #expect(messages.allSatisfy { $0.hasSuffix("l.") }, "\(messages)")
        }
    }

    @Test func `a directory and a cluster are not checked at once`() throws {
        #expect(throws: (any Error).self) { try CheckCommand.parse(["backup", "--catalogue", "postgres://db/wharf"]) }
        #expect(throws: (any Error).self) { try CheckCommand.parse(["--data", "data", "--objects", "s3://photos"]) }
    }

    @Test func `a cluster is meant by flags or variables`() throws {
        let none = try CheckCommand.parse(["--verify"]).cluster
        #expect(!none.isMeant([:]))
        #expect(!none.isMeant(["WHARF_CATALOGUE": "", "WHARF_DATA": "data"]))
        #expect(none.isMeant(["WHARF_CATALOGUE": "postgres://db/wharf"]))
        #expect(none.isMeant(["WHARF_OBJECTS": "s3://photos?region=eu-central-1"]))
        #expect(try CheckCommand.parse(["--config", "wharf.json"]).cluster.isMeant([:]))
        let flags = try CheckCommand.parse([
            "--catalogue", "postgres://db/wharf", "--objects", "s3://photos", "--objects-credentials", "keys",
        ]).cluster
        #expect(
            flags.named == [
                "catalogue": "postgres://db/wharf", "objects": "s3://photos", "objects-credentials": "keys",
            ])
    }

    /// The failure of a check with these flags.
    private func failure(_ arguments: [String]) async throws -> CommandFailure? {
        let output = Output(isJSON: false) { _, _ in }
        return await #expect(throws: CommandFailure.self) {
            try await CheckCommand.parse(arguments).cluster.check(verifying: false, repair: false, output)
        }
    }

    @Test func `a password on the command line and one half of a cluster are refused`() async throws {
        let bucket = "s3://photos/wharf?endpoint=http://127.0.0.1:9&preset=seaweedfs"
        let password = try await failure(["--catalogue", "postgres://wharf:secret@db/wharf", "--objects", bucket])
        #expect(password?.status == .usage)
        #expect(password?.message.contains("PGPASSWORD") == true && password?.message.contains("secret") == false)
        let half = try await failure(["--catalogue", "postgres://wharf@db/wharf"])
        #expect(half?.status == .usage && half?.message.contains("needs objects") == true)
    }

    @Test func `a database that cannot be reached is a temporary failure`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/credentials"
        try TestFiles.write(Array("[default]\naws_access_key_id = a\naws_secret_access_key = b\n".utf8), to: path)
        let failure = try await failure([
            "--catalogue", "postgres://wharf@127.0.0.1:9/wharf", "--objects",
            "s3://photos/wharf?endpoint=http://127.0.0.1:9&preset=seaweedfs", "--objects-credentials", path,
        ])
        #expect(failure?.status == .temporary)
        #expect(failure?.message.contains("postgres://wharf@127.0.0.1:9/wharf") == true)
    }
}
