import BlobStorage
import DurableFiles
import Testing
import UploadCore
import UploadTestKit

@Suite struct NamesTests {
    @Test func `an object lies in the directory of its key's first byte, under its key`() async throws {
        let fixture = try await Fixture(shards: 256)
        let hex = upload().key.digest.hex
        try await fixture.put([1, 2, 3], at: 0, of: upload())
        #expect(fixture.path == "bytes/\(hex.prefix(2))/\(hex)")
    }

    @Test func `with fewer directories it is the byte modulo their number`() async throws {
        let fixture = try await Fixture(shards: 16)
        try await fixture.put([1], at: 0, of: upload())
        let shard = Int(upload().key.digest.bytes[0]) % 16
        #expect(fixture.path == "bytes/0\(String(shard, radix: 16))/\(upload().key.digest.hex)")
        #expect(fixture.store.shards == 0..<16)
    }

    @Test func `nothing else is made`() async throws {
        let fixture = try await Fixture(shards: 256)
        #expect(fixture.files.files().isEmpty)
        #expect(try fixture.files.list("").sorted() == ["bytes", "quarantine"])
        let expected = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(try fixture.files.list("bytes").sorted() == expected.sorted())
    }

    @Test func `the quarantine of an older store is renamed, with its files`() async throws {
        for seed in 0..<20 as Range<UInt64> {
            let fixture = try await Fixture(seed: seed)
            try await fixture.put(content(700), at: 0, of: upload())
            let (name, shard) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
            try await fixture.store.quarantine(name, inShard: shard)
            try fixture.files.rename("quarantine", to: "set-aside")
            try fixture.files.syncDirectory("")
            _ = try await fixture.reopened()
            fixture.files.restart()
            #expect(try fixture.files.list("").sorted() == ["bytes", "quarantine"])
            #expect(fixture.files.contents(of: "quarantine/\(shard)-\(name)") == content(700))
        }
    }

    @Test func `preparing again changes nothing`() async throws {
        let fixture = try await Fixture()
        try await fixture.put([1], at: 0, of: upload())
        _ = try await fixture.reopened()
        #expect(try await fixture.store.read(upload().key, 0..<1) == [1])
    }

    @Test(arguments: ["README", "UPPER", "short", ".hidden"])
    func `a name of no object is an unknown file`(_ name: String) async throws {
        let fixture = try await Fixture()
        try await fixture.put([1], at: 0, of: upload())
        let stranger = name == "UPPER" ? upload().key.digest.hex.uppercased() : name
        fixture.files.close(try fixture.files.open("bytes/01/" + stranger, .readWriteCreating))
        #expect(try await fixture.store.contents(ofShard: 1).unknownFiles == [stranger])
        #expect(try await fixture.store.contents(ofShard: 0).unknownFiles.isEmpty)
    }

    @Test func `what lies beside the shards is unknown`() async throws {
        let fixture = try await Fixture()
        try await fixture.put([1], at: 0, of: upload())
        #expect(try await fixture.store.unknownFilesOutsideShards() == [])
        let object = "bytes/" + upload(2).key.digest.hex
        for path in [object, "bytes/README"] {
            fixture.files.close(try fixture.files.open(path, .readWriteCreating))
        }
        // A shard of a store with more of them.
        try fixture.files.makeDirectory("bytes/02")
        #expect(fixture.files.plantLink("bytes/link"))
        let expected = [upload(2).key.digest.hex, "README", "02", "link"].sorted()
        #expect(try await fixture.store.unknownFilesOutsideShards() == expected)
        for name in expected { try await fixture.store.quarantine(name, inShard: nil) }
        #expect(try await fixture.store.unknownFilesOutsideShards() == [])
        fixture.files.restart()
        #expect(try fixture.files.list("quarantine").sorted() == expected.map { "bytes-" + $0 }.sorted())
        #expect(try await fixture.reopened().read(upload().key, 0..<1) == [1])
    }

    @Test func `an object in a directory that is not its own is an unknown file there`() async throws {
        let fixture = try await Fixture()
        let (key, home) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
        fixture.files.close(try fixture.files.open("bytes/0\(1 - home)/" + key, .readWriteCreating))
        #expect(try await fixture.store.contents(ofShard: 1 - home).unknownFiles == [key])
        #expect(try await fixture.store.size(of: upload().key) == nil)
    }

    @Test func `quarantine moves a file durably, with all its bytes`() async throws {
        for seed in 0..<20 as Range<UInt64> {
            let fixture = try await Fixture(seed: seed)
            try await fixture.put(content(700), at: 0, of: upload())
            let (name, shard) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
            try await fixture.store.quarantine(name, inShard: shard)
            fixture.files.restart()
            let files = fixture.files.files()
            #expect(files.map(\.path) == ["quarantine/\(shard)-\(name)"])
            #expect(fixture.files.contents(of: "quarantine/\(shard)-\(name)") == content(700))
            #expect(fixture.count(.remove) == 0)
        }
    }

    @Test func `a second quarantined file of the same name does not replace the first`() async throws {
        let fixture = try await Fixture()
        let (name, shard) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
        for bytes in [content(700), content(500)] {
            try await fixture.put(bytes, at: 0, of: upload())
            try await fixture.store.quarantine(name, inShard: shard)
        }
        #expect(fixture.files.files(under: "quarantine").map(\.size).sorted() == [500, 700])
    }

    @Test func `comparing makes no file`() async throws {
        let fixture = try await Fixture()
        let sink = fixture.sink(upload(), hasDurableBytes: true)
        _ = try? await sink.matches([1], at: 0)
        sink.close()
        #expect(fixture.files.files().isEmpty)
    }
}
