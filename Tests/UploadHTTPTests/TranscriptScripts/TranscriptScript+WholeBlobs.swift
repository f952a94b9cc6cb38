import UploadCore

extension TranscriptScript {
    static let wholeBlobs = TranscriptScript(
        "whole-blobs", "Whole uploads in one request",
        change: { settings in settings.limits.uploadBytesMax = 400_000 },
        run: { talk in
            talk.about("Small")
            let capsule = try await talk.makeCapsule(title: "Notes")
            let small = try await talk.putBlob(
                "hello".bytes, query: "name=hello.txt&type=text/plain&capsule=\(capsule)")
            try await talk.call("GET", "/v1/blobs/\(small)")
            try await talk.call("POST", "/v1/blobs", bytes: [])
            try await talk.call("POST", "/v1/blobs?name=a%20b%2fc", [("Content-Type", "image/png")], bytes: "x".bytes)
            try await talk.call(
                "POST", "/v1/blobs", [("Content-Type", "application/x-www-form-urlencoded")], bytes: "x".bytes)
            try await talk.call(
                "POST", "/v1/blobs?name=a", bytes: "unknown length".bytes, framing: .chunked(pieceBytes: 5))
            try await talk.call("POST", "/v1/blobs?name=a", bytes: content(65_536))

            talk.about("Large")
            let large = content(65_537)
            let blob = try await talk.putBlob(large, query: "name=large", [contentDigest(of: large)])
            try await talk.call("GET", "/v1/blobs/\(blob)")
            let larger = content(300_000, seed: 2)
            let chunked = try await talk.call(
                "POST", "/v1/blobs?name=larger", [contentDigest(of: larger)], bytes: larger,
                framing: .chunked(pieceBytes: 10_000))
            try await talk.call("GET", "/v1/blobs/\(chunked.json?["blob"]?.text ?? "")/meta")

            talk.about("Digests that do not hold")
            let wrong = contentDigest(of: "other".bytes)
            try await talk.call("POST", "/v1/blobs?name=a", [wrong], bytes: "hello".bytes)
            try await talk.call("POST", "/v1/blobs?name=a", [wrong], bytes: large)
            try await talk.call("POST", "/v1/blobs?name=a", [("Content-Digest", "sha-256=hello")], bytes: "hello".bytes)

            talk.about("Again under the same key")
            for (key, bytes) in [("small", "hello".bytes), ("large", large)] {
                try await talk.call("POST", "/v1/blobs?name=k", [("Idempotency-Key", key)], bytes: bytes)
                try await talk.call("POST", "/v1/blobs?name=k", [("Idempotency-Key", key)], bytes: bytes)
                try await talk.call("POST", "/v1/blobs?name=other", [("Idempotency-Key", key)], bytes: bytes)
                let changed = Array(bytes.dropLast()) + [0]
                try await talk.call("POST", "/v1/blobs?name=k", [("Idempotency-Key", key)], bytes: changed)
            }

            talk.about("Too much")
            try await talk.call("POST", "/v1/blobs?name=a", bytes: content(400_001))
            try await talk.call(
                "POST", "/v1/blobs?name=a", bytes: content(400_001), framing: .chunked(pieceBytes: 100_000))

            talk.about("What makes no sense")
            try await talk.call("POST", "/v1/blobs?type=cat", bytes: "x".bytes)
            try await talk.call("POST", "/v1/blobs", [("Content-Type", "cat")], bytes: "x".bytes)
            try await talk.call("POST", "/v1/blobs?capsule=mine", bytes: "x".bytes)
            try await talk.call("GET", "/v1/uploads?state=pending")
        })
}
