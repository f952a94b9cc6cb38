import NativeWire
import UploadCore

extension TranscriptScript {
    static let tickets = TranscriptScript(
        "tickets", "Downloads that need no credentials, archives, and the files that are in no memory",
        change: { $0.limits.downloadEntriesMax = 2 },
        run: { talk in
            let alphabet = "abcdefghijklmnopqrstuvwxyz".bytes
            let capsule = try await talk.makeCapsule(title: "Trip")
            let first = try await talk.putBlob(alphabet, query: "capsule=\(capsule)&name=abc.txt&type=text/plain")
            let second = try await talk.putBlob("meow".bytes, query: "capsule=\(capsule)&name=abc.txt&type=text/plain")
            func prepare(_ blobs: [String], _ rest: String = "", by caller: String = "anna") async throws -> String {
                let ids = blobs.map { "\"\($0)\"" }.joined(separator: ",")
                let answer = try await talk.call(
                    "POST", "/v1/downloads", by: caller, json: "{\"blobs\":[\(ids)]\(rest)}")
                return answer.json?["ticket"]?.text ?? ""
            }
            let archive = ",\"archive\":\"Trip é.zip\""

            talk.about("An archive, once and without a token")
            let ticket = try await prepare([first, second], archive)
            try await talk.call("HEAD", "/v1/downloads/\(ticket)", by: nil)
            try await talk.call("GET", "/v1/downloads/\(ticket)", by: nil)
            try await talk.call("GET", "/v1/downloads/\(ticket)", by: nil)

            talk.about("One file as it is, with ranges and conditions, for ten minutes")
            let file = try await prepare([first])
            let etag = "\"sha256-\(Digest(of: alphabet).hex)\""
            try await talk.call("GET", "/v1/downloads/\(file)", by: nil)
            try await talk.call("GET", "/v1/downloads/\(file)", by: nil, [("Range", "bytes=0-1")])
            try await talk.call("GET", "/v1/downloads/\(file)", by: nil, [("If-None-Match", etag)])
            talk.advance(milliseconds: 600_000)
            try await talk.call("GET", "/v1/downloads/\(file)", by: nil)

            talk.about("What is refused")
            _ = try await prepare([first], by: "ben")
            _ = try await prepare([])
            _ = try await prepare([first, second])
            _ = try await prepare([first, second, first], archive)
            _ = try await prepare(["nothing"])

            talk.about("Files that are in no memory")
            _ = try await talk.makeMemory("{\"assets\":[{\"kind\":\"original\",\"blob\":\"\(first)\"}]}", in: capsule)
            try await talk.call("GET", "/v1/blobs?capsule=\(capsule)&memory=none")
            try await talk.call("GET", "/v1/blobs?capsule=\(capsule)&memory=some")
        })
}
