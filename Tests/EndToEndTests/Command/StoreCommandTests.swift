import DurableFiles
import Glibc
import NativeWire
import Testing
import UploadClient
import UploadTestKit

/// The commands about uploads, capsules and stores.
@Suite(.serialized, .timeLimit(.minutes(5))) struct StoreCommandTests {
    private struct ErrorLine: Decodable {
        struct Body: Decodable {
            let code: String
            let temporary: Bool
        }
        let error: Body
    }

    @Test func `an upload is listed, shown and aborted`() async throws {
        try await CommandFixture.run { fixture in
            let upload = try await withTransport(port: fixture.server.port) { transport, _ in
                try await RawCalls(transport: transport)
                    .begin(NewUploadDocument(name: "half", length: 5000, chunkSize: 1000))
                    .document(UploadDocument.self).id
            }
            for arguments in [["ls"], ["ls", "--state", "pending"]] {
                let list = try await Wharf.run(arguments, environment: ["WHARF_SERVER": fixture.server.address])
                #expect(list.words.prefix(3) == [upload, "4.8", "KiB"])
                #expect(list.output.contains("half  (pending, 0 B of 4.8 KiB, until "))
            }
            #expect(try await fixture.run("status", upload).output.contains("5 of 5 missing"))
            #expect(try await fixture.documents(UploadDocument.self, "status", upload).map(\.state) == [.pending])
            #expect(try await fixture.run("abort", upload).words == [upload, "aborted"])
            try await fixture.run("abort", upload)
            #expect(try await fixture.documents(UploadDocument.self, "status", upload).map(\.state) == [.aborted])
        }
    }

    @Test func `failures end with the documented exit status`() async throws {
        try await CommandFixture.run { fixture in
            let file = try fixture.file("file", Content(seed: 1, length: 10))
            let blob = try await fixture.put(file)
            try await fixture.run("status", "nonsense", status: 1)
            try await fixture.run("get", "nonsense", status: 1)
            try await fixture.run("abort", blob, status: 1)
            try await fixture.run("put", fixture.path("nothing"), status: 74)
            try await fixture.run("get", blob, "-o", fixture.path("nowhere/file"), status: 74)
            try await fixture.run("put", status: 64)
            try await fixture.run("put", file, "--server", "ftp://example.org", status: 64)
            try await fixture.run("put", file, "--parallel", "0", status: 64)
            let errors = try await fixture.documents(ErrorLine.self, "status", "nonsense", status: 1)
            #expect(errors.map(\.error.code) == ["not_found"])
            #expect(errors.map(\.error.temporary) == [false])
        }
    }

    @Test func `a capsule is created, and members are added and removed`() async throws {
        try await CommandFixture.run { fixture in
            let created = try await fixture.documents(CapsuleDocument.self, "capsule", "create", "Summer")
            let capsule = try #require(created.first)
            #expect(capsule.title == "Summer")
            try await fixture.run("capsule", "add", capsule.id, "bob", "--role", "writer")
            try await fixture.run("capsule", "add", capsule.id, "eve", "--role", "reader")
            var shown = try await fixture.documents(CapsuleDocument.self, "capsule", "show", capsule.id)
            #expect(shown.map(\.writers) == [["bob"]])
            #expect(shown.map(\.readers) == [["eve"]])
            try await fixture.run("capsule", "remove", capsule.id, "bob")
            shown = try await fixture.documents(CapsuleDocument.self, "capsule", "show", capsule.id)
            #expect(shown.map(\.writers) == [[]])
            let file = try fixture.file("file", Content(seed: 1, length: 10))
            _ = try await fixture.put(file, "--capsule", capsule.id)
            #expect(try await fixture.run("ls", "--capsule", capsule.id).words.last == "file")
            #expect(try await fixture.run("ls").output.isEmpty)
        }
    }

    @Test func `a store is checked once its server is gone, and damage is found`() async throws {
        let directory = try TemporaryDirectory()
        let data = directory.path + "/data"
        try await ServerBinary.run(data: data) { server in
            let fixture = CommandFixture(directory: directory, server: server)
            _ = try await fixture.put(try fixture.file("file", Content(seed: 1, length: 1 << 20)))
            let refused = try await fixture.run("check", "--data", data, status: 75)
            #expect(refused.errors.contains("in use"))
        }
        let clean = try await Wharf.run(["check", "--data", data])
        #expect(clean.output == "1 uploads, 1 objects, 1.0 MiB verified: clean\n")
        try await Wharf.run(["check", "--data", directory.path + "/elsewhere"], status: 74)

        let object = try #require(Self.largestFile(below: data + "/bytes"))
        var bytes = try #require(TestFiles.read(object))
        bytes[500_000] ^= 1
        try TestFiles.write(bytes, to: object)
        let damaged = try await Wharf.run(["check", "--data", data], status: 1)
        #expect(damaged.output.contains("1 issue"))
    }

    private static func largestFile(below directory: String) -> String? {
        let names = (try? POSIXFileSystem(root: directory).list("")) ?? []
        let paths = names.flatMap { name -> [String] in
            let path = directory + "/" + name
            return largestFile(below: path).map { [$0] } ?? [path]
        }
        return paths.max { size($0) < size($1) }
    }

    private static func size(_ path: String) -> Int {
        Int((try? FileStatus(path: path))?.size ?? 0)
    }
}
