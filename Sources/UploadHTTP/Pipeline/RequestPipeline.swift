import HTTPTypes
import HTTPWire
import Hummingbird
import HummingbirdCore
import Logging
import Tracing
import UploadCore
import UploadTransfer

/// Authenticates the bearer of an upload link; nil for a token of another store, and of a removed link.
typealias LinkAuthentication = @Sendable (LinkToken) async throws -> Principal?

/// Processes the requests of all protocols: request id, span, host and origin, authentication, errors, CORS, and, once the last byte of
/// the response was written or writing it has failed, metrics and the log.
final class RequestPipeline: Sendable {
    /// The parts of a request that come from its router and its connection.
    struct Context: Sendable {
        let parameters: Parameters
        let channel: any RequestChannel
        let logger: Logger
        let mountPath: String
        /// Replaces that of the protocol, for requests that belong to none; nil for that of the protocol.
        var crossOrigin: CrossOriginAccess?
    }

    let metrics: ServerMetrics
    let requests: RequestMetrics
    let limits: HTTPLimits
    let accessLog: AccessLog?
    /// nil: changes are logged where requests are.
    let auditLogger: Logger?
    let site: SiteConfiguration
    let check: OriginCheck
    /// Authenticates the bearers of upload links.
    let bearer: LinkAuthentication
    private let failures = LogThrottle<UploadError.Code>()
    /// Of answers that the store takes no new uploads.
    private let refusals = LogThrottle<StoreFailure.Part>()

    init(
        protocols: [any UploadProtocol], metrics: ServerMetrics, limits: HTTPLimits, site: SiteConfiguration,
        check: OriginCheck, bearer: @escaping LinkAuthentication, accessLog: AccessLog?, auditLogger: Logger?
    ) {
        self.metrics = metrics
        self.limits = limits
        self.accessLog = accessLog
        self.auditLogger = auditLogger
        self.site = site
        self.check = check
        self.bearer = bearer
        requests = RequestMetrics(
            operations: protocols.flatMap(\.operations),
            codes: RequestFailure.codes + protocols.flatMap(\.failureCodes), factory: metrics.factory)
    }

    /// Never fails: errors become responses of the protocol.
    ///
    /// Thousands of requests may wait for their bodies at once, each with the frames of all asynchronous functions from here
    /// to the body. Their state is therefore one object, and what happens before and after the wait is in functions of its
    /// own.
    func respond(to progress: RequestInProgress, authenticate: CallerSource) async -> Response {
        do {
            return complete(try await answer(progress, authenticate), progress)
        } catch {
            return complete(refusal(for: error, progress), progress)
        }
    }

    func begin(
        _ request: Request, at endpoint: Endpoint, of wire: any UploadProtocol, _ context: Context
    ) -> RequestInProgress {
        metrics.requestBegan()
        let id = RequestID(request.headers)
        let record = accessLog.map { _ in
            AccessRecord(request.head, peer: context.channel.peerAddress) { context.parameters.get($0) }
        }
        let ending = RequestEnding(
            operation: endpoint.operation, id: id, metrics: metrics, requests: requests, logger: context.logger,
            span: Self.span(for: request, endpoint), access: record, accessLog: accessLog)
        return RequestInProgress(
            request: request, endpoint: endpoint, wire: wire, context: context, ending: ending,
            forwarded: site.forwardedOrigin(of: request.head, peer: context.channel.peerAddress))
    }

    private func answer(
        _ progress: RequestInProgress, _ authenticate: CallerSource
    ) async throws -> Response {
        guard let span = progress.ending.span else { return try await answerWithoutSpan(progress, authenticate) }
        return try await InstrumentationContext.$current.withValue(span.context) {
            try await answerWithoutSpan(progress, authenticate)
        }
    }

    private func answerWithoutSpan(
        _ progress: RequestInProgress, _ authenticate: CallerSource
    ) async throws -> Response {
        if let redirect = try redirect(progress) { return redirect }
        return try await progress.endpoint.respond(try await admit(progress, authenticate))
    }

