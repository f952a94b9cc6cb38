import UploadHTTP

extension TranscriptScript {
    static let access = TranscriptScript(
        "access", "Who may do what",
        change: { settings in settings.http.documentBytesMax = 64 },
        run: { talk in
            talk.about("Somebody that nobody knows")
            try await talk.call("GET", "/v1/capsules", by: nil)
            for value in ["Bearer", "Bearer nobody-token", "Basic YW5uYQ==", "bearer anna-token"] {
                try await talk.call("GET", "/v1/capsules", by: nil, [("Authorization", value)])
            }
            try await talk.call("PUT", "/v1/uploads/x/chunks/0", by: nil, bytes: "x".bytes)

            talk.about("Somebody else’s")
            let capsule = try await talk.makeCapsule(title: "")
            let document = #"{"capsule":"\#(capsule)","name":"a","length":1}"#
            let upload = try await talk.begin(#"{"name":"a","length":1}"#)
            let blob = try await talk.putBlob("x".bytes, query: "name=a&capsule=\(capsule)")
            let strangers: [(String, String, String?)] = [
                ("GET", "/v1/capsules/\(capsule)", nil), ("GET", "/v1/uploads/\(upload)", nil),
                ("PUT", "/v1/uploads/\(upload)/chunks/0", "x"), ("POST", "/v1/uploads/\(upload)/finish", nil),
                ("DELETE", "/v1/uploads/\(upload)", nil), ("GET", "/v1/uploads?capsule=\(capsule)", nil),
                ("POST", "/v1/blobs?capsule=\(capsule)", "x"), ("GET", "/v1/blobs/\(blob)", nil),
                ("HEAD", "/v1/blobs/\(blob)", nil), ("GET", "/v1/blobs/\(blob)/meta", nil),
                ("GET", "/v1/blobs/\(blob)/chunks/0", nil), ("DELETE", "/v1/blobs/\(blob)", nil),
            ]
            for caller in ["ben", "olga"] {
                for (method, path, body) in strangers {
                    try await talk.call(method, path, by: caller, bytes: body?.bytes)
                }
            }

            talk.about("A reader")
            let members = "/v1/capsules/\(capsule)/members"
            try await talk.call("PUT", members + "/ben", json: #"{"role":"reader"}"#)
            try await talk.call("GET", "/v1/blobs/\(blob)", by: "ben")
            try await talk.call("GET", "/v1/uploads?capsule=\(capsule)", by: "ben")
            try await talk.call("POST", "/v1/blobs?capsule=\(capsule)", by: "ben", bytes: "x".bytes)
            try await talk.call("POST", "/v1/blobs?capsule=\(capsule)", by: "ben", bytes: content(70_000))
            try await talk.call("DELETE", "/v1/blobs/\(blob)", by: "ben")
            try await talk.call("DELETE", members + "/anna", by: "ben")

            talk.about("A writer, whose role ends in the middle")
            try await talk.call("PUT", members + "/ben", json: #"{"role":"writer"}"#)
            let theirs = try await talk.putBlob("y".bytes, query: "name=b&capsule=\(capsule)", by: "ben")
            try await talk.call("GET", "/v1/blobs/\(theirs)")
            try await talk.call("GET", "/v1/uploads/\(theirs)")
            try await talk.call("DELETE", members + "/ben")
            try await talk.call("GET", "/v1/blobs/\(theirs)", by: "ben")

            talk.about("A document that is longer than one may be")
            try await talk.call("POST", "/v1/uploads", json: document + String(repeating: " ", count: 65))
            try await talk.call(
                "POST", "/v1/uploads", json: document + String(repeating: " ", count: 65),
                framing: .chunked(pieceBytes: 20))
        })
}
