import UploadCore

extension TranscriptScript {
    static let begin = TranscriptScript(
        "begin", "Beginning uploads",
        change: { settings in
            settings.limits.chunkSizeMin = 2
            settings.limits.chunkSizeDefault = 4
            settings.limits.chunkSizeMax = 10
            settings.limits.chunksMax = 5
            settings.limits.uploadBytesMax = 50
            settings.limits.activeUploadsMax = 6
            settings.limits.nameBytesMax = 12
            settings.limits.contentTypeBytesMax = 24
            settings.limits.idempotencyKeyBytesMax = 8
            settings.limits.provisionalMemoryIdBytesMax = 4
        },
        run: { talk in
            talk.about("With everything that can be said, and with as little as possible")
            let capsule = try await talk.makeCapsule(title: "Summer")
            let digest = Digest(of: content(20)).hex
            let full =
                #"{"capsule":"\#(capsule)","name":"cat.jpg","type":"image/jpeg","length":20,"chunk_size":10,"#
                + #""expected_chunks":2,"sha256":"\#(digest)","provisional_memory_id":"m1"}"#
            let upload = try await talk.begin(full, [("Idempotency-Key", "\"first\"")])
            try await talk.call("GET", "/v1/uploads/\(upload)")
            _ = try await talk.begin(#"{"name":""}"#)

            talk.about("Again under the same key, and under another’s")
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "first")], json: full)
            try await talk.call(
                "POST", "/v1/uploads", [("Idempotency-Key", "first")], json: #"{"capsule":"\#(capsule)","name":"dog"}"#)
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "8 bytes!")], json: #"{"name":"a"}"#)
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "8 bytes!")], json: #"{"name":"a"}"#)
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "9 bytes !")], json: #"{"name":"a"}"#)
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "\"\"")], json: #"{"name":"a"}"#)
            try await talk.call("POST", "/v1/uploads", [("Idempotency-Key", "\"open")], json: #"{"name":"a"}"#)
            try await talk.call(
                "POST", "/v1/uploads", [("Idempotency-Key", "a"), ("Idempotency-Key", "b")], json: #"{"name":"a"}"#)

            talk.about("At the limits and past them")
            for document in [
                #"{"name":"twelve bytes","length":50,"chunk_size":10,"expected_chunks":5}"#,
                #"{"name":"thirteen byte"}"#, #"{"name":"a","length":51}"#, #"{"name":"a","length":21}"#,
                #"{"name":"a","chunk_size":11}"#, #"{"name":"a","chunk_size":1}"#,
                #"{"name":"a","expected_chunks":6}"#,
                #"{"name":"a","length":20,"chunk_size":10,"expected_chunks":3}"#,
                #"{"name":"a","type":"application/vnd.of.24-by"}"#,
                #"{"name":"a","type":"application/vnd.of.25-byt"}"#,
                #"{"name":"a","provisional_memory_id":"five!"}"#,
                #"{"name":"a","provisional_memory_id":"\u0000"}"#,
            ] {
                try await talk.call("POST", "/v1/uploads", json: document)
            }

            talk.about("What makes no sense")
            for document in [
                "{}", #"{"name":7}"#, #"{"name":null}"#, #"{"name":"a","length":-1}"#, #"{"name":"a","length":1.5}"#,
                #"{"name":"a","length":18446744073709551616}"#, #"{"name":"a","sha256":"abc"}"#,
                #"{"name":"a","type":"cat"}"#, #"{"name":"a","type":"text/plain\r\nX: y"}"#,
                #"{"name":"a","chunk_size":0}"#, #"{"name":"a","capsule":"mine"}"#, "[]", "name=a",
            ] {
                try await talk.call("POST", "/v1/uploads", json: document)
            }

            talk.about("As many at once as may be")
            for name in ["5th", "6th", "7th"] {
                try await talk.call("POST", "/v1/uploads", json: #"{"name":"\#(name)"}"#)
            }
            try await talk.call("GET", "/v1/uploads?limit=2&state=pending")
            try await talk.call("GET", "/v1/uploads?capsule=\(capsule)")
            try await talk.call("GET", "/v1/uploads?state=lost")
        })
}