    /// Checks everything that does not depend on the caller.
    ///
    /// - Returns: The response to a request that belongs to another origin.
    private func redirect(_ progress: RequestInProgress) throws -> Response? {
        let (request, endpoint) = (progress.request, progress.endpoint)
        try requireOrigin(of: request.head, endpoint, progress.crossOrigin, progress.forwarded)
        if let failure = RequestForm.failure(of: request, at: endpoint, mountPath: progress.context.mountPath) {
            throw failure
        }
        _ = try progress.query.get()
        switch check.place(of: request.head, isDownload: endpoint.isDownload, forwarded: progress.forwarded) {
        case .here: return nil
        case .contentOrigin(let origin): return .redirect(request, to: origin)
        case .nowhere: throw RequestFailure.contentOnly
        }
    }

    /// Not inlined: its frame ends before the body is waited for.
    @inline(never)
    private func admit(
        _ progress: RequestInProgress, _ authenticate: CallerSource
    ) async throws -> AuthenticatedRequest {
        let (request, endpoint, context) = (progress.request, progress.endpoint, progress.context)
        let (id, record) = (progress.ending.id, progress.ending.access)
        let caller = try await caller(of: request.head, endpoint, progress.wire, authenticate)
        if endpoint.access != .anyone { record?.authenticated(as: caller.principal) }
        if let failure = RequestForm.contentFailure(of: request.headers, at: endpoint) { throw failure }
        return AuthenticatedRequest(
            request.replacing(method: endpoint.method, counting: record), context.parameters, try progress.query.get(),
            context.channel, caller, self, mountPath: context.mountPath,
            audit: Audit(logger: auditLogger ?? context.logger, id: id, caller: caller), access: record,
            warnings: progress.warnings)
    }

    private func refusal(for error: any Error, _ progress: RequestInProgress) -> Response {
        let (wire, endpoint) = (progress.wire, progress.endpoint)
        let failure = failure(for: error, wire, endpoint, progress.ending.id, progress.context.logger)
        requests.refused(code: failure.code)
        return wire.response(to: failure, at: endpoint)
    }

    /// Adds what all responses have.
    private func complete(_ response: consuming Response, _ progress: RequestInProgress) -> Response {
        let (request, endpoint) = (progress.request, progress.endpoint)
        progress.wire.complete(&response, to: request.head, at: endpoint)
        if let access = progress.crossOrigin {
            let isOptions = (endpoint.method ?? request.method) == .options
            for field in access.fields(for: request.headers, isOptions: isOptions) {
                response.headers[field.name] = field.value
            }
        }
        progress.warnings.add(to: &response.headers)
        isolate(&response, request.head, progress.forwarded)
        response.headers[RequestID.field] = progress.ending.id.description
        if request.method == .head { response.removeBody() }
        progress.ending.observe(&response, to: request, on: progress.context.channel)
        return response
    }

