import UploadCore

extension TranscriptScript {
    static let batches = TranscriptScript(
        "batches", "Several files in one request, lists of blobs, and bytes that are not sent again",
        change: { settings in
            settings.limits.uploadBytesMax = 400_000
            settings.limits.batchMax = 3
        },
        run: { talk in
            let form = ("Content-Type", "multipart/form-data; boundary=b")
            func part(_ disposition: String, _ type: String?, _ bytes: [UInt8]) -> [UInt8] {
                let type = type.map { "Content-Type: \($0)\r\n" } ?? ""
                return "--b\r\nContent-Disposition: form-data; \(disposition)\r\n\(type)\r\n".bytes + bytes
                    + "\r\n".bytes
            }
            let end = "--b--\r\n".bytes
            let cat = part("name=\"file\"; filename=\"cat.jpg\"", "image/jpeg", "meow".bytes)
            let dog = part("name=\"file\"; filename=\"dog.txt\"", nil, "woof".bytes)

            talk.about("A form with a file")
            let capsule = try await talk.makeCapsule(title: "Animals")
            try await talk.call(
                "POST", "/v1/blobs?capsule=\(capsule)", [form],
                bytes: part("name=\"title\"", nil, "Cats".bytes) + cat + end)
            try await talk.call("POST", "/v1/blobs?name=other+name.jpg&type=image/png", [form], bytes: cat + end)
            try await talk.call("POST", "/v1/blobs", [form], bytes: part("name=\"title\"", nil, "x".bytes) + end)
            try await talk.call("POST", "/v1/blobs", [form], bytes: cat)
            try await talk.call("POST", "/v1/blobs?capsule=\(capsule)", [form], bytes: cat + dog + end)
            try await talk.call("POST", "/v1/blobs", [("Content-Type", "multipart/form-data")], bytes: cat + end)
            let large = content(100_000)
            try await talk.call(
                "POST", "/v1/blobs", [form], bytes: part("name=a; filename=large", nil, large) + end,
                framing: .chunked(pieceBytes: 7000))

            talk.about("Several files")
            let digest = Digest(of: "meow".bytes).hex
            let items = part(
                "name=\"items\"", "application/json",
                """
                {"items":[{"name":"a+b.jpg","sha256":"\(digest)","modified_at":"2020-02-29T12:00:00Z"},\
                {"sha256":"\(digest)"},{"idempotency_key":"k"}]}
                """.bytes)
            let largePart = part("name=\"file\"; filename=\"large.bin\"", nil, large)
            for _ in 0..<2 {
                try await talk.call(
                    "POST", "/v1/blobs/batch?capsule=\(capsule)", [form], bytes: items + cat + dog + largePart + end)
            }
            try await talk.call(
                "POST", "/v1/blobs/batch", [form],
                bytes: part("name=\"file\"; filename=a", "cat", "x".bytes) + dog + end)
            try await talk.call("POST", "/v1/blobs/batch", [form], bytes: cat + cat + cat + cat + end)
            try await talk.call("POST", "/v1/blobs/batch", [form], bytes: cat + items + end)
            try await talk.call("POST", "/v1/blobs/batch", [form], bytes: cat)
            try await talk.call("POST", "/v1/blobs/batch", [form], bytes: end)
            try await talk.call("POST", "/v1/blobs/batch", bytes: cat + end)
            try await talk.call("POST", "/v1/blobs/batch?capsule=\(capsule)", by: "ben", [form], bytes: cat + end)

            talk.about("Several finishes")
            let first = try await talk.begin("{\"name\":\"a\",\"length\":4}")
            try await talk.call("PUT", "/v1/uploads/\(first)/chunks/0", bytes: "meow".bytes)
            let second = try await talk.begin("{\"name\":\"b\",\"length\":4}")
            try await talk.call(
                "POST", "/v1/uploads/finish",
                json:
                    "{\"uploads\":[{\"id\":\"\(first)\",\"sha256\":\"\(digest)\"},{\"id\":\"\(second)\"},{\"id\":\"x\"}]}"
            )
            try await talk.call(
                "POST", "/v1/uploads/finish",
                json: "{\"uploads\":[{\"id\":\"a\"},{\"id\":\"a\"},{\"id\":\"a\"},{\"id\":\"a\"}]}")

            talk.about("Lists")
            let zoo = try await talk.makeCapsule(title: "Zoo")
            for name in ["Lion.jpg", "ape.txt", "lioness.JPG"] {
                _ = try await talk.putBlob(name.bytes, query: "name=\(name)&capsule=\(zoo)")
            }
            let pages = try await talk.call("GET", "/v1/blobs?capsule=\(zoo)&limit=2")
            try await talk.call("GET", "/v1/blobs?capsule=\(zoo)&limit=2&cursor=\(pages.json?["next"]?.text ?? "")")
            try await talk.call("GET", "/v1/blobs?capsule=\(zoo)&name=.jpg&order=oldest")
            try await talk.call("GET", "/v1/blobs?prefix=other")
            try await talk.call("GET", "/v1/blobs?capsule=default&prefix=Other")
            try await talk.call("GET", "/v1/blobs?order=best")
            try await talk.call("GET", "/v1/blobs?capsule=\(zoo)", by: "ben")

            talk.about("Bytes that are not sent again")
            let none = Digest(of: []).hex
            let found = try await talk.call(
                "POST", "/v1/blobs/lookup", json: "{\"sha256\":[\"\(none)\",\"\(digest)\"]}")
            try await talk.call(
                "POST", "/v1/blobs/lookup", json: "{\"capsule\":\"\(capsule)\",\"sha256\":[\"\(digest)\"]}")
            try await talk.call("POST", "/v1/blobs/lookup", by: "ben", json: "{\"sha256\":[\"\(digest)\"]}")
            try await talk.call("POST", "/v1/blobs/lookup", json: "{\"sha256\":[\"short\"]}")
            let source = found.json?["blobs"]?.elements.first?["blob"]?.text ?? ""
            let copy = try await talk.call(
                "POST", "/v1/blobs/\(source)/copies", [("Idempotency-Key", "copy")],
                json: "{\"name\":\"copy.gif\",\"type\":\"image/gif\",\"modified_at\":\"2001-01-01T00:00:00Z\"}")
            try await talk.call(
                "POST", "/v1/blobs/\(source)/copies", [("Idempotency-Key", "copy")],
                json: "{\"name\":\"copy.gif\",\"type\":\"image/gif\",\"modified_at\":\"2001-01-01T00:00:00Z\"}")
            try await talk.call("DELETE", "/v1/blobs/\(source)")
            try await talk.call("GET", "/v1/blobs/\(copy.json?["blob"]?.text ?? "")")
            try await talk.call("POST", "/v1/blobs/\(source)/copies", json: "{\"name\":\"late\"}")

            talk.about("The file's own time")
            let old = try await talk.putBlob("x".bytes, query: "name=old&modified_at=1999-12-31T23:59:59Z")
            try await talk.call("GET", "/v1/blobs/\(old)/meta")
            try await talk.call("GET", "/v1/blobs/\(old)")
            let future = try await talk.putBlob("x".bytes, query: "name=future&modified_at=2999-12-31T23:59:59Z")
            try await talk.call("HEAD", "/v1/blobs/\(future)")
            try await talk.call("POST", "/v1/blobs?name=a&modified_at=yesterday", bytes: "x".bytes)
            try await talk.call(
                "POST", "/v1/uploads", json: "{\"name\":\"b\",\"length\":4,\"modified_at\":\"1969-07-20T20:17:40Z\"}")
        })
}
