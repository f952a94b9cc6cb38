import NativeWire
import Testing
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct LinkCommandTests {
    @Test func `an owner creates a link, a guest puts files through it and nothing else, until it is removed`()
        async throws
    {
        try await CommandFixture.run { fixture in
            let created = try await fixture.documents(
                LinkDocument.self, "link", "create", "default", "--title", "Our wedding\u{1B}[2J", "--expires", "12h",
                "--files", "2", "--uses", "3", "--bytes", "10MiB", "--file-bytes", "5MiB", "--type", "image/*",
                "--type", "video/mp4")
            let link = try #require(created.first)
            #expect(link.filesMax == 2 && link.usesMax == 3)
            #expect(link.bytesMax == 10 << 20 && link.fileBytesMax == 5 << 20)
            #expect(link.types == ["image/*", "video/mp4"])

            let guest = ["WHARF_TOKEN": link.token]
            let file = try fixture.file("kiss.jpg", Content(seed: 1, length: 100_000))
            let blob = try #require(
                try await fixture.run("put", file, "--type", "image/jpeg", environment: guest).words.first)
            #expect(try await fixture.bytes(of: blob) == Content(seed: 1, length: 100_000).bytes)
            try await fixture.run("get", blob, "-o", fixture.path("copy"), status: 1, environment: guest)
            let list = try await fixture.run("ls", status: 1, environment: guest)
            #expect(list.errors.contains("A link permits uploads to its capsule, and nothing else."))
            try await fixture.run("capsule", "ls", status: 1, environment: guest)
            try await fixture.run("link", "ls", "default", status: 1, environment: guest)
            let text = try fixture.file("note.txt", Content(seed: 2, length: 10))
            let refused = try await fixture.run("put", text, status: 1, environment: guest)
            #expect(refused.errors.contains("Only these types are accepted: image/*, video/mp4."))

            let links = try await fixture.run("link", "ls", "default").output
            #expect(links.contains("1 of 2, "))
            #expect(links.contains("\(fixture.server.address)/drop#\(link.token)"))
            // Titles must not move the cursor.
            #expect(!links.contains("\u{1B}"))
            try await fixture.run("link", "remove", "default", link.id)
            try await fixture.run("link", "remove", "default", link.id, status: 1)
            let removed = try await fixture.run("put", file, "--type", "image/jpeg", status: 77, environment: guest)
            #expect(removed.errors.contains("The server does not accept this link."))
            #expect(try await fixture.run("link", "ls", "default").output == "")
        }
    }

    @Test func `the address is that of the server's public origin, if it has one`() async throws {
        try await CommandFixture.run(flags: ["--set", "public-origin=https://photos.example.org"]) { fixture in
            let address = try await fixture.run("link", "create", "default").output
            #expect(address.hasPrefix("https://photos.example.org/drop#link_"))
            #expect(try await fixture.run("link", "ls", "default").output.contains(address))
        }
    }

    @Test func `malformed options are refused before anything is sent`() async throws {
        try await CommandFixture.run { fixture in
            for options in [["--expires", "0"], ["--expires", "soon"], ["--bytes", "much"], ["--file-bytes", "-1"]] {
                let outcome = try await Wharf.run(
                    ["link", "create", "default"] + options, status: 64,
                    environment: ["WHARF_SERVER": fixture.server.address])
                #expect(outcome.errors.contains(options[0]))
            }
        }
    }
}
