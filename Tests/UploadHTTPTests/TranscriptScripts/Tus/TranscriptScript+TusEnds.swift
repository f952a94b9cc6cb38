import UploadCore

extension TranscriptScript {
    static let tusEnds = TranscriptScript(
        "tus-ends", "tus: uploads that are ended, and uploads that expire",
        change: { settings in
            settings.limits.timeToLiveMilliseconds = 60_000
            settings.limits.expiryGraceMilliseconds = 0
        },
        run: { talk in
            talk.about("Ended before the first byte, in the middle, and when it was finished")
            for count in [0, 3, 5] {
                let upload = try await talk.create([("Upload-Length", "5")])
                if count > 0 { try await talk.patch(upload, at: 0, Array("hello".bytes[..<count])) }
                try await talk.tus("DELETE", upload)
                try await talk.tus("HEAD", upload)
                try await talk.patch(upload, at: count, "x".bytes)
                try await talk.tus("GET", upload)
                try await talk.tus("DELETE", upload)
            }

            talk.about("Expired")
            let partial = ("Upload-Concat", "partial")
            let unused = try await talk.create([("Upload-Length", "5")])
            let part = try await talk.create([("Upload-Length", "5"), partial], bytes: "hello".bytes)
            let finished = try await talk.create([("Upload-Length", "5")], bytes: "hello".bytes)
            talk.advance(milliseconds: 50_000)
            try await talk.patch(unused, at: 0, "hel".bytes)
            talk.advance(milliseconds: 50_000)
            try await talk.call("POST", "/v1/sessions/cleanup-expired", by: "olga")
            try await talk.tus("HEAD", unused)
            try await talk.tus("HEAD", part)
            try await talk.tus("POST", "/files", [("Upload-Concat", "final;\(part)")])
            try await talk.tus("HEAD", finished)
            talk.advance(milliseconds: 61_000)
            try await talk.call("POST", "/v1/sessions/cleanup-expired", by: "olga")
            try await talk.tus("HEAD", unused)
            try await talk.patch(unused, at: 3, "lo".bytes)
            try await talk.tus("GET", unused)
            try await talk.tus("DELETE", unused)
            try await talk.tus("HEAD", finished)
        })
}
