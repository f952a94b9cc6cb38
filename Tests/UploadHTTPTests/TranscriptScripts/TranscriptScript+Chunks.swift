import UploadCore

extension TranscriptScript {
    static let chunks = TranscriptScript(
        "chunks", "Chunks, in any order",
        run: { talk in
            talk.about("The last one first")
            let upload = try await talk.begin(#"{"name":"abc","length":10,"chunk_size":4}"#)
            let chunks = "/v1/uploads/\(upload)/chunks"
            try await talk.call("PUT", chunks + "/2", bytes: "ij".bytes)
            try await talk.call("PUT", chunks + "/0", [contentDigest(of: "abcd".bytes)], bytes: "abcd".bytes)
            try await talk.call("GET", "/v1/uploads/\(upload)")

            talk.about("Again: the same bytes are fine, others are not")
            try await talk.call("PUT", chunks + "/0", bytes: "abcd".bytes)
            try await talk.call("PUT", chunks + "/0", bytes: "abcx".bytes)
            try await talk.call("PUT", chunks + "/0", bytes: "abc".bytes)

            talk.about("What does not count")
            try await talk.call("PUT", chunks + "/1", [contentDigest(of: "efgh".bytes)], bytes: "efgX".bytes)
            try await talk.call("PUT", chunks + "/1", [("Content-Digest", "sha-256=:AAAA:")], bytes: "efgh".bytes)
            try await talk.call("PUT", chunks + "/1", [("Content-Digest", "=nonsense")], bytes: "efgh".bytes)
            try await talk.call("PUT", chunks + "/1", bytes: "efg".bytes)
            try await talk.call("PUT", chunks + "/1", bytes: "efghi".bytes)
            try await talk.call("PUT", chunks + "/1", bytes: "efghi".bytes, framing: .chunked(pieceBytes: 2))
            try await talk.call("PUT", chunks + "/1", bytes: "efg".bytes, framing: .chunked(pieceBytes: 2))
            try await talk.call("PUT", chunks + "/1")
            try await talk.call("PUT", chunks + "/2", bytes: "ijkl".bytes)
            try await talk.call("PUT", chunks + "/3", bytes: "mnop".bytes)
            try await talk.call("PUT", chunks + "/-1", bytes: "efgh".bytes)
            try await talk.call("PUT", chunks + "/1x", bytes: "efgh".bytes)
            try await talk.call("PUT", chunks + "/18446744073709551615", bytes: "efgh".bytes)
            try await talk.call("PUT", chunks + "/18446744073709551616", bytes: "efgh".bytes)
            try await talk.call("GET", "/v1/uploads/\(upload)")

            talk.about("A body of unknown length, with a digest of another algorithm beside the known one")
            let both = contentDigest(of: "efgh".bytes).value + ", md5=:AAAA:"
            try await talk.call(
                "PUT", chunks + "/1", [("Content-Digest", both)], bytes: "efgh".bytes, framing: .chunked(pieceBytes: 3))
            try await talk.call("GET", "/v1/uploads/\(upload)")

            talk.about("An upload of unknown length, in chunks of more than one buffer")
            let large = content(300_000)
            let other = try await talk.begin(#"{"name":"large","chunk_size":131072}"#)
            try await talk.call("PUT", "/v1/uploads/\(other)/chunks/1", bytes: Array(large[131_072..<262_144]))
            try await talk.call("GET", "/v1/uploads/\(other)")
            try await talk.call("PUT", "/v1/uploads/\(other)/chunks/0", bytes: Array(large[..<131_072]))
            try await talk.call("PUT", "/v1/uploads/\(other)/chunks/2", bytes: Array(large[262_144...]))
            try await talk.call("GET", "/v1/uploads/\(other)")
            try await talk.call("POST", "/v1/uploads/\(other)/finish", json: #"{"length":300000}"#)

            talk.about("Where nothing can go any more")
            try await talk.call("PUT", "/v1/uploads/\(other)/chunks/0", bytes: Array(large[..<131_072]))
            try await talk.call("DELETE", "/v1/uploads/\(upload)")
            try await talk.call("PUT", chunks + "/0", bytes: "abcd".bytes)
            try await talk.call("PUT", "/v1/uploads/..%2f..%2fetc/chunks/0", bytes: "abcd".bytes)
        })
}
