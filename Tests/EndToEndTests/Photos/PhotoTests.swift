import Glibc
import HTTPTypes
import NativeWire
import NIOCore
import Testing
import UploadClient
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// Photos that become memories, through the executables.
@Suite(.serialized, .timeLimit(.minutes(5))) struct PhotoTests {
    private static let kinds = ["original", "display", "thumb", "placeholder"]

    @Test func `one upload becomes one memory of four assets, and each can be read at once`() async throws {
        try await CommandFixture.run { fixture in
            let photo = PlainPicture(width: 3000, height: 1500, seed: 1).png
            let path = fixture.path("lake.png")
            try TestFiles.write(photo, to: path)
            try await withTransport(port: fixture.server.port) { transport, address in
                let client = UploadClient(server: address, transport: transport)
                let plain = RawCalls(transport: transport)
                let options = PutOptions(type: "image/png", derive: "photo")
                let upload = try await client.put(.file(path: path), options: options)
                let memory = try await client.memory(try await client.derivedMemory(of: upload.upload))
                #expect(memory.state == .complete && memory.reason == nil)
                #expect(memory.title == "lake.png")
                #expect(memory.thumbhash != nil)
                #expect(memory.assets.map(\.kind) == Self.kinds)
                #expect(memory.assets.map(\.width) == [3000, 2048, 512, 32])
                #expect(memory.assets.map(\.height) == [1500, 1024, 256, 16])
                for asset in memory.assets {
                    let answer = try await plain.send(.get, NativePath.asset(asset.kind, of: memory.id))
                    #expect(answer.status == 200)
                    let bytes = Array(buffer: answer.body)
                    #expect(Digest(of: bytes).hex == asset.sha256 && UInt64(bytes.count) == asset.size)
                    if asset.kind == "original" {
                        #expect(bytes == photo)
                    } else {
                        #expect(bytes.prefix(4) == Array("RIFF".utf8)[...] && asset.type == "image/webp")
                    }
                }
                try await client.deleteMemory(memory.id, withBlobs: true)
            }
            let check = try await fixture.run("memories")
            #expect(check.output == "")
        }
    }

    @Test func `undecodable files and a dying worker are reported and affect no other photo`() async throws {
        let directory = try TemporaryDirectory()
        let worker = directory.path + "/worker"
        try TestFiles.write(
            "#!/bin/sh\nexec \(Wharf.directory)/wharf-imaging --inject-faults \"$@\"\n".utf8, to: worker)
        #expect(chmod(worker, 0o700) == 0)
        let flags = [
            "--set", "imaging=\(worker)", "--set", "derivation-retry=10ms", "--set", "derivation-attempts-max=2",
        ]
        try await CommandFixture.run(flags: flags) { fixture in
            mkdir(fixture.path("photos"), 0o700)
            let picture = PlainPicture(width: 300, height: 200, seed: 2).png
            let files = [
                ("a.jpg", Array("<html>no picture</html>".utf8)), ("b.jpg", Array("wharf-fault: crash".utf8)),
                ("c.png", Array(picture.prefix(40))), ("d.png", picture),
                ("e.jpg", Array(Self.vectorWithEntities.utf8)),
            ]
            for (name, bytes) in files { try TestFiles.write(bytes, to: fixture.path("photos/" + name)) }
            let results = try await fixture.documents(PhotoLine.self, "put", "--photos", fixture.path("photos"))
            let byName = Dictionary(uniqueKeysWithValues: results.map { (($0.path ?? "").suffix(5), $0) })
            #expect(byName["a.jpg"]?.reason?.contains("not a picture or video of a supported format") == true)
            #expect(byName["b.jpg"]?.reason != nil)
            #expect(byName["c.png"]?.reason?.contains("ends before anything") == true)
            #expect(byName["e.jpg"]?.reason?.contains("an SVG drawing") == true)
            try await withTransport(port: fixture.server.port) { transport, _ in
                for (name, bytes) in files where name != "d.png" {
                    let line = try #require(byName[Substring(name)])
                    #expect(line.state == "original_only" && line.assets == ["original"])
                    let answer = try await RawCalls(transport: transport).send(
                        .get, NativePath.asset("original", of: try #require(line.memory)))
                    #expect(Array(buffer: answer.body) == bytes, "\(name)")
                }
            }
            #expect(byName["d.png"]?.state == "complete")
            #expect(byName["d.png"]?.assets == Self.kinds)
            let derivations = try await withClient(port: fixture.server.port) { client in
                try await client.derivations(state: .failed).derivations.sorted { $0.name < $1.name }
            }
            #expect(derivations.map(\.name) == ["a.jpg", "b.jpg", "c.png", "e.jpg"])
            #expect(derivations.map(\.attempts) == [1, 2, 1, 1])
        }
    }

    /// Would disclose a file of the server if it were rendered.
    private static let vectorWithEntities = """
        <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
        <svg xmlns="http://www.w3.org/2000/svg" width="99" height="99"><text y="20">&secret;</text></svg>
        """

    @Test func `a server without a worker keeps derivations pending for one with a worker`() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path + "/lake.png"
        try TestFiles.write(PlainPicture(width: 300, height: 200, seed: 3).png, to: path)
        let upload = try await ServerBinary.run(data: directory.path + "/data", flags: ["--set", "imaging=off"]) {
            server in
            let log = await server.process.progress { $0.errorText.contains("listening") }.errorText
            #expect(log.contains("derivation is off"))
            return try await withClient(port: server.port) { client in
                #expect(try await client.config().derive.isOn == false)
                let upload = try await client.put(.file(path: path), options: PutOptions(derive: "photo")).upload
                let derivation = try #require(try await client.status(upload).derivation)
                #expect(derivation.state == .pending && derivation.attempts == 0)
                #expect(derivation.reason == "derivation is off on this server")
                return upload
            }
        }
        try await ServerBinary.run(data: directory.path + "/data") { server in
            try await withClient(port: server.port) { client in
                #expect(try await client.config().derive.isOn)
                let memory = try await client.memory(try await client.derivedMemory(of: upload))
                #expect(memory.assets.map(\.kind) == Self.kinds)
            }
        }
    }

    @Test(arguments: [false, true])
    func `photos of a directory become memories once, derived by the server or locally`(
        _ isHere: Bool
    ) async throws {
        try await CommandFixture.run(flags: isHere ? ["--set", "imaging=off"] : []) { fixture in
            mkdir(fixture.path("photos"), 0o700)
            mkdir(fixture.path("photos/trip"), 0o700)
            for number in 1...6 {
                let picture = PlainPicture(width: 800, height: 600, seed: UInt64(number))
                let name = number < 4 ? "photos/\(number).png" : "photos/trip/\(number).PNG"
                try TestFiles.write(picture.png, to: fixture.path(name))
            }
            try TestFiles.write([1, 2, 3], to: fixture.path("photos/notes.txt"))
            let plan = try await fixture.run(
                "put", "--photos", "--dry-run", "--exclude", "trip/", fixture.path("photos"))
            #expect(
                plan.output.split(whereSeparator: \.isNewline).map { $0.hasPrefix("would send") } == [
                    true, true, true, true,
                ])
            #expect(try await fixture.run("memories").output == "")
            let first = try await fixture.documents(PhotoLine.self, "put", "--photos", fixture.path("photos"))
            #expect(first.count == 7)
            let pictures = first.filter { $0.path?.hasSuffix("notes.txt") == false }
            #expect(pictures.allSatisfy { $0.assets == Self.kinds && $0.state == "complete" })
            let again = try await fixture.run("put", "--photos", fixture.path("photos"))
            let lines = again.output.split(whereSeparator: \.isNewline)
            #expect(lines.count == 7 && lines.allSatisfy { $0.hasSuffix("there already") })
            #expect(again.errors.contains("0 memories made, 6 there already; 0 other files stored, 1 there already."))
            let listed = try await fixture.run("memories")
            #expect(listed.output.split(whereSeparator: \.isNewline).count == 6)
            #expect(listed.output.contains("trip/5.PNG"))
            let one = try await fixture.documents(
                PhotoLine.self, "put", "--photos", "--no-skip", "--include", "2.png", fixture.path("photos"))
            #expect(one.compactMap(\.path).map { $0.hasSuffix("2.png") } == [true])
        }
    }

    @Test func `photos derived here use what an earlier run stored, and say what could not be derived`() async throws {
        try await CommandFixture.run(flags: ["--set", "imaging=off"]) { fixture in
            mkdir(fixture.path("photos"), 0o700)
            let picture = PlainPicture(width: 800, height: 600, seed: 1).png
            try TestFiles.write(picture, to: fixture.path("photos/a.png"))
            try TestFiles.write(Array("no picture".utf8), to: fixture.path("photos/fake.jpg"))
            // A name cannot begin a line of its own.
            try TestFiles.write(
                PlainPicture(width: 80, height: 60, seed: 2).png, to: fixture.path("photos/b.png\nforged  c.png"))
            let sent = try await fixture.run("put", fixture.path("photos"))
            #expect(sent.output.split(whereSeparator: \.isNewline).count == 3)
            #expect(!sent.output.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("forged") })
            #expect(try await fixture.blobCount() == 3)

            let made = try await fixture.documents(PhotoLine.self, "put", "--photos", fixture.path("photos"))
            let byName = Dictionary(
                uniqueKeysWithValues: made.map { ($0.path?.split(separator: "/").last ?? "", $0) })
            #expect(byName["a.png"]?.assets == Self.kinds && byName["a.png"]?.state == "complete")
            #expect(byName["fake.jpg"]?.assets == ["original"] && byName["fake.jpg"]?.state == "original_only")
            #expect(byName["fake.jpg"]?.reason?.contains("not a picture") == true)
            // Two renditions each of two pictures, and no original twice.
            #expect(try await fixture.blobCount() == 3 + 4)
            let listed = try await fixture.run("memories")
            #expect(listed.output.contains("original only"))
            try TestFiles.write(picture, to: fixture.path("photos/again.png"))
            let again = try await fixture.run("put", "--photos", fixture.path("photos/again.png"))
            #expect(again.output.contains("again.png  there already as “a.png”"))
        }
    }

    @Test func `without a deriver, photos are refused before anything is sent`() async throws {
        try await CommandFixture.run(flags: ["--set", "imaging=off"]) { fixture in
            let path = fixture.path("a.png")
            try TestFiles.write(PlainPicture(width: 8, height: 8, seed: 1).png, to: path)
            let refused = try await fixture.run(
                "put", "--photos", path, status: 1, environment: ["WHARF_IMAGING": "off"])
            #expect(refused.errors.contains("wharf-imaging is not installed"))
            #expect(try await fixture.run("ls").output == "")
        }
    }
}

extension CommandFixture {
    fileprivate func blobCount() async throws -> Int {
        try await run("ls").output.split(whereSeparator: \.isNewline).count
    }
}

/// A line of `put --photos --json`.
private struct PhotoLine: Decodable {
    /// Absent for files that are passed over.
    let path: String?
    let memory: String?
    let state: String?
    let reason: String?
    /// Absent for files that are no part of a memory.
    let assets: [String]?
}
