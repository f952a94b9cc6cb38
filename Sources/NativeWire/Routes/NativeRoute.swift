public import HTTPTypes

/// The path, method and access of an operation. `NativeRoute.all` is the one table behind the server's router, the
/// client's paths and the OpenAPI document.
public struct NativeRoute: Hashable, Sendable {
    public enum Access: Hashable, Sendable {
        /// Open to everybody: the response has no data of any caller.
        case anyone
        /// Open to everybody; the response has more for an authenticated caller.
        case anyoneKnown
        /// Authenticated callers; the engine decides what they may do. For the bearers of upload links it does not exist.
        case caller
        /// As `caller`, and the bearers of upload links.
        case uploader
        case operatorOnly
    }

    public let operation: NativeOperation
    public let method: HTTPRequest.Method
    /// With parameters in braces: `/v1/uploads/{upload}/chunks/{index}`.
    public let template: String
    public let summary: String
    public let access: Access
    /// The usual one first.
    public let successes: [HTTPResponse.Status]

    public var isOperatorOnly: Bool { access == .operatorOnly }

    /// The names in braces, in order.
    public var parameters: [String] {
        template.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) }
    }

    init(
        _ operation: NativeOperation, _ method: HTTPRequest.Method, _ template: String, _ summary: String,
        access: Access = .caller, _ successes: HTTPResponse.Status...
    ) {
        self.operation = operation
        self.method = method
        self.template = template
        self.summary = summary
        self.access = access
        self.successes = successes
    }
}

