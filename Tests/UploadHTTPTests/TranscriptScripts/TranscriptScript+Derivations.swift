extension TranscriptScript {
    static let derivations = TranscriptScript(
        "derivations", "What is made of uploads",
        run: { talk in
            talk.about("A capsule’s recipe")
            let plain = try await talk.makeCapsule(title: "Plain")
            let made = try await talk.call(
                "POST", "/v1/capsules", json: #"{"title":"Photos","derive":"photo"}"#)
            let photos = made.json?["id"]?.text ?? ""
            try await talk.call("POST", "/v1/capsules", json: #"{"derive":"video"}"#)
            let patch = [("Content-Type", "application/merge-patch+json")]
            for document in [
                #"{"title":"Other","derive":"photo"}"#, #"{"derive":null}"#, "{}", #"{"derive":"none"}"#,
                #"{"title":7}"#, "[]",
            ] {
                try await talk.call("PATCH", "/v1/capsules/\(plain)", patch, json: document)
            }
            try await talk.call("PATCH", "/v1/capsules/\(plain)", by: "ben", patch, json: "{}")
            try await talk.call(
                "PUT", "/v1/capsules/\(plain)/members/ben", json: #"{"role":"writer"}"#)
            try await talk.call("PATCH", "/v1/capsules/\(plain)", by: "ben", patch, json: "{}")

            talk.about("An upload waits for its commit, and is answered without waiting for what is made of it")
            let upload = try await talk.begin(
                #"{"capsule":"\#(plain)","name":"a.jpg","type":"image/jpeg","length":1,"derive":"photo"}"#)
            try await talk.call("PUT", "/v1/uploads/\(upload)/chunks/0", bytes: "x".bytes)
            try await talk.call("POST", "/v1/uploads/\(upload)/finish")
            try await talk.call("GET", "/v1/uploads/\(upload)")

            talk.about("In one request, by the capsule’s recipe and against it")
            let whole = try await talk.putBlob("y".bytes, query: "name=b.jpg&capsule=\(photos)")
            try await talk.call("GET", "/v1/uploads/\(whole)")
            let none = try await talk.putBlob("z".bytes, query: "name=c.txt&capsule=\(photos)&derive=none")
            try await talk.call("GET", "/v1/uploads/\(none)")
            try await talk.call("POST", "/v1/blobs?name=d&derive=video", bytes: "x".bytes)
            try await talk.call("POST", "/v1/uploads", json: #"{"name":"a","derive":""}"#)

            talk.about("By tus: “photo”, “none”, “a”, and “photo” of a part")
            let files = "/capsules/\(photos)/files"
            let tus = [("Tus-Resumable", "1.0.0"), ("Upload-Length", "1")]
            let body = [("Content-Type", "application/offset+octet-stream")]
            for value in ["cGhvdG8=", "bm9uZQ=="] {
                let created = try await talk.call(
                    "POST", files, tus + body + [("Upload-Metadata", "filename Zi5qcGc=,derive \(value)")],
                    bytes: "x".bytes)
                let id = created["Location"]?.split(separator: "/").last ?? ""
                try await talk.call("GET", "/v1/uploads/\(id)")
            }
            try await talk.call("POST", files, tus + [("Upload-Metadata", "derive YQ==")])
            try await talk.call(
                "POST", files, tus + [("Upload-Metadata", "derive cGhvdG8="), ("Upload-Concat", "partial")])

            try await companions(talk, capsule: photos, elsewhere: plain)

            talk.about("Lists")
            let list = "/v1/capsules/\(photos)/derivations"
            _ = try await talk.putBlob("w".bytes, query: "name=e.jpg&capsule=\(photos)")
            let first = try await talk.call("GET", list + "?limit=1")
            try await talk.call("GET", list + "?limit=5&cursor=\(first.json?["next"]?.text ?? "")")
            try await talk.call("GET", list + "?state=pending")
            try await talk.call("GET", list + "?state=done")
            try await talk.call("GET", list + "?state=waiting")
            try await talk.call("GET", list, by: "ben")
            try await talk.call("GET", "/v1/capsules/\(plain)/derivations", by: "ben")

            talk.about("An original that is deleted before")
            try await talk.call("DELETE", "/v1/blobs/\(whole)")
            try await talk.call("GET", list + "?state=failed")
        })

    private static func companions(
        _ talk: TranscriptRecorder, capsule: String, elsewhere: String
    ) async throws {
        talk.about("Companions of the memory: in a document, in a query, by tus, and those that cannot be")
        let video = try await talk.putBlob("v".bytes, query: "name=g.mov&capsule=\(capsule)&derive=none")
        let other = try await talk.putBlob("o".bytes, query: "name=o.mov&capsule=\(elsewhere)")
        func begin(_ derive: String, _ kind: String, _ blob: String) async throws {
            try await talk.call(
                "POST", "/v1/uploads",
                json: #"""
                    {"capsule":"\#(capsule)","name":"g.heic","length":1,"derive":"\#(derive)",
                    "companions":[{"kind":"\#(kind)","blob":"\#(blob)"}]}
                    """#)
        }
        try await begin("photo", "video", video)
        for (kind, blob) in [("video", other), ("video", "none"), ("film", video)] {
            try await begin("photo", kind, blob)
        }
        try await begin("none", "video", video)
        for companions in ["video:\(video)", "video:\(video),raw:\(video)", "video", "raw:\(other)"] {
            try await talk.call(
                "POST", "/v1/blobs?name=g.heic&capsule=\(capsule)&derive=photo&companions=\(companions)",
                bytes: "g".bytes)
        }
        try await talk.call(
            "POST", "/v1/blobs?name=g.heic&capsule=\(capsule)&companions=video:\(video)", bytes: "g".bytes)
        for text in ["video:\(video)", "video:\(other)", "video"] {
            try await talk.call(
                "POST", "/capsules/\(capsule)/files",
                [
                    ("Tus-Resumable", "1.0.0"), ("Upload-Length", "1"),
                    ("Upload-Metadata", "derive cGhvdG8=,companions \(text.base64)"),
                ])
        }
    }
}
