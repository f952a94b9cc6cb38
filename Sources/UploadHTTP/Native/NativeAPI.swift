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
    let tickets: DownloadTickets
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
            return Route(
                route.method, route.template,
                Endpoint(operation.rawValue, access: access, isDownload: operation.isDownload) { request in
                    var response = try await perform(operation, request)
                    if !request.mountPath.isEmpty, let location = response.headers[.location] {
                        response.headers[.location] = request.mountPath + location
                    }
                    return response
                })
        }
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response { Response(Problem(failure)) }

    /// Calls the function of an operation.
    private func perform(_ operation: NativeOperation, _ request: AuthenticatedRequest) async throws -> Response {
        switch operation {
        case .createCapsule: try await createCapsule(request)
        case .listCapsules: try await listCapsules(request)
        case .getCapsule: try await getCapsule(request)
        case .updateCapsule: try await updateCapsule(request)
        case .setMember: try await setMember(request)
        case .removeMember: try await removeMember(request)
        case .createLink: try await createLink(request)
        case .listLinks: try await listLinks(request)
        case .removeLink: try await removeLink(request)
        case .getLink: try await getLink(request)
        case .beginUpload: try await beginUpload(request)
        case .listUploads: try await listUploads(request)
        case .getUpload: try await getUpload(request)
        case .putChunk: try await putChunk(request)
        case .finishUpload: try await finishUpload(request)
        case .finishUploads: try await finishUploads(request)
        case .abortUpload: try await abortUpload(request)
        case .listBlobs: try await listBlobs(request)
        case .putBlob: try await putBlob(request)
        case .putBlobs: try await putBlobs(request)
        case .findBlobs: try await findBlobs(request)
        case .copyBlob: try await copyBlob(request)
        case .getBlob, .headBlob: try await getBlob(request)
        case .getBlobMeta: try await getBlobMeta(request)
        case .getBlobChunk: try await getBlobChunk(request)
        case .deleteBlob: try await deleteBlob(request)
        case .createDownload: try await createDownload(request)
        case .getDownload: try await getDownload(request)
        case .createMemory: try await createMemory(request)
        case .listMemories: try await listMemories(request)
        case .getMemory: try await getMemory(request)
        case .updateMemory: try await updateMemory(request)
        case .deleteMemory: try await deleteMemory(request)
        case .addAsset: try await addAsset(request)
        case .getAsset, .headAsset: try await getAsset(request)
        case .removeAsset: try await removeAsset(request)
        case .listDerivations: try await listDerivations(request)
        case .listSessions: try await listSessions(request)
        case .getSessionStats: try await getSessionStats(request)
        case .cleanUpExpired: try await cleanUpExpired(request)
        case .listUsage: try await listUsage(request)
        case .getUploadConfig: try await getUploadConfig(request)
        case .getOpenAPI: .bytes(ByteBuffer(bytes: OpenAPI.document), contentType: "application/json")
        case .getHealth: .text("ok\n")
        case .getReadiness: try await getReadiness(request)
        case .getMetrics: try await getMetrics(request)
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
