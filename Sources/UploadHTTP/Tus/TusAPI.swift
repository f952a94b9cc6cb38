import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import TusWire
import UploadCore
import UploadDerivation
import UploadTransfer

/// tus 1.0 over the same uploads as the native API: the id of an upload is that of its session. Nothing is kept between
/// two requests.
struct TusAPI<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: UploadProtocol {
    let transfer: TransferService<Store, Blobs, Time>
    let downloads: DownloadResponder<Store, Blobs, Time>
    let configuration: TusConfiguration
    let site: SiteConfiguration
    /// `configuration.normalPath`, computed once.
    let path: String
    let crossOrigin: CrossOriginAccess?

    init(
        transfer: TransferService<Store, Blobs, Time>, downloads: DownloadResponder<Store, Blobs, Time>,
        configuration: TusConfiguration, site: SiteConfiguration
    ) {
        self.transfer = transfer
        self.downloads = downloads
        self.configuration = configuration
        self.site = site
        path = configuration.normalPath
        crossOrigin = configuration.access
    }

    var uploads: UploadService<Store, Blobs, Time> { transfer.uploads }

    // MARK: - The protocol

    var uploadName: String? { "tus" }
    var operations: [String] { TusOperation.allCases.map(\.rawValue) }
    var failureCodes: [String] { RequestFailure.tusCodes }

    /// Creation and uploads, with and without a capsule in the path. All methods are routed, because a header field can
    /// override them.
    var routes: [Route] {
        ["", "/capsules/{capsule}"].flatMap { prefix in
            [
                Route(prefix + path) { endpoint($0, of: TusOperation.ofCreationURL) },
                Route(prefix + path + "/{upload}") { endpoint($0, of: TusOperation.ofUploadURL) },
            ]
        }
    }

    private func endpoint(_ request: HTTPRequest, of allowed: [TusOperation]) -> Endpoint {
        guard let operation = TusOperation(request, of: allowed) else {
            return Endpoint(refusing: .methodNotAllowed(allowed))
        }
        return Endpoint(
            operation.rawValue, method: operation.method, access: operation.access,
            isDownload: operation == .download,
            // Configurations written for tusd have `/files/`.
            permitsTrailingSlash: allowed == TusOperation.ofCreationURL
        ) { try await perform(operation, $0) }
    }

    private func perform(_ operation: TusOperation, _ request: AuthenticatedRequest) async throws -> Response {
        try operation.requireVersion(request.fields)
        return switch operation {
        case .options: options()
        case .create: try await create(request)
        case .head: try await head(request)
        case .patch: try await append(request)
        case .terminate: try await terminate(request)
        case .download: try await download(request)
        }
    }

    func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint) {
        endpoint.operation.flatMap { TusOperation(rawValue: $0) }?.adjust(&failure, for: error)
        if error.code == .gone, configuration.endedStatus == .notFound { failure.status = .notFound }
    }

    func failure(for error: TransferError) -> RequestFailure {
        switch error {
        case .exceedsLength(let length): .exceedsLength(length)
        case .contradictsLength: .contradictsLength
        case .stopped(let reason): .stopped(reason)
        }
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response { Response(Problem(failure)) }

    func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint) {
        if endpoint.method == .head, request.method != .head, response.status == .ok {
            // With another method the header would announce a body that does not follow.
            response.headers[.contentLength] = "0"
        }
        response.headers[TusField.resumable] = Tus.version
    }

    // MARK: - Shared by operations

    /// The upload in the path. Counts as a use of it.
    ///
    /// - Throws: `not_found`, as `requireOwn`.
    func status(of request: AuthenticatedRequest) async throws -> UploadRecord {
        try requireOwn(try await uploads.status(of: try request.uploadId(), by: request.principal), request)
    }

    /// - Throws: `not_found` for another caller's upload, for an upload outside of the capsule in the path, and for one in chunks,
    ///   which the native API alone can continue.
    func requireOwn(_ record: UploadRecord, _ request: AuthenticatedRequest) throws -> UploadRecord {
        guard request.isInPath(record.meta.capsule), record.meta.caller == request.principal else {
            throw UploadError(.notFound(.upload))
        }
        guard record.session.spec.layout == .append else { throw RequestFailure.uploadInChunks(record.id.text) }
        return record
    }

    /// The state of an upload for the fields of a response.
    func state(of record: UploadRecord) -> TusUploadState {
        let (meta, session) = (record.meta, record.session)
        let isFinal = !record.parts.isEmpty
        let isCommitted = record.blob != nil
        let mayExpire = session.meta.status.isPending || isCommitted && meta.isPartial
        let expiry = session.meta.lastSeen.advanced(byMilliseconds: uploads.limits.timeToLiveMilliseconds)
        return TusUploadState(
            offset: isCommitted ? session.spec.expectedBytes : isFinal ? nil : session.offset,
            length: session.spec.expectedBytes,
            isLengthDeferred: session.spec.expectedBytes == nil && !isFinal,
            kept: KeptFields(opaque: meta.asset.opaque, parts: record.parts, isPartial: meta.isPartial),
            expires: mayExpire ? expiry.httpDate : nil)
    }
}

extension TusOperation {
    fileprivate var access: Endpoint.Access {
        switch self {
        // Browsers send no credentials with OPTIONS.
        case .options: .anyone
        case .create, .head, .patch, .terminate: .uploader
        case .download: .caller
        }
    }
}
