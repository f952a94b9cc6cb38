import UploadCore

extension TranscriptScript {
    static let downloads = TranscriptScript(
        "downloads", "Downloads",
        run: { talk in
            let alphabet = "abcdefghijklmnopqrstuvwxyz".bytes
            let blob = try await talk.putBlob(alphabet, query: "name=abc.txt&type=text/plain")
            let path = "/v1/blobs/\(blob)"
            let etag = "\"sha256-\(Digest(of: alphabet).hex)\""

            talk.about("Whole, its header, what it is, and by chunk")
            try await talk.call("GET", path)
            try await talk.call("HEAD", path)
            try await talk.call("GET", path + "/meta")
            try await talk.call("GET", path + "/chunks/0")
            try await talk.call("GET", path + "/chunks/1")
            try await talk.call("GET", path + "/chunks/first")

            talk.about("Ranges")
            for range in [
                "bytes=0-0", "bytes=20-", "bytes=-3", "bytes=-100", "bytes=24-100", "bytes=0-1,4-5", "bytes=24-25, -1",
                "bytes=26-", "bytes=-0", "bytes=5-4", "bytes=a-b", "lines=1-2", "bytes=0-25,0-25",
                "bytes=18446744073709551616-", "bytes=0-18446744073709551616",
            ] {
                try await talk.call("GET", path, [("Range", range)])
            }
            try await talk.call("HEAD", path, [("Range", "bytes=0-0")])

            talk.about("Conditions")
            for fields in [
                [("If-None-Match", etag)], [("If-None-Match", "W/\(etag), \"x\"")], [("If-None-Match", "\"x\"")],
                [("If-None-Match", "*")], [("If-Match", etag)], [("If-Match", "\"x\"")], [("If-Match", "nonsense")],
                [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:21 GMT")],
                [("If-Modified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")],
                [("If-Unmodified-Since", "Tue, 14 Nov 2023 22:13:20 GMT")],
                [("If-Range", etag), ("Range", "bytes=0-1")], [("If-Range", "\"x\""), ("Range", "bytes=0-1")],
            ] {
                try await talk.call("GET", path, fields)
            }
            try await talk.call("HEAD", path, [("If-None-Match", etag)])

            talk.about("From a file, in chunks of the client’s size")
            let large = String(repeating: "0123456789", count: 20_000).bytes
            let upload = try await talk.begin(#"{"name":"large.bin","length":200000,"chunk_size":150000}"#)
            try await talk.call("PUT", "/v1/uploads/\(upload)/chunks/0", bytes: Array(large[..<150_000]))
            try await talk.call("PUT", "/v1/uploads/\(upload)/chunks/1", bytes: Array(large[150_000...]))
            try await talk.call("POST", "/v1/uploads/\(upload)/finish")
            try await talk.call("GET", "/v1/blobs/\(upload)")
            try await talk.call("GET", "/v1/blobs/\(upload)", [("Range", "bytes=149990-150009")])
            try await talk.call("GET", "/v1/blobs/\(upload)", [("Range", "bytes=0-99,100000-100099")])
            try await talk.call("GET", "/v1/blobs/\(upload)/chunks/1")
            try await talk.call("GET", "/v1/blobs/\(upload)/chunks/2")
            try await talk.call("GET", "/v1/blobs/\(upload)/meta")

            talk.about("Names and types that are up to something")
            for query in [
                "name=..%2f..%2fetc%2fpasswd", "name=a%22%3b%20filename%3d%22b.exe", "name=a%0d%0aSet-Cookie:%20x",
                "name=z%C3%B6%E2%80%AEgpj.exe", "name=.&type=image/svg%2bxml", "name=page.html&type=text/html",
                "name=cat.jpg&type=image/jpeg",
            ] {
                let blob = try await talk.putBlob("x".bytes, query: query)
                try await talk.call("HEAD", "/v1/blobs/\(blob)")
            }
            try await talk.call("GET", "/v1/blobs/\(String(repeating: "0", count: 32))")
            try await talk.call("GET", "/v1/blobs/..%2f\(blob)")
        })

    static let deleting = TranscriptScript(
        "deleting", "Deleting blobs",
        run: { talk in
            for bytes in ["small".bytes, content(70_000)] {
                talk.about("One of \(bytes.count) bytes")
                let blob = try await talk.putBlob(bytes, query: "name=a")
                try await talk.call("DELETE", "/v1/blobs/\(blob)", by: "ben")
                try await talk.call("DELETE", "/v1/blobs/\(blob)")
                try await talk.call("DELETE", "/v1/blobs/\(blob)")
                try await talk.call("GET", "/v1/blobs/\(blob)")
                try await talk.call("GET", "/v1/blobs/\(blob)/meta")
                try await talk.call("GET", "/v1/uploads/\(blob)")
            }
        })
}
