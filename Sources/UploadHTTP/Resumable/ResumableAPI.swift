import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import NIOCore
import ResumableWire
import SessionCore
import TusWire
import UploadCore
import UploadDerivation
import UploadTransfer

/// “Resumable Uploads for HTTP” (draft-ietf-httpbis-resumable-upload) over the same uploads as the native API and tus. Its uploads
/// have the URLs of tus; a request is of this protocol by its fields (`ResumableOperation.isMeant`, `ResumableCreation`).
///
/// Nothing is kept between two requests: a creation leaves what its end needs in the upload's metadata (`KeptChoices`).
struct ResumableAPI<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>: UploadProtocol {
    /// Where uploads are created, by routes of other protocols for requests without the fields of this one.
    enum Place: Hashable, Sendable {
        /// The paths of tus, which the URLs of uploads are below.
        case uploads
        /// `/v1/blobs`.
        case blobs
    }

    let transfer: TransferService<Store, Blobs, Time>
    let configuration: TusConfiguration
    let site: SiteConfiguration
    let place: Place
    /// `configuration.normalPath`, computed once.
    let path: String
    let crossOrigin: CrossOriginAccess?
    let limit: UploadLimit

    init(
        transfer: TransferService<Store, Blobs, Time>, configuration: TusConfiguration, site: SiteConfiguration,
        place: Place
    ) {
        self.transfer = transfer
        self.configuration = configuration
        self.site = site
        self.place = place
        path = configuration.normalPath
        // The native API is for its own origin only.
        crossOrigin = place == .uploads ? configuration.access : nil
        limit = UploadLimit(transfer.limits)
    }

    /// The same for the other place.
    var ofBlobs: Self { Self(transfer: transfer, configuration: configuration, site: site, place: .blobs) }

    var uploads: UploadService<Store, Blobs, Time> { transfer.uploads }

    // MARK: - The protocol

    // What the server counts and lists by name has each name once.
    var uploadName: String? { place == .uploads ? "ietf" : nil }
    var operations: [String] { place == .uploads ? ResumableOperation.allCases.map(\.rawValue) : [] }
    var failureCodes: [String] { place == .uploads ? RequestFailure.resumableCodes : [] }

    var routes: [Route] {
        switch place {
        case .uploads:
            ["", "/capsules/{capsule}"].flatMap { prefix in
                [
                    Route(ResumableOperation.methodsOfCreation, prefix + path, takes: isCreation) { _ in creation },
                    Route([.options], prefix + path, takes: ResumableOperation.isMeant) { _ in endpoint(.options) },
                    Route(
                        [.get, .head, .post, .put, .patch, .delete, .options], prefix + path + "/{upload}",
                        takes: ResumableOperation.isMeant
                    ) { request in
                        guard let operation = ResumableOperation(ofUpload: request.method) else {
                            return Endpoint(refusing: .methodNotAllowed(allow: ResumableOperation.methodsOfUpload))
                        }
                        return endpoint(operation)
                    },
                ]
            }
        case .blobs:
            [
                Route(ResumableOperation.methodsOfCreation, NativePath.blobs, takes: isCreation) { _ in creation },
                Route(.options, NativePath.blobs, endpoint(.options)),
            ]
        }
    }

    private func isCreation(_ request: HTTPRequest) -> Bool {
        let fields = request.headerFields
        guard fields[TusField.resumable] == nil, let creation = ResumableCreation(fields) else { return false }
        guard place == .blobs, creation.isComplete else { return true }
        // What the other protocol of the path does with a whole upload is all that such a request asks for.
        return request.method == .put || creation.version != nil && !MultipartParser.isForm(fields[.contentType] ?? "")
    }

    private var creation: Endpoint {
        Endpoint(
            ResumableOperation.create.rawValue, access: .uploader, permitsTrailingSlash: place == .uploads,
            takesGzip: true, respond: create)
    }

    private func endpoint(_ operation: ResumableOperation) -> Endpoint {
        Endpoint(
            operation.rawValue, access: operation == .options ? .anyone : .uploader,
            permitsTrailingSlash: operation == .options, takesGzip: operation == .append
        ) { request in
            try operation.requireNoState(request.fields)
            return switch operation {
            case .options: options()
            case .create: try await create(request)
            case .head, .get: try await status(request)
            case .append: try await append(request)
            case .cancel: try await cancel(request)
            }
        }
    }

    private func options() -> Response {
        .bodiless(.noContent, [ResumableField.acceptPatch: ResumableUploads.partialUploadType])
    }

    var serverOptions: HTTPFields {
        guard place == .uploads else { return [:] }
        return [
            ResumableField.uploadLimit: limit.text(for: .latest),
            ResumableField.acceptPatch: ResumableUploads.partialUploadType,
        ]
    }

    func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint) {
        failure.adjustForResumable(error)
        hideEnd(&failure, error)
    }

    /// An upload that has ended is unknown, if it is so for tus.
    private func hideEnd(_ failure: inout RequestFailure, _ error: UploadError) {
        if error.code == .gone, configuration.endedStatus == .notFound { failure.status = .notFound }
    }

    func failure(for error: TransferError) -> RequestFailure {
        switch error {
        case .exceedsLength(let length): return .beyondLength(length)
        case .contradictsLength: return .inconsistentLength
        case .stopped(let reason):
            var failure = RequestFailure.stoppedAppend(reason)
            hideEnd(&failure, reason)
            return failure
        }
    }

    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response {
        guard let problem = ResumableProblem(failure) else { return Response(Problem(failure)) }
        var fields = failure.fields
        fields[.cacheControl] = "no-store"
        return .bytes(
            ByteBuffer(bytes: problem.encoded()), contentType: Problem.contentType, status: failure.status, fields)
    }

    func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint) {
        let version = InteropVersion(request.headerFields)
        response.headers[ResumableField.interopVersion] = version.map { String($0.number) }
        response.headers[ResumableField.uploadLimit] = limit.text(for: version ?? .latest)
    }
}

extension UploadLimit {
    /// The lifetime is that of an upload that has just been used, as every request to it uses it.
    init(_ limits: Limits) {
        self.init(
            maxSize: min(limits.uploadBytesMax, ResumableUploads.integerMax),
            lifetimeSeconds: UInt64(max(0, limits.timeToLiveMilliseconds)) / 1000)
    }
}
