import Glibc
import HTTPTypes
import NativeWire
import NIOCore
import Testing
import UploadClient
import UploadTestKit

/// `put --photos` of what a camera or a phone writes, through the executables.
@Suite(.serialized, .timeLimit(.minutes(5))) struct CameraFolderTests {
    /// A line of `put --photos --json`.
    private struct Line: Decodable {
        struct PassedOver: Decodable {
            let path: String
            let reason: String
        }

        let path: String?
        let outcome: String?
        let skipped: Bool?
        let memory: String?
        let kind: String?
        let assets: [String]?
        let motionPhoto: Bool?
        let passedOver: PassedOver?
    }

    private static func movie(milliseconds: UInt32, seed: UInt64) -> [UInt8] {
        func number(_ value: Int) -> [UInt8] { withUnsafeBytes(of: UInt32(value).bigEndian) { Array($0) } }
        func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
            number(content.count + 8) + Array(type.utf8) + content
        }
        let header = [UInt8](repeating: 0, count: 12) + number(1000) + number(Int(milliseconds))
        return box("ftyp", Array("qt  ".utf8)) + box("mdat", Content(seed: seed, length: 3_000_000).bytes)
            + box("moov", box("mvhd", header))
    }

    private static func picture(_ seed: UInt64) -> [UInt8] { PlainPicture(width: 300, height: 200, seed: seed).png }

    /// Named by the last component of the path.
    private func put(
        _ fixture: CommandFixture, _ more: String..., status: Int32 = 0
    ) async throws -> [String: Line] {
        let lines =
            try await more.isEmpty
            ? fixture.documents(Line.self, "put", "--photos", fixture.path("trip"), status: status)
            : fixture.documents(Line.self, "put", "--photos", fixture.path("trip"), more[0], more[1], status: status)
        return Dictionary(
            uniqueKeysWithValues: lines.map { line in
                let path = line.path ?? line.passedOver?.path ?? ""
                return (String(path.split(separator: "/").last ?? ""), line)
            })
    }

    private func write(_ files: [String: [UInt8]], _ fixture: CommandFixture) throws {
        mkdir(fixture.path("trip"), 0o700)
        for (name, bytes) in files { try TestFiles.write(bytes, to: fixture.path("trip/" + name)) }
    }

    private func stored(_ fixture: CommandFixture) async throws -> Int {
        try await withClient(port: fixture.server.port) { client in
            try await client.uploads(limit: 1000).sessions.count
        }
    }

    @Test func `one command stores a camera folder, says what became of each file, and sends nothing twice`()
        async throws
    {
        try await CommandFixture.run { fixture in
            try write(
                [
                    "IMG_0001.HEIC": Self.picture(1), "IMG_0001.MOV": Self.movie(milliseconds: 2_900, seed: 1),
                    "IMG_0001.AAE": Array("<plist/>".utf8), "DSC_2.JPG": Self.picture(2),
                    "dsc_2.nef": Array("raw bytes".utf8), "IMG_3.JPG": Self.picture(3),
                    "IMG_3.MOV": Self.movie(milliseconds: 60_000, seed: 3), "notes.txt": Array("sunny".utf8),
                    "IMG_9.AAE": Array("<plist></plist>".utf8), ".DS_Store": [0],
                ], fixture)
            let plan = try await fixture.run("put", "--photos", "--dry-run", fixture.path("trip"))
            #expect(plan.output.split(whereSeparator: \.isNewline).count == 9)
            #expect(plan.output.contains("IMG_0001.MOV  video of "))
            #expect(try await stored(fixture) == 0)

            let first = try await put(fixture)
            #expect(first.count == 10)
            #expect(first.values.allSatisfy { $0.skipped != true })
            let kinds = ["original", "display", "thumb", "placeholder"]
            #expect(first["IMG_0001.HEIC"]?.assets == kinds + ["video", "sidecar"])
            #expect(first["DSC_2.JPG"]?.assets == kinds + ["raw"])
            #expect(first["IMG_3.JPG"]?.assets == kinds)
            #expect(first["IMG_3.MOV"]?.outcome == "memory" && first["IMG_3.MOV"]?.assets?.first == "original")
            let companions = ["IMG_0001.MOV": "video", "IMG_0001.AAE": "sidecar", "dsc_2.nef": "raw"]
            for (name, kind) in companions {
                #expect(first[name]?.outcome == "companion" && first[name]?.kind == kind)
            }
            #expect(first["IMG_0001.MOV"]?.memory == first["IMG_0001.HEIC"]?.memory)
            for name in ["notes.txt", "IMG_9.AAE"] { #expect(first[name]?.outcome == "file") }
            #expect(first[".DS_Store"]?.passedOver?.reason == "system file")

            let count = try await stored(fixture)
            let second = try await put(fixture)
            #expect(second.values.allSatisfy { $0.skipped == true || $0.passedOver != nil })
            #expect(second.mapValues(\.outcome) == first.mapValues(\.outcome))
            // Another machine has no journal.
            _ = try await put(fixture, "--state-dir", "")
            #expect(try await stored(fixture) == count)
            let again = try await fixture.run("put", "--photos", fixture.path("trip"))
            #expect(again.errors.contains("0 memories made, 4 there already; 0 other files stored, 2 there already."))
            #expect(again.errors.contains("Passed over 1 system file: "))

            try await readBack(first["IMG_0001.HEIC"]?.memory, fixture)
        }
    }

    private func readBack(_ memory: String?, _ fixture: CommandFixture) async throws {
        let memory = try #require(memory)
        mkdir(fixture.path("back"), 0o700)
        try await fixture.run("get", memory, "-o", fixture.path("back"))
        for name in ["IMG_0001.HEIC", "IMG_0001.MOV", "IMG_0001.AAE"] {
            #expect(TestFiles.read(fixture.path("back/" + name)) == TestFiles.read(fixture.path("trip/" + name)))
        }
        try await fixture.run("get", memory, "-o", fixture.path("one.heic"))
        #expect(TestFiles.read(fixture.path("one.heic")) == Self.picture(1))
        #expect(try await fixture.run("memories").output.contains("placeholder video sidecar  IMG_0001.HEIC"))
        try await withTransport(port: fixture.server.port) { transport, _ in
            let answer = try await RawCalls(transport: transport).send(
                .get, NativePath.asset("video", of: memory), fields: [.range: "bytes=4-7"])
            #expect(answer.status == 206 && Array(buffer: answer.body) == Array("ftyp".utf8))
            #expect(answer.fields[.contentType] == "video/quicktime")
        }
        let names = try await fixture.run("ls").output
        #expect(names.contains("IMG_0001.MOV"))
        try await fixture.run("memories", "delete", memory, "--with-blobs")
        let left = try await fixture.run("ls").output
        #expect(!left.contains("IMG_0001") && left.contains("DSC_2.JPG"))
    }

    @Test func `a companion that is refused fails by name, its picture is stored, and the status tells`() async throws {
        try await CommandFixture.run(flags: ["--set", "upload-bytes-max=1MiB"]) { fixture in
            try write(["IMG_1.HEIC": Self.picture(1), "IMG_1.MOV": Self.movie(milliseconds: 2_900, seed: 1)], fixture)
            let outcome = try await fixture.run("put", "--photos", fixture.path("trip"), status: 1)
            #expect(outcome.errors.contains("IMG_1.MOV: "))
            #expect(outcome.errors.contains("1 memory made; 1 file failed."))
            #expect(outcome.output.contains("4 assets  \(fixture.path("trip/IMG_1.HEIC"))"))
            #expect(!outcome.output.contains("IMG_1.MOV"))
        }
    }

    @Test func `a run that was killed after the video is continued, and what comes later joins its memory`()
        async throws
    {
        try await CommandFixture.run { fixture in
            let movie = Self.movie(milliseconds: 2_900, seed: 1)
            try write(
                ["IMG_1.HEIC": Self.picture(1), "IMG_1.MOV": movie, "IMG_2.JPG": Self.picture(2)], fixture)
            // Slow enough for a signal between the video and its picture.
            let first = try fixture.start(["put", "--photos", "--limit-rate", "2MiB", fixture.path("trip")])
            try await withClient(port: fixture.server.port) { client in
                while try await client.uploads(state: .committed).sessions.isEmpty { await Task.yield() }
            }
            first.kill(SIGKILL)
            _ = await Wharf.outcome(of: first)
            let second = try await put(fixture)
            let memory = try #require(second["IMG_1.HEIC"]?.memory)
            #expect(second["IMG_1.HEIC"]?.assets?.last == "video" && second["IMG_1.MOV"]?.memory == memory)
            let names = try await fixture.run("ls").output.split(whereSeparator: \.isNewline)
            #expect(names.count { $0.hasSuffix("IMG_1.MOV") } == 1)

            let count = try await stored(fixture)
            try write(["IMG_2.dng": Array("raw".utf8), "IMG_1.XMP": Array("<x/>".utf8)], fixture)
            let third = try await put(fixture)
            #expect(third["IMG_1.HEIC"]?.memory == memory && third["IMG_1.HEIC"]?.skipped == true)
            #expect(third["IMG_1.HEIC"]?.assets?.suffix(2) == ["video", "sidecar"])
            #expect(third["IMG_2.JPG"]?.assets?.last == "raw" && third["IMG_2.dng"]?.skipped == false)
            #expect(try await stored(fixture) == count + 2)
        }
    }
}