extension NativeOperation {
    public var route: NativeRoute {
        switch self {
        case .createCapsule: NativeRoute(self, .post, "/v1/capsules", "Create a capsule.", .created)
        case .listCapsules: NativeRoute(self, .get, "/v1/capsules", "The capsules the caller has a role in.", .ok)
        case .getCapsule: NativeRoute(self, .get, "/v1/capsules/{capsule}", "A capsule and its members.", .ok)
        case .updateCapsule:
            NativeRoute(self, .patch, "/v1/capsules/{capsule}", "Change a capsule; for its owner.", .ok)
        case .setMember:
            NativeRoute(
                self, .put, "/v1/capsules/{capsule}/members/{principal}", "Set the role of a member.", .noContent)
        case .removeMember:
            NativeRoute(
                self, .delete, "/v1/capsules/{capsule}/members/{principal}", "Remove a member.", .noContent)

        case .createLink:
            NativeRoute(
                self, .post, "/v1/capsules/{capsule}/links",
                "Create a link through which others upload to a capsule; for its owner.", .created)
        case .listLinks:
            NativeRoute(
                self, .get, "/v1/capsules/{capsule}/links", "The links of a capsule and what came in; for its owner.",
                .ok)
        case .removeLink:
            NativeRoute(
                self, .delete, "/v1/capsules/{capsule}/links/{link}",
                "Remove a link: what its bearers are sending is refused from then on.", .noContent)
        case .getLink:
            NativeRoute(
                self, .get, "/v1/link", "What the bearer of a link may still upload.", access: .uploader, .ok)

        case .beginUpload:
            NativeRoute(
                self, .post, "/v1/uploads", "Begin an upload, or find the one begun under the same key.",
                access: .uploader, .created, .ok)
        case .listUploads:
            NativeRoute(
                self, .get, "/v1/uploads", "The caller's own uploads in a capsule, or everybody's for its owner.", .ok)
        case .getUpload:
            NativeRoute(
                self, .get, "/v1/uploads/{upload}", "The durable and the missing pieces of an upload.",
                access: .uploader, .ok)
        case .putChunk:
            NativeRoute(
                self, .put, "/v1/uploads/{upload}/chunks/{index}",
                "Send one chunk, in any order; answered once it is durable.", access: .uploader, .noContent)
        case .finishUpload:
            NativeRoute(
                self, .post, "/v1/uploads/{upload}/finish", "Verify and commit an upload; idempotent.",
                access: .uploader, .ok)
        case .finishUploads:
            NativeRoute(
                self, .post, "/v1/uploads/finish", "Verify and commit several uploads; idempotent.",
                access: .uploader, .ok)
        case .abortUpload:
            NativeRoute(
                self, .delete, "/v1/uploads/{upload}", "End an upload and free its bytes.", access: .uploader,
                .noContent)

        case .listBlobs:
            NativeRoute(self, .get, "/v1/blobs", "The blobs of a capsule, the newest first.", .ok)
        case .putBlob:
            NativeRoute(self, .post, "/v1/blobs", "A whole upload in one request.", access: .uploader, .created, .ok)
        case .putBlobs:
            NativeRoute(self, .post, "/v1/blobs/batch", "Several whole uploads in one request.", .ok)
        case .findBlobs:
            NativeRoute(self, .post, "/v1/blobs/lookup", "The caller's blobs with these digests.", .ok)
        case .copyBlob:
            NativeRoute(
                self, .post, "/v1/blobs/{blob}/copies", "A new blob with the bytes of another, which are stored once.",
                .created, .ok)
        case .getBlob:
            NativeRoute(
                self, .get, "/v1/blobs/{blob}", "The bytes of a blob, or ranges of them.", .ok, .partialContent,
                .notModified)
        case .headBlob:
            NativeRoute(self, .head, "/v1/blobs/{blob}", "The header of the download.", .ok, .notModified)
        case .getBlobMeta: NativeRoute(self, .get, "/v1/blobs/{blob}/meta", "The metadata of a blob.", .ok)
        case .getBlobChunk:
            NativeRoute(self, .get, "/v1/blobs/{blob}/chunks/{index}", "The bytes of one chunk.", .ok)
        case .deleteBlob:
            NativeRoute(self, .delete, "/v1/blobs/{blob}", "Delete a blob that no memory uses.", .noContent)
        case .createDownload:
            NativeRoute(
                self, .post, "/v1/downloads",
                "Prepare a download of a blob, or of several as a ZIP archive, that needs no credentials.", .created)
        case .getDownload:
            NativeRoute(
                self, .get, "/v1/downloads/{ticket}",
                "The prepared download: an archive once, a blob with ranges for ten minutes.", access: .anyone, .ok,
                .partialContent, .notModified)

        case .createMemory:
            NativeRoute(
                self, .post, "/v1/capsules/{capsule}/memories",
                "Create a memory of committed blobs and inline assets, in one step.", .created, .ok)
        case .listMemories:
            NativeRoute(self, .get, "/v1/capsules/{capsule}/memories", "The memories of a capsule.", .ok)
        case .getMemory: NativeRoute(self, .get, "/v1/memories/{memory}", "A memory and its assets.", .ok)
        case .updateMemory:
            NativeRoute(self, .patch, "/v1/memories/{memory}", "Change the metadata of a memory.", .ok)
        case .deleteMemory:
            NativeRoute(
                self, .delete, "/v1/memories/{memory}",
                "Delete a memory, and its otherwise unused blobs if asked to.",
                .noContent)
        case .addAsset:
            NativeRoute(self, .post, "/v1/memories/{memory}/assets", "Add an asset to a memory.", .created, .ok)
        case .getAsset:
            NativeRoute(
                self, .get, "/v1/memories/{memory}/assets/{asset}",
                "The bytes of an asset, by its id or its kind, or ranges of them.", .ok, .partialContent, .notModified)
        case .headAsset:
            NativeRoute(
                self, .head, "/v1/memories/{memory}/assets/{asset}", "The header of the download.", .ok, .notModified)
        case .removeAsset:
            NativeRoute(
                self, .delete, "/v1/memories/{memory}/assets/{asset}", "Remove an asset from a memory.", .noContent)
        case .listDerivations:
            NativeRoute(
                self, .get, "/v1/capsules/{capsule}/derivations",
                "The derivations of a capsule's uploads.", .ok)

        case .listSessions:
            NativeRoute(self, .get, "/v1/sessions", "Everybody's uploads.", access: .operatorOnly, .ok)
        case .getSessionStats:
            NativeRoute(self, .get, "/v1/sessions/stats", "Uploads by state.", access: .operatorOnly, .ok)
        case .cleanUpExpired:
            NativeRoute(
                self, .post, "/v1/sessions/cleanup-expired", "Expire what is past its time to live.",
                access: .operatorOnly, .ok)
        case .listUsage:
            NativeRoute(self, .get, "/v1/usage", "What principals use.", access: .operatorOnly, .ok)

        case .getUploadConfig:
            NativeRoute(
                self, .get, "/v1/upload-config", "Every limit and setting that a client needs, and what it uses.",
                access: .anyoneKnown, .ok)
        case .getOpenAPI: NativeRoute(self, .get, "/openapi.json", "This document.", access: .anyone, .ok)
        case .getHealth: NativeRoute(self, .get, "/healthz", "Whether the process lives.", access: .anyone, .ok)
        case .getReadiness:
            NativeRoute(
                self, .get, "/readyz", "Whether new uploads are accepted; 503 with the reason if not.", access: .anyone,
                .ok)
        case .getMetrics:
            NativeRoute(self, .get, "/metrics", "Prometheus metrics.", access: .operatorOnly, .ok)
        }
    }
}

extension NativeRoute {
    public static let all = NativeOperation.allCases.map(\.route)
}
