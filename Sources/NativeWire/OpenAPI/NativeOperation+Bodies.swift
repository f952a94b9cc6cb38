/// What goes in and comes out of each call, for the OpenAPI document.
extension NativeOperation {
    enum Body: Sendable {
        case document(Schema)
        case bytes
        case text
        case anyJSON

        var content: JSONValue {
            switch self {
            case .document(let schema): ["application/json": ["schema": SchemaType.document(schema.name).json]]
            case .bytes: ["application/octet-stream": [:]]
            case .text: ["text/plain": ["schema": ["type": "string"]]]
            case .anyJSON: ["application/json": ["schema": ["type": "object"]]]
            }
        }
    }

    struct Parameter: Sendable {
        let name: String
        let place: String
        let type: SchemaType
        var isRequired = false

        var json: JSONValue {
            [
                "name": .string(name), "in": .string(place), "required": .bool(isRequired), "schema": type.json,
            ]
        }
    }

    var request: Body? {
        switch self {
        case .createCapsule: .document(.newCapsule)
        case .setMember: .document(.member)
        case .beginUpload: .document(.newUpload)
        case .finishUpload: .document(.finish)
        case .putChunk, .putBlob: .bytes
        default: nil
        }
    }

    /// Some need nothing said.
    var isRequestOptional: Bool { self == .createCapsule || self == .finishUpload }

    var answer: Body? {
        switch self {
        case .createCapsule, .getCapsule: .document(.capsule)
        case .listCapsules: .document(.capsuleList)
        case .beginUpload, .getUpload: .document(.upload)
        case .listUploads, .listSessions: .document(.sessionList)
        case .finishUpload, .putBlob: .document(.finished)
        case .getBlob, .getBlobChunk: .bytes
        case .getBlobMeta: .document(.blob)
        case .getSessionStats: .document(.sessionStats)
        case .cleanUpExpired: .document(.cleanup)
        case .getUploadConfig: .document(.uploadConfig)
        case .getOpenAPI: .anyJSON
        case .getHealth, .getReadiness, .getMetrics: .text
        case .setMember, .removeMember, .putChunk, .abortUpload, .headBlob, .deleteBlob: nil
        }
    }

    var parameters: [Parameter] {
        let path = route.parameters.map { name in
            Parameter(name: name, place: "path", type: name == "index" ? .number : .text, isRequired: true)
        }
        return path + query + header
    }

    private var query: [Parameter] {
        func query(_ name: String, _ type: SchemaType, isRequired: Bool = false) -> Parameter {
            Parameter(name: name, place: "query", type: type, isRequired: isRequired)
        }
        let page = [query("cursor", .text), query("limit", .number)]
        let state = query("state", .choice(["pending", "committed", "aborted", "expired"]))
        return switch self {
        case .listCapsules: page
        case .listUploads: [query("capsule", .text), state] + page
        case .listSessions: [state] + page
        case .putBlob: [query("name", .text, isRequired: true), query("type", .text), query("capsule", .text)]
        default: []
        }
    }

    private var header: [Parameter] {
        func header(_ name: String) -> Parameter { Parameter(name: name, place: "header", type: .text) }
        return switch self {
        case .beginUpload: [header("Idempotency-Key")]
        case .putChunk: [header("Content-Digest")]
        case .putBlob: [header("Idempotency-Key"), header("Content-Digest")]
        case .getBlob: ["Range", "If-Range", "If-Match", "If-None-Match"].map(header)
        case .headBlob: ["If-Match", "If-None-Match"].map(header)
        default: []
        }
    }
}
