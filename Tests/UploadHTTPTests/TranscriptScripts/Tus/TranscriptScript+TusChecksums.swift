extension TranscriptScript {
    static let tusChecksums = TranscriptScript(
        "tus-checksums", "tus: checksums, before the bytes and after them",
        run: { talk in
            let (hello, wrong) = (TusExtensionTests.hello, "hello worlt".bytes)

            talk.about("Each algorithm: bytes that do not match, then those that do")
            for checksum in TusExtensionTests.checksums {
                let upload = try await talk.create([("Upload-Length", "11")])
                try await talk.patch(upload, at: 0, wrong, [("Upload-Checksum", checksum)])
                try await talk.tus("HEAD", upload)
                try await talk.patch(upload, at: 0, hello, [("Upload-Checksum", checksum)])
            }

            talk.about("What is no checksum")
            let upload = try await talk.create([("Upload-Length", "11")])
            for checksum in ["sha3 AAAA", "SHA1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1", "sha1 AAAA", "sha1 *"] {
                try await talk.patch(upload, at: 0, hello, [("Upload-Checksum", checksum)])
            }

            talk.about("After the bytes")
            for checksum in TusExtensionTests.checksums {
                let upload = try await talk.create([("Upload-Length", "11")])
                for body in [wrong, hello] {
                    try await talk.patch(
                        upload, at: 0, body, [("Trailer", "Upload-Checksum")], framing: .chunked(pieceBytes: 4),
                        trailers: [("Upload-Checksum", checksum)])
                }
            }
            try await talk.patch(
                upload, at: 0, hello, [("Trailer", "Upload-Checksum")], framing: .chunked(pieceBytes: 4))
            try await talk.patch(
                upload, at: 0, hello, [("Trailer", "Upload-Checksum")], framing: .chunked(pieceBytes: 4),
                trailers: [("Upload-Checksum", "sha3 AAAA")])
            try await talk.tus("HEAD", upload)

            talk.about("With a creation, small and large")
            for length in ["11", "100000"] {
                let fields = [
                    ("Upload-Length", length), ("Content-Type", TusClient.patchType),
                    ("Upload-Checksum", TusExtensionTests.checksums[0]),
                ]
                try await talk.tus("POST", "/files", fields, bytes: wrong)
                try await talk.tus("POST", "/files", fields, bytes: hello)
            }
        })
}
