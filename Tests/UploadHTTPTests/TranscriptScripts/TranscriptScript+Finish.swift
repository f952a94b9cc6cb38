import UploadCore

extension TranscriptScript {
    static let finish = TranscriptScript(
        "finish", "Finishing and aborting",
        run: { talk in
            talk.about("Too early, then right, then again")
            let upload = try await talk.begin(#"{"name":"abc.txt","type":"text/plain","length":10,"chunk_size":4}"#)
            let path = "/v1/uploads/\(upload)"
            try await talk.call("POST", path + "/finish")
            try await talk.call("PUT", path + "/chunks/1", bytes: "efgh".bytes)
            try await talk.call("POST", path + "/finish")
            try await talk.call("PUT", path + "/chunks/0", bytes: "abcd".bytes)
            try await talk.call("PUT", path + "/chunks/2", bytes: "ij".bytes)
            try await talk.call("GET", path)
            try await talk.call("POST", path + "/finish", json: #"{"length":9}"#)
            try await talk.call("POST", path + "/finish", json: #"{"sha256":"\#(Digest(of: []).hex)"}"#)
            try await talk.call("POST", path + "/finish", json: #"{"sha256":"short"}"#)
            try await talk.call("POST", path + "/finish", json: #"{"length":"10"}"#)
            try await talk.call("GET", path)
            let digest = Digest(of: "abcdefghij".bytes).hex
            try await talk.call("POST", path + "/finish", json: #"{"sha256":"\#(digest)","length":10}"#)
            try await talk.call("POST", path + "/finish", json: #"{"sha256":"\#(digest)","length":10}"#)
            try await talk.call("POST", path + "/finish")
            try await talk.call("POST", path + "/finish", json: #"{"sha256":"\#(Digest(of: []).hex)"}"#)
            try await talk.call("POST", path + "/finish", json: #"{"length":11}"#)
            try await talk.call("GET", path)
            try await talk.call("GET", "/v1/blobs/\(upload)")

            talk.about("A digest that was told at the beginning, and did not come true")
            let wrong = try await talk.begin(#"{"name":"x","length":1,"sha256":"\#(digest)"}"#)
            try await talk.call("PUT", "/v1/uploads/\(wrong)/chunks/0", bytes: "x".bytes)
            try await talk.call("POST", "/v1/uploads/\(wrong)/finish")
            try await talk.call("GET", "/v1/uploads/\(wrong)")

            talk.about("Nothing at all")
            let empty = try await talk.begin(#"{"name":"empty","length":0}"#)
            try await talk.call("POST", "/v1/uploads/\(empty)/finish", json: "{}")
            try await talk.call("GET", "/v1/blobs/\(empty)")

            talk.about("Aborting, twice, and what comes after")
            try await talk.call("DELETE", "/v1/uploads/\(wrong)")
            try await talk.call("DELETE", "/v1/uploads/\(wrong)")
            try await talk.call("GET", "/v1/uploads/\(wrong)")
            try await talk.call("POST", "/v1/uploads/\(wrong)/finish")
            try await talk.call("GET", "/v1/blobs/\(wrong)")
            try await talk.call("DELETE", path)
            try await talk.call("DELETE", "/v1/uploads/\(String(repeating: "f", count: 32))")
            try await talk.call("POST", "/v1/uploads/nothing/finish")
        })
}
