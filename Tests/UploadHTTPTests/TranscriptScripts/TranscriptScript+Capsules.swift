import UploadCore

extension TranscriptScript {
    static let capsules = TranscriptScript(
        "capsules", "Capsules and their members",
        change: { settings in
            settings.limits.titleBytesMax = 16
            settings.limits.membersMax = 2
            settings.limits.principalBytesMax = 8
        },
        run: { talk in
            talk.about("Making one")
            let capsule = try await talk.makeCapsule(title: "Summer 1998")
            try await talk.call("POST", "/v1/capsules")
            try await talk.call("POST", "/v1/capsules", json: #"{"title":"sixteen bytes ok","colour":"red"}"#)
            try await talk.call("POST", "/v1/capsules", json: #"{"title":"seventeen bytes !"}"#)
            try await talk.call("POST", "/v1/capsules", json: #"{"title":7}"#)
            try await talk.call("POST", "/v1/capsules", json: #"["title"]"#)
            try await talk.call("POST", "/v1/capsules", json: #"{"title":"#)

            talk.about("Members")
            let members = "/v1/capsules/\(capsule)/members"
            try await talk.call("PUT", members + "/ben", json: #"{"role":"writer"}"#)
            try await talk.call("PUT", members + "/z%C3%B6e%2F%20", json: #"{"role":"reader"}"#)
            try await talk.call("PUT", members + "/carla", json: #"{"role":"reader"}"#)
            try await talk.call("GET", "/v1/capsules/\(capsule)", by: "ben")
            try await talk.call("PUT", members + "/ben", json: #"{"role":"reader"}"#)
            try await talk.call("DELETE", members + "/z%C3%B6e%2F%20")
            try await talk.call("DELETE", members + "/z%C3%B6e%2F%20")
            try await talk.call("PUT", members + "/carla", json: #"{"role":"owner"}"#)
            try await talk.call("PUT", members + "/carla", json: #"{"role":"king"}"#)
            try await talk.call("PUT", members + "/carla", json: "{}")
            try await talk.call("PUT", members + "/anna", json: #"{"role":"reader"}"#)
            try await talk.call("PUT", members + "/nineofthem", json: #"{"role":"reader"}"#)
            try await talk.call("PUT", members + "/%ff", json: #"{"role":"reader"}"#)
            try await talk.call("PUT", members + "/carla", by: "ben", json: #"{"role":"reader"}"#)
            try await talk.call("PUT", members + "/carla", by: "carla", json: #"{"role":"reader"}"#)
            try await talk.call("DELETE", members + "/anna", by: "ben")
            try await talk.call("DELETE", members + "/ben", by: "ben")
            try await talk.call("DELETE", members + "/ben", by: "ben")
            try await talk.call("DELETE", members + "/anna")
            try await talk.call("PUT", members + "/ben", json: #"{"role":"reader"}"#)
            try await talk.call("GET", "/v1/capsules/\(capsule)")

            talk.about("Lists")
            let first = try await talk.call("GET", "/v1/capsules?limit=2")
            let cursor = first.json?["next"]?.text ?? ""
            try await talk.call("GET", "/v1/capsules?limit=2&cursor=\(cursor)")
            try await talk.call("GET", "/v1/capsules", by: "ben")
            try await talk.call("GET", "/v1/capsules", by: "carla")
            try await talk.call("GET", "/v1/capsules?limit=0")
            try await talk.call("GET", "/v1/capsules?limit=-1")
            try await talk.call("GET", "/v1/capsules?cursor=first")

            talk.about("What there is not")
            try await talk.call("GET", "/v1/capsules/\(capsule)", by: "carla")
            try await talk.call("GET", "/v1/capsules/\(String(repeating: "0", count: 32))")
            try await talk.call("GET", "/v1/capsules/..")
            try await talk.call("GET", "/v1/capsules/..%2f..%2fetc%2fpasswd")
        })
}
