import BlobStorage
import DurableFiles
import Testing
import UploadCore
import UploadTestKit

@Suite struct NamesTests {
    @Test func `an object lies in the directory of its key's first byte, under its key`() async throws {
        let bench = try await Bench(shards: 256)
        let hex = upload().key.digest.hex
        try await bench.put([1, 2, 3], at: 0, of: upload())
        #expect(bench.path == "bytes/\(hex.prefix(2))/\(hex)")
    }

    @Test func `with fewer directories it is the byte modulo their number`() async throws {
        let bench = try await Bench(shards: 16)
        try await bench.put([1], at: 0, of: upload())
        let shard = Int(upload().key.digest.bytes[0]) % 16
        #expect(bench.path == "bytes/0\(String(shard, radix: 16))/\(upload().key.digest.hex)")
        #expect(bench.store.shards == 0..<16)
    }

    @Test func `nothing else is made`() async throws {
        let bench = try await Bench(shards: 256)
        #expect(bench.files.files().isEmpty)
        #expect(try bench.files.list("").sorted() == ["bytes", "set-aside"])
        let expected = (0..<256).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
        #expect(try bench.files.list("bytes").sorted() == expected.sorted())
    }

    @Test func `preparing again changes nothing`() async throws {
        let bench = try await Bench()
        try await bench.put([1], at: 0, of: upload())
        _ = try await bench.reopened()
        #expect(try await bench.store.read(upload().key, 0..<1) == [1])
    }

    @Test(arguments: ["README", "UPPER", "short", ".hidden"])
    func `a name that is no object's is a stranger`(_ name: String) async throws {
        let bench = try await Bench()
        try await bench.put([1], at: 0, of: upload())
        let stranger = name == "UPPER" ? upload().key.digest.hex.uppercased() : name
        bench.files.close(try bench.files.open("bytes/01/" + stranger, .readWriteCreating))
        #expect(try await bench.store.contents(ofShard: 1).strangers == [stranger])
        #expect(try await bench.store.contents(ofShard: 0).strangers.isEmpty)
    }

    @Test func `an object in a directory that is not its own is a stranger there`() async throws {
        let bench = try await Bench()
        let (key, home) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
        bench.files.close(try bench.files.open("bytes/0\(1 - home)/" + key, .readWriteCreating))
        #expect(try await bench.store.contents(ofShard: 1 - home).strangers == [key])
        #expect(try await bench.store.size(of: upload().key) == nil)
    }

    @Test func `what is set aside is moved, durably, with all its bytes`() async throws {
        for seed in 0..<20 as Range<UInt64> {
            let bench = try await Bench(seed: seed)
            try await bench.put(content(700), at: 0, of: upload())
            let (name, shard) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
            try await bench.store.setAside(name, inShard: shard)
            bench.files.restart()
            let files = bench.files.files()
            #expect(files.map(\.path) == ["set-aside/\(shard)-\(name)"])
            #expect(bench.files.contents(of: "set-aside/\(shard)-\(name)") == content(700))
            #expect(bench.count(.remove) == 0)
        }
    }

    @Test func `a second file of the same name does not replace the first that was set aside`() async throws {
        let bench = try await Bench()
        let (name, shard) = (upload().key.digest.hex, Int(upload().key.digest.bytes[0]) % 2)
        for bytes in [content(700), content(500)] {
            try await bench.put(bytes, at: 0, of: upload())
            try await bench.store.setAside(name, inShard: shard)
        }
        #expect(bench.files.files(under: "set-aside").map(\.size).sorted() == [500, 700])
    }

    @Test func `comparing makes no file`() async throws {
        let bench = try await Bench()
        let sink = bench.sink(upload(), hasDurableBytes: true)
        _ = try? await sink.matches([1], at: 0)
        sink.close()
        #expect(bench.files.files().isEmpty)
    }
}
