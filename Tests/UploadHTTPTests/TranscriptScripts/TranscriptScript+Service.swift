extension TranscriptScript {
    static let service = TranscriptScript(
        "service", "What the server says about itself, and where there is nothing",
        run: { talk in
            talk.about("For anybody")
            try await talk.call("GET", "/healthz", by: nil)
            try await talk.call("GET", "/readyz", by: nil)
            try await talk.call("GET", "/v1/upload-config", by: nil)
            try await talk.call("GET", "/openapi.json", by: nil, show: { _ in "‹the OpenAPI document›" })

            talk.about("Metrics, for operators")
            try await talk.call("GET", "/metrics", by: "olga", show: TranscriptScript.types)
            try await talk.call("GET", "/metrics")
            try await talk.call("GET", "/metrics", by: nil)

            talk.about("Where there is nothing")
            for path in [
                "/", "/v1", "/v2/uploads", "/v1/uploads/x/y/z", "/healthz/..", "/V1/capsules", "/v1/capsules%2fx",
                "/%2e%2e/healthz", "/v1/../healthz",
            ] {
                try await talk.call("GET", path)
            }

            talk.about("With a method that a path does not have")
            for (method, path) in [
                ("POST", "/healthz"), ("HEAD", "/healthz"), ("PATCH", "/v1/capsules"), ("GET", "/v1/blobs"),
                ("PUT", "/v1/uploads/x"), ("OPTIONS", "/v1/blobs/x"),
            ] {
                try await talk.call(method, path)
            }

            talk.about("With a query, a slash at the end, and two slashes")
            try await talk.call("GET", "/healthz?x=y", by: nil)
            try await talk.call("GET", "/healthz/", by: nil)
            try await talk.call("GET", "//healthz", by: nil)
        })

    /// Of metrics, which ones there are: their values depend on the machine.
    private static func types(_ response: ClientResponse) -> String {
        response.text.split(separator: "\n").filter { $0.hasPrefix("# TYPE") }.joined(separator: "\n")
    }
}
