/// The bodies of the requests and responses of each operation, for the OpenAPI document.
extension NativeOperation {
    enum Body: Sendable {
        case document(Schema)
        case mergePatch(Schema)
        /// One of them.
        case either(Schema, Schema)
        case bytes
        case multipart(Schema)
        case text
        case anyJSON

        var content: JSONValue {
            switch self {
            case .document(let schema): ["application/json": ["schema": SchemaType.document(schema.name).json]]
            case .mergePatch(let schema):
                [NativeJSON.mergePatchType: ["schema": SchemaType.document(schema.name).json]]
            case .either(let first, let second):
                [
                    "application/json": [
                        "schema": [
                            "oneOf": .array([first, second].map { SchemaType.document($0.name).json })
                        ]
                    ]
                ]
            case .bytes: ["application/octet-stream": [:]]
            case .multipart(let items):
                [
                    "multipart/form-data": [
                        "schema": [
                            "type": "object",
                            "properties": [
                                "items": SchemaType.document(items.name).json,
                                "file": [
                                    "type": "array",
                                    "items": ["type": "string", "contentMediaType": "application/octet-stream"],
                                ],
                            ],
                        ]
                    ]
                ]
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
        case .createLink: .document(.newLink)
        case .beginUpload: .document(.newUpload)
        case .finishUpload: .document(.finish)
        case .finishUploads: .document(.batchFinish)
        case .putBlobs: .multipart(.batchItems)
        case .findBlobs: .document(.blobLookup)
        case .copyBlob: .document(.blobCopy)
        case .createDownload: .document(.newDownload)
        case .updateCapsule: .mergePatch(.capsulePatch)
        case .createMemory: .document(.newMemory)
        case .updateMemory: .mergePatch(.memoryPatch)
        case .addAsset: .either(.newAsset, .newInlineAsset)
        case .putChunk, .putBlob: .bytes
        default: nil
        }
    }

    /// Whether the body may be left out.
    var isRequestOptional: Bool { self == .createCapsule || self == .finishUpload }

    var answer: Body? {
        switch self {
        case .createCapsule, .getCapsule, .updateCapsule: .document(.capsule)
        case .listCapsules: .document(.capsuleList)
        case .createLink: .document(.link)
        case .listLinks: .document(.linkList)
        case .getLink: .document(.ownLink)
        case .beginUpload, .getUpload: .document(.upload)
        case .listUploads, .listSessions: .document(.sessionList)
        case .finishUpload, .putBlob, .copyBlob: .document(.finished)
        case .finishUploads, .putBlobs: .document(.batchResults)
        case .listBlobs, .findBlobs: .document(.blobList)
        case .createMemory, .getMemory, .updateMemory, .addAsset: .document(.memory)
        case .listMemories: .document(.memoryList)
        case .listDerivations: .document(.derivationList)
        case .createDownload: .document(.download)
        case .getBlob, .getBlobChunk, .getAsset, .getDownload: .bytes
        case .getBlobMeta: .document(.blob)
        case .getSessionStats: .document(.sessionStats)
        case .cleanUpExpired: .document(.cleanup)
        case .listUsage: .document(.usageList)
        case .getUploadConfig: .document(.uploadConfig)
        case .getOpenAPI: .anyJSON
        case .getHealth, .getReadiness, .getMetrics: .text
        case .setMember, .removeMember, .removeLink, .putChunk, .abortUpload, .headBlob, .deleteBlob, .deleteMemory,
            .headAsset,
            .removeAsset:
            nil
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
        let include = query("include", .choice(["inline"]))
        let state = query("state", .choice(["pending", "committed", "aborted", "expired"]))
        let strict = query("strict", .choice(["true", "false"]))
        return switch self {
        case .createCapsule, .updateCapsule, .setMember, .createLink, .beginUpload, .finishUpload, .finishUploads,
            .findBlobs, .copyBlob, .createDownload, .updateMemory, .addAsset:
            [strict]
        case .listBlobs:
            [
                query("capsule", .text), query("name", .text), query("prefix", .text),
                query("memory", .choice(["none"])), query("order", .choice(PageQuery.orders)),
            ] + page
        case .putBlobs: [query("capsule", .text), query("derive", .choice(SchemaType.derivations)), strict]
        case .listCapsules, .listUsage: page
        case .listUploads: [query("capsule", .text), query("of", .choice(["all"])), state] + page
        case .listSessions: [state] + page
        case .putBlob:
            [
                query("name", .text, isRequired: true), query("type", .text), query("capsule", .text),
                query("modified_at", .time), query("derive", .choice(SchemaType.derivations)),
                query("companions", .text),
            ]
        case .createMemory: [include, strict]
        case .getMemory: [include]
        case .listMemories: [query("order", .choice(MemoryQuery.Order.allCases.map(\.rawValue))), include] + page
        case .listDerivations:
            [query("state", .choice(DerivationQuery.states)), query("order", .choice(PageQuery.orders))] + page
        case .deleteMemory: [query("assets", .choice(["delete"]))]
        case .removeAsset: [query("blob", .choice(["delete"]))]
        default: []
        }
    }

    private var header: [Parameter] {
        func header(_ name: String) -> Parameter { Parameter(name: name, place: "header", type: .text) }
        return switch self {
        case .beginUpload, .copyBlob, .createMemory, .addAsset: [header("Idempotency-Key")]
        case .putChunk: [header("Content-Digest")]
        case .putBlob: [header("Idempotency-Key"), header("Content-Digest")]
        case .getBlob, .getAsset, .getDownload: ["Range", "If-Range", "If-Match", "If-None-Match"].map(header)
        case .headBlob, .headAsset: ["If-Match", "If-None-Match"].map(header)
        default: []
        }
    }
}
