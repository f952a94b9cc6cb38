import SessionCore

/// Names for what is random in an answer.
struct TranscriptNames {
    private var names: [(id: String, name: String)] = []
    private var counts: [String: Int] = [:]

    /// Names the ids in an answer, in the order in which they are first seen.
    mutating func learn(from response: ClientResponse) {
        if let json = response.json { learn(json) }
        if let id = response["Location"]?.split(separator: "/").last, SessionId(text: id) != nil {
            add(String(id), kind: "upload")
        }
        if let type = response["Content-Type"], let boundary = type.split(separator: "boundary=").last,
            type.hasPrefix("multipart/")
        {
            add(String(boundary), kind: "boundary")
        }
    }

    private mutating func learn(_ json: JSON) {
        let members = json.members
        if let id = members["id"]?.text, let assets = members["assets"]?.elements {
            add(id, kind: "memory")
            for asset in assets { if let id = asset["id"]?.text { add(id, kind: "asset") } }
        }
        if let id = members["id"]?.text, let token = members["token"]?.text {
            // Before the ids of which the token consists.
            if !names.contains(where: { $0.id == token }) { names.insert((token, "‹token›"), at: 0) }
            add(id, kind: "link")
        }
        if let ticket = members["ticket"]?.text { add(ticket, kind: "ticket") }
        for key in ["capsule", "id", "upload", "blob"] {
            guard let id = members[key]?.text else { continue }
            // An upload and its blob have the same 128 bits.
            add(id, kind: key == "capsule" || (key == "id" && members["writers"] != nil) ? "capsule" : "upload")
        }
        for key in [
            "blobs", "capsules", "derivations", "links", "memories", "results", "sessions",
        ] {
            for element in members[key]?.elements ?? [] {
                learn(key == "results" ? element["blob"] ?? element : element)
            }
        }
    }

    private mutating func add(_ id: String, kind: String) {
        guard !names.contains(where: { $0.id == id }) else { return }
        counts[kind, default: 0] += 1
        let name = "\(kind) \(counts[kind, default: 0])"
        // Metadata of tus have it in Base64.
        names += [(id, "‹\(name)›"), (id.base64, "‹\(name), in Base64›")]
    }

    func applied(to line: String) -> String {
        names.reduce(line) { $0.replacing($1.id, with: $1.name) }
    }
}
