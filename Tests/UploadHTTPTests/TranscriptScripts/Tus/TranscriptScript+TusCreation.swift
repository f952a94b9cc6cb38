import UploadCore

extension TranscriptScript {
    static let tusCreation = TranscriptScript(
        "tus-creation", "tus: creation, with bytes, with a length to come",
        change: { settings in settings.limits.uploadBytesMax = 100_000 },
        run: { talk in
            talk.about("With metadata of every kind")
            for metadata in [
                "filename d29ybGRfZG9taW5hdGlvbl9wbGFuLnBkZg==,filetype YXBwbGljYXRpb24vcGRm,is_confidential",
                "name 5pel5pys6KqeLnR4dA==,type dGV4dC9wbGFpbg==", "b Yg==, a YQ,empty ,c", "nonutf8 /w==", "",
            ] {
                let upload = try await talk.create([("Upload-Length", "0"), ("Upload-Metadata", metadata)])
                try await talk.tus("HEAD", upload)
                try await talk.call("GET", upload)
            }

            talk.about("What makes no sense")
            for fields: TranscriptRecorder.Fields in [
                [], [("Upload-Length", "1"), ("Upload-Defer-Length", "1")], [("Upload-Defer-Length", "2")],
                [("Upload-Length", "-1")], [("Upload-Length", "1.5")],
                [("Upload-Length", "1"), ("Upload-Metadata", "a YQ==,a Yg==")],
                [("Upload-Length", "1"), ("Upload-Metadata", "a YQ== b")],
                [("Upload-Length", "1"), ("Upload-Metadata", "a b*")],
                [("Upload-Length", "1"), ("Upload-Concat", "half")],
            ] {
                try await talk.tus("POST", "/files", fields)
            }

            talk.about("Too long")
            try await talk.tus("POST", "/files", [("Upload-Length", "100001")])
            try await talk.tus("POST", "/files", [("Upload-Length", "18446744073709551616")])
            let type = ("Content-Type", TusClient.patchType)
            try await talk.tus("POST", "/files", [("Upload-Length", "4"), type], bytes: "hello".bytes)
            try await talk.tus(
                "POST", "/files", [("Upload-Length", "4"), type], bytes: "hello".bytes,
                framing: .chunked(pieceBytes: 2))

            talk.about("With all its bytes, and with some")
            let whole = try await talk.create([("Upload-Length", "5")], bytes: "hello".bytes)
            try await talk.call("GET", whole)
            let large = content(70_000)
            let other = try await talk.create([("Upload-Length", "70000")], bytes: large)
            try await talk.tus("HEAD", other)
            let begun = try await talk.create([("Upload-Length", "70000")], bytes: Array(large[..<30_000]))
            try await talk.patch(begun, at: 30_000, Array(large[30_000...]))
            try await talk.call("GET", begun)
            try await talk.tus(
                "POST", "/files", [("Upload-Length", "70000"), type], bytes: large,
                framing: .chunked(pieceBytes: 20_000))
            try await talk.tus("POST", "/files", [("Upload-Length", "5")], bytes: "hello".bytes)

            talk.about("With a length to come")
            let deferred = try await talk.create([("Upload-Defer-Length", "1")], bytes: "abc".bytes)
            try await talk.tus("HEAD", deferred)
            try await talk.patch(deferred, at: 3, "def".bytes)
            try await talk.patch(deferred, at: 6, [], [("Upload-Length", "5")])
            try await talk.patch(deferred, at: 6, [], [("Upload-Length", "100001")])
            try await talk.patch(deferred, at: 6, "gh".bytes, [("Upload-Length", "10")])
            try await talk.patch(deferred, at: 8, [], [("Upload-Length", "11")])
            try await talk.tus("HEAD", deferred)
            try await talk.patch(deferred, at: 8, "ij".bytes)
            try await talk.call("GET", deferred)
            let empty = try await talk.create([("Upload-Defer-Length", "1")])
            try await talk.patch(empty, at: 0, [], [("Upload-Length", "0")])
            try await talk.call("GET", empty)

            talk.about("Again under the same key")
            let key = ("Idempotency-Key", "\"one\"")
            _ = try await talk.create([("Upload-Length", "10"), key], bytes: "abcd".bytes)
            _ = try await talk.create([("Upload-Length", "10"), key], bytes: "abcd".bytes)
            try await talk.tus("POST", "/files", [("Upload-Length", "11"), key])
        })
}