    /// Keeps browsers from taking a response for another type, and pages of other origins from loading it; content at an
    /// origin of its own is for other pages.
    private func isolate(_ response: inout Response, _ request: HTTPRequest, _ forwarded: ForwardedOrigin?) {
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.crossOriginResourcePolicy] =
            check.isContentHost(request, forwarded: forwarded) ? "cross-origin" : "same-origin"
    }

    /// - Throws: `RequestFailure` for a host for which the server does not answer, and for a page of another origin.
    private func requireOrigin(
        of request: HTTPRequest, _ endpoint: Endpoint, _ crossOrigin: CrossOriginAccess?, _ forwarded: ForwardedOrigin?
    ) throws {
        let failure = check.failure(
            of: request, performing: endpoint.method, forwarded: forwarded,
            admitting: crossOrigin?.policy ?? .none)
        if let failure { throw failure }
    }

    private func caller(
        of request: HTTPRequest, _ endpoint: Endpoint, _ wire: any UploadProtocol, _ authenticate: CallerSource
    ) async throws -> Caller {
        if endpoint.access == .anyone { return .anonymous }
        if endpoint.access == .anyoneKnown {
            return (try? await identified(request, wire, authenticate)) ?? .anonymous
        }
        guard let caller = try await identified(request, wire, authenticate) else {
            throw RequestFailure.unauthenticated
        }
        guard endpoint.access == .uploader || caller.principal.link == nil else { throw RequestFailure.notFound }
        guard endpoint.access != .operatorOnly || caller.isOperator else { throw RequestFailure.operatorsOnly }
        return caller
    }

    /// The caller whom the credentials name. Tokens of links are never passed on, so that a removed link's does not become
    /// another caller where everybody is admitted.
    private func identified(
        _ request: HTTPRequest, _ wire: any UploadProtocol, _ authenticate: CallerSource
    ) async throws -> Caller? {
        guard let token = BearerToken(request)?.text, token.hasPrefix(LinkToken.prefix) else {
            return try await wire.caller(of: request, authenticate)
        }
        guard let link = LinkToken(text: token) else { return nil }
        return try await bearer(link).map { Caller(principal: $0) }
    }

    private func failure(
        for error: any Error, _ wire: any UploadProtocol, _ endpoint: Endpoint, _ id: RequestID, _ logger: Logger
    ) -> RequestFailure {
        switch error {
        case let error as FieldedError:
            var failure = failure(for: error.cause, wire, endpoint, id, logger)
            for field in error.fields { failure.fields[field.name] = field.value }
            return failure
        case let failure as RequestFailure: return failure
        case let failure as AuthenticationFailure: return RequestFailure(failure)
        // The client has left.
        case let error as UploadError where error.reason == .cancelled: return .requestTimeout
        case let error as UploadError:
            var failure = RequestFailure(error)
            // An exceeded quota is the owner's affair, whatever its status.
            if failure.status.code >= 500, error.code != .quotaExceeded,
                let suppressed = failures.admit(storeFailure: error.code)
            {
                logger.error(
                    "store operation failed",
                    metadata: [
                        "error": "\(error.debugDescription)", "request_id": "\(id)", "suppressed": "\(suppressed)",
                    ])
            }
            wire.adjust(&failure, for: error, at: endpoint)
            return failure
        case let error as StoreFailure:
            if let suppressed = refusals.admit(error.part) {
                logger.error(
                    "not ready: new uploads are refused",
                    metadata: [
                        "store": "\(error.part)", "error": "\(error.cause.debugDescription)", "request_id": "\(id)",
                        "suppressed": "\(suppressed)",
                    ])
            }
            return RequestFailure(notReady: error)
        case let error as TransferError: return wire.failure(for: error)
        // The client has disconnected or stalled, and seldom reads this.
        case BodyError.connectionClosed, BodyError.interrupted: return .requestTimeout
        case BodyError.malformed: return .malformedRequest
        case BodyError.shuttingDown: return .shuttingDown
        default:
            logger.error("internal error", metadata: ["error": "\(error)", "request_id": "\(id)"])
            return .internalError(incident: id.description)
        }
    }

    // MARK: - Tracing

    private struct FieldExtractor: Extractor {
        func extract(key name: String, from fields: HTTPFields) -> String? {
            HTTPField.Name(name).flatMap { fields[$0] }
        }
    }

    /// nil if no tracer is bootstrapped.
    private static func span(for request: Request, _ endpoint: Endpoint) -> (any Span)? {
        let tracer = InstrumentationSystem.tracer
        guard !(tracer is NoOpTracer) else { return nil }
        var context = InstrumentationContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &context, using: FieldExtractor())
        let span = tracer.startAnySpan(endpoint.operation ?? "unknown operation", context: context, ofKind: .server)
        span.attributes["http.request.method"] = request.method.rawValue
        return span
    }
}

extension Response {
    /// To the same path of another origin. Only what a browser loads is redirected, by the fields that it sends.
    fileprivate static func redirect(_ request: Request, to origin: WebOrigin) -> Response {
        let query = request.uri.query.map { "?" + $0 } ?? ""
        return .bodiless(
            .temporaryRedirect,
            [
                .location: origin.text + request.uri.path + query, .vary: "Sec-Fetch-Dest", .cacheControl: "no-store",
                .contentLength: "0",
            ])
    }
}

extension Request {
    /// The request with another method, and with its body counted, if these are given. Creating a request parses its URL.
    fileprivate func replacing(method: HTTPRequest.Method?, counting record: AccessRecord?) -> Request {
        let method = method ?? self.method
        guard method != self.method || record != nil else { return self }
        var head = head
        head.method = method
        let counted = record.map { RequestBody(asyncSequence: CountedBody(body: body, record: $0)) }
        return Request(head: head, body: counted ?? body)
    }
}

extension Caller {
    /// The caller of endpoints without authentication.
    static let anonymous = Caller(principal: Principal(""))
}
