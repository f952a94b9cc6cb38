import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import NIOCore
import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTransfer

/// The native API: JSON under `/v1`, each operation as one function from a request to a response.
struct NativeAPI<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: UploadProtocol {
    let transfer: TransferService<Store, Blobs, Time>
    let downloads: DownloadResponder<Store, Blobs, Time>
    let metrics: ServerMetrics
    /// The backend of `metrics`, served at `/metrics`; nil for none.
    let prometheus: PrometheusMetrics?
    /// Whether the server derives photos.
    let isDeriving: Bool
    /// The address under which clients reach the server; nil if it is not set.
    let publicOrigin: String?
    /// The upload protocols of the server, for clients.
    let uploadNames: [String]

    var uploads: UploadService<Store, Blobs, Time> { transfer.uploads }

    // MARK: - The protocol

    var operations: [String] { NativeOperation.allCases.map(\.rawValue) }

    var routes: [Route] {
        NativeRoute.all.map { route in
            let operation = route.operation
            let access: Endpoint.Access =
                switch route.access {
                case .anyone: .anyone
                case .anyoneKnown: .anyoneKnown
                case .caller: .caller
                case .uploader: .uploader
                case .operatorOnly: .operatorOnly
                }
            let perform = function(of: operation)
            return Route(
                route.method, route.template,
                Endpoint(operation.rawValue, access: access, isDownload: operation.isDownload) { request in
                    var response = try await perform(request)
                    if !request.mountPath.isEmpty, let location = response.headers[.location] {
                        response.headers[.location] = request.mountPath + location
                    }
                    return response
                })
        }
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response { Response(Problem(failure)) }

    /// Looked up once: a function that called one of all would have a frame for all of them.
    private func function(
        of operation: NativeOperation
    ) -> @Sendable (AuthenticatedRequest) async throws -> Response {
        switch operation {
        case .createCapsule: createCapsule
        case .listCapsules: listCapsules
        case .getCapsule: getCapsule
        case .updateCapsule: updateCapsule
        case .setMember: setMember
        case .removeMember: removeMember
        case .createLink: createLink
        case .listLinks: listLinks
        case .removeLink: removeLink
        case .getLink: getLink
        case .beginUpload: beginUpload
        case .listUploads: listUploads
        case .getUpload: getUpload
        case .putChunk: putChunk
        case .finishUpload: finishUpload
        case .finishUploads: finishUploads
        case .abortUpload: abortUpload
        case .listBlobs: listBlobs
        case .putBlob: putBlob
        case .putBlobs: putBlobs
        case .findBlobs: findBlobs
        case .copyBlob: copyBlob
        case .getBlob, .headBlob: getBlob
        case .getBlobMeta: getBlobMeta
        case .getBlobChunk: getBlobChunk
        case .deleteBlob: deleteBlob
        case .createDownload: createDownload
        case .getDownload: getDownload
        case .createMemory: createMemory
        case .listMemories: listMemories
        case .getMemory: getMemory
        case .updateMemory: updateMemory
        case .deleteMemory: deleteMemory
        case .addAsset: addAsset
        case .getAsset, .headAsset: getAsset
        case .removeAsset: removeAsset
        case .listDerivations: listDerivations
        case .listSessions: listSessions
        case .getSessionStats: getSessionStats
        case .cleanUpExpired: cleanUpExpired
        case .listUsage: listUsage
        case .getUploadConfig: getUploadConfig
        case .getOpenAPI: { _ in .bytes(ByteBuffer(bytes: OpenAPI.document), contentType: "application/json") }
        case .getHealth: { _ in .text("ok\n") }
        case .getReadiness: getReadiness
        case .getMetrics: getMetrics
        }
    }

    // MARK: - Shared by operations

    /// The capsule with an id; without one, or for `default`, the caller's default one.
    func capsule(named text: String?, of request: AuthenticatedRequest) async throws(UploadError) -> CapsuleId {
        try await transfer.capsule(named: text, of: request)
    }

    /// The capsule in the path.
    func capsuleId(_ request: AuthenticatedRequest) async throws(UploadError) -> CapsuleId {
        try await capsule(named: request.parameter("capsule") ?? "", of: request)
    }

    /// The document of an upload, with its derivation.
    func document(_ record: UploadRecord) async throws(UploadError) -> UploadDocument {
        document(record, try await uploads.derivation(of: record))
    }

    private func document(_ record: UploadRecord, _ derivation: Derivation?) -> UploadDocument {
        UploadDocument(
            record, timeToLiveMilliseconds: uploads.limits.timeToLiveMilliseconds, derivation: derivation,
            isDeriving: isDeriving)
    }

    /// A page of uploads.
    func list(_ listed: [ListedUpload], _ limit: Int) throws -> Response {
        let next = listed.count == limit ? listed.last?.id.text : nil
        let sessions = listed.map { document($0.record, $0.derivation) }
        return try .json(SessionListDocument(sessions: sessions, next: next))
    }
}

extension NativeOperation {
    /// Whether the response has stored bytes.
    fileprivate var isDownload: Bool {
        switch self {
        case .getBlob, .headBlob, .getBlobChunk, .getAsset, .headAsset, .getDownload: true
        default: false
        }
    }
}

extension Response {
    static func json(
        _ document: some Encodable, status: HTTPResponse.Status = .ok, location: String? = nil
    ) throws -> Response {
        var fields: HTTPFields = [.cacheControl: "no-store"]
        fields[.location] = location
        let bytes = ByteBuffer(bytes: try NativeJSON.encode(document))
        return .bytes(bytes, contentType: "application/json", status: status, fields)
    }

    init(_ problem: Problem) {
        var fields = problem.fields
        fields[.cacheControl] = "no-store"
        self = .bytes(
            ByteBuffer(bytes: problem.encoded()), contentType: Problem.contentType, status: problem.status, fields)
    }
}
