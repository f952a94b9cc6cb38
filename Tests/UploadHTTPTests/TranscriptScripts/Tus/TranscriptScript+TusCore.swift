import UploadCore

extension TranscriptScript {
    static let tusCore = TranscriptScript(
        "tus-core", "tus: offsets, and bytes after them",
        run: { talk in
            talk.about("What is offered")
            try await talk.call("OPTIONS", "/files", by: nil)
            try await talk.call("OPTIONS", "/files/x", by: nil, [("Tus-Resumable", "0.2.2")])

            talk.about("An upload in pieces")
            let upload = try await talk.create([("Upload-Length", "10")])
            try await talk.tus("HEAD", upload)
            try await talk.patch(upload, at: 0, "abcd".bytes)
            try await talk.patch(upload, at: 4, "efg".bytes, framing: .chunked(pieceBytes: 2))
            try await talk.call("HEAD", upload)
            try await talk.tus("GET", upload)
            try await talk.patch(upload, at: 7, "hij".bytes)
            try await talk.tus("HEAD", upload)

            talk.about("The last request again, and more than that")
            try await talk.patch(upload, at: 10, [])
            try await talk.patch(upload, at: 10, [], framing: .chunked(pieceBytes: 1))
            try await talk.patch(upload, at: 10, "k".bytes)
            try await talk.patch(upload, at: 10, "k".bytes, framing: .chunked(pieceBytes: 1))
            try await talk.patch(upload, at: 7, "hij".bytes)
            try await talk.patch(upload, at: 10, [], [("Upload-Length", "10")])
            try await talk.patch(upload, at: 10, [], [("Upload-Length", "11")])

            talk.about("Reading it")
            try await talk.call("GET", upload)
            try await talk.call("GET", upload, [("Range", "bytes=2-4")])
            try await talk.call("GET", upload, [("Range", "bytes=10-")])
            let tag = try await talk.call("GET", "/v1/blobs/\(upload.suffix(32))")["ETag"] ?? ""
            try await talk.call("GET", upload, [("If-None-Match", tag)])

            talk.about("What is refused, and changes nothing")
            let other = try await talk.create([("Upload-Length", "5")])
            try await talk.patch(other, at: 1, "x".bytes)
            try await talk.patch(other, at: 0, "abcdef".bytes)
            try await talk.patch(other, at: 0, "abcde".bytes, [("Upload-Length", "6")])
            for offset in ["-1", "0x0", ""] {
                try await talk.tus(
                    "PATCH", other, [("Content-Type", TusClient.patchType), ("Upload-Offset", offset)],
                    bytes: "x".bytes)
            }
            try await talk.tus("PATCH", other, [("Content-Type", TusClient.patchType)], bytes: "x".bytes)
            try await talk.tus("PATCH", other, [("Upload-Offset", "0")], bytes: "x".bytes)
            let octets = [("Content-Type", "application/octet-stream"), ("Upload-Offset", "0")]
            try await talk.tus("PATCH", other, octets, bytes: "x".bytes)
            try await talk.tus("HEAD", other)

            talk.about("Bytes past the end that were not announced: those before it count")
            let crossed = try await talk.create([("Upload-Length", "5")])
            try await talk.patch(crossed, at: 0, "abcdef".bytes, framing: .chunked(pieceBytes: 10))
            try await talk.tus("HEAD", crossed)

            talk.about("Another version, or none")
            for method in ["HEAD", "PATCH", "DELETE", "GET"] {
                try await talk.call(method, other, [("Tus-Resumable", "0.2.2")])
            }
            for (method, path) in [("POST", "/files"), ("PATCH", other), ("DELETE", other)] {
                try await talk.call(method, path)
            }

            talk.about("Methods that others stand for, and methods that there are not")
            let type = ("Content-Type", TusClient.patchType)
            for (method, fields) in [
                ("HEAD", []), ("PATCH", [type, ("Upload-Offset", "0")]), ("GET", []), ("DELETE", []),
                ("PUT", []), ("patch", []),
            ] {
                try await talk.tus(
                    "POST", other, [("X-HTTP-Method-Override", method)] + fields, bytes: "abcde".bytes)
            }
            try await talk.tus("PUT", "/files", bytes: "x".bytes)
            try await talk.tus("POST", upload)
            try await talk.tus("GET", "/files")

            talk.about("What there is not")
            for path in ["/files/00000000000070008000000000000000", "/files/..%2f..%2fetc", "/files/x"] {
                try await talk.tus("HEAD", path)
                try await talk.patch(path, at: 0, "x".bytes)
                try await talk.tus("DELETE", path)
                try await talk.tus("GET", path)
            }
        })
}
