extension TranscriptScript {
    static let tusConcatenation = TranscriptScript(
        "tus-concatenation", "tus: uploads that are made of others",
        run: { talk in
            talk.about("Parts in an order of their own, one of them twice")
            let partial = ("Upload-Concat", "partial")
            let first = try await talk.create([("Upload-Length", "3"), partial, ("Upload-Metadata", "a YQ==")])
            try await talk.patch(first, at: 0, "abc".bytes, [partial])
            let second = try await talk.create([("Upload-Length", "2"), partial], bytes: "de".bytes)
            try await talk.tus("HEAD", first)
            try await talk.tus("GET", first)
            let concat = "final;http://localhost\(second) \(first) http://localhost\(second)"
            let fields = [("Upload-Concat", concat), ("Upload-Metadata", "filename Yg==")]
            let whole = try await talk.create(fields)
            try await talk.tus("HEAD", whole)
            try await talk.call("GET", whole)

            talk.about("Asked again")
            _ = try await talk.create(fields)
            let plain = try await talk.create([("Upload-Concat", "final;\(first)")])
            try await talk.tus("HEAD", plain)

            talk.about("It takes no bytes")
            try await talk.patch(whole, at: 7, "x".bytes)
            try await talk.patch(whole, at: 0, [])

            talk.about("Parts that are still to come")
            let open = try await talk.create([("Upload-Length", "4"), partial])
            let unknown = try await talk.create([("Upload-Defer-Length", "1"), partial])
            let pending = try await talk.create([("Upload-Concat", "final;\(first) \(open) \(unknown)")])
            try await talk.tus("HEAD", pending)
            try await talk.tus("GET", pending)
            try await talk.patch(pending, at: 0, "x".bytes)
            try await talk.patch(unknown, at: 0, "y".bytes, [("Upload-Length", "1")])
            try await talk.tus("HEAD", pending)
            try await talk.patch(open, at: 0, "wxyz".bytes)
            try await talk.tus("HEAD", pending)
            try await talk.call("GET", pending)

            talk.about("What is refused")
            let own = try await talk.create([("Upload-Length", "3")], bytes: "abc".bytes)
            for concat in [
                "final;/files/00000000000070008000000000000000", "final;\(own)", "final;/files/x",
                "final;/files/../../etc/passwd", "final;", "final; ", "final",
            ] {
                try await talk.tus("POST", "/files", [("Upload-Concat", concat)])
            }
            try await talk.tus("POST", "/files", by: "ben", [("Upload-Concat", "final;\(first)")])
            let final = ("Upload-Concat", "final;\(first)")
            try await talk.tus("POST", "/files", [final, ("Upload-Length", "3")])
            try await talk.tus("POST", "/files", [final, ("Upload-Defer-Length", "1")])
            try await talk.tus("POST", "/files", [final, ("Content-Type", TusClient.patchType)], bytes: "x".bytes)
        })
}
