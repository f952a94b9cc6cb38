import UploadCore

extension TranscriptScript {
    static let sessions = TranscriptScript(
        "sessions", "Sessions, as operators see them",
        change: { settings in
            settings.limits.timeToLiveMilliseconds = 60_000
            settings.limits.expiryGraceMilliseconds = 0
            settings.limits.pageMax = 2
        },
        run: { talk in
            try await talk.call("GET", "/v1/sessions", by: "olga")
            try await talk.call("GET", "/v1/sessions/stats", by: "olga")

            talk.about("Of everybody, a page at a time")
            let first = try await talk.begin(#"{"name":"1st","length":1}"#)
            let second = try await talk.begin(#"{"name":"2nd","length":1}"#, by: "ben")
            _ = try await talk.begin(#"{"name":"3rd"}"#, by: "carla")
            try await talk.call("PUT", "/v1/uploads/\(first)/chunks/0", bytes: "x".bytes)
            try await talk.call("POST", "/v1/uploads/\(first)/finish")
            try await talk.call("DELETE", "/v1/uploads/\(second)", by: "ben")
            let page = try await talk.call("GET", "/v1/sessions?limit=1000", by: "olga")
            try await talk.call("GET", "/v1/sessions?cursor=\(page.json?["next"]?.text ?? "")", by: "olga")
            for state in ["pending", "committed", "aborted", "expired"] {
                try await talk.call("GET", "/v1/sessions?state=\(state)", by: "olga")
            }
            try await talk.call("GET", "/v1/sessions?state=finishing", by: "olga")
            try await talk.call("GET", "/v1/sessions/stats", by: "olga")

            talk.about("Expiry")
            try await talk.call("POST", "/v1/sessions/cleanup-expired", by: "olga")
            talk.advance(milliseconds: 61_000)
            let kept = try await talk.begin(#"{"name":"young"}"#)
            try await talk.call("POST", "/v1/sessions/cleanup-expired", by: "olga")
            try await talk.call("POST", "/v1/sessions/cleanup-expired", by: "olga")
            try await talk.call("GET", "/v1/sessions?state=expired", by: "olga")
            try await talk.call("GET", "/v1/uploads/\(kept)")
            try await talk.call("GET", "/v1/sessions/stats", by: "olga")

            talk.about("Operators only")
            try await talk.call("GET", "/v1/sessions")
            try await talk.call("GET", "/v1/sessions/stats")
            try await talk.call("POST", "/v1/sessions/cleanup-expired")
            try await talk.call("GET", "/v1/sessions/stats", by: nil)
            try await talk.call("GET", "/v1/uploads/\(kept)", by: "olga")
        })
}
